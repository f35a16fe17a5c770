import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Metrics } from './metrics.ts';

describe('metrics', () => {
  it('of the same label values are kept apart', async () => {
    const metrics = new Metrics(() => []);
    metrics.ended({ wire: 'a', provider: 'b', model: 'c', verdict: 'deny' }, 0);
    // What is spent here has the label values of the exchange there: a provider a, and a model with line ends.
    metrics.ended({ wire: 'w', provider: 'a', model: 'b\nc\ndeny', verdict: 'allow' }, 2);
    metrics.refused('a\nb\nc\ndeny');
    const values = async (name: string) =>
      (await metrics.registry.getSingleMetric(`tollgate_${name}_total`)?.get())?.values.map(
        ({ value }) => value,
      );
    assert.deepEqual(await values('exchanges'), [1, 1]);
    assert.deepEqual(await values('spend_usd'), [2]);
    assert.deepEqual(await values('refusals'), [1]);
  });
});
