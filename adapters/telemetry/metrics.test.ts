import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Metrics } from './metrics.ts';

/** A row of the table of metrics. */
const ROW = /^\| `(tollgate_\w+)` \| (\w+) \| (.*?) ?\| (.+) \|$/gm;

describe('docs/metrics.md', () => {
  it('has every metric, with its kind, its labels and what it says of itself, and no other', async () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
    const said = [...text.matchAll(ROW)].map(([, name, kind, labels = '', help]) => ({
      name,
      kind,
      labels: labels === '' ? [] : labels.split(', ').map((label) => label.replaceAll('`', '')),
      help,
    }));
    const { registry } = new Metrics(() => []);
    const there = (await registry.getMetricsAsJSON()).map(({ name, type, help }) => {
      const { labelNames } = registry.getSingleMetric(name) as unknown as { labelNames: string[] };
      return { name, kind: type, labels: labelNames, help };
    });
    const sorted = (rows: object[]) => rows.map((row) => JSON.stringify(row)).toSorted();
    assert.ok(there.length >= 9);
    assert.deepEqual(sorted(said), sorted(there));
  });
});

describe('metrics', () => {
  it('of warnings have a bounded number of limits, whatever policies come and go', async () => {
    const metrics = new Metrics(() => []);
    for (let n = 0; n < 700; n++)
      metrics.warned({ policy: `local/p${n}`, limit: `local/p${n}/l`, percent: 50 });
    metrics.warned({ policy: 'local/p0', limit: 'local/p0/l', percent: 50 });
    const values =
      (await metrics.registry.getSingleMetric('tollgate_budget_warnings_total')?.get())?.values ?? [];
    assert.equal(values.length, 501);
    const of = (limit: string) => values.find(({ labels }) => labels.limit === limit);
    assert.deepEqual(
      [of('local/p0/l')?.value, of('other')?.value, of('other')?.labels.policy],
      [2, 200, 'other'],
    );
  });

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
