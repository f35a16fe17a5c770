import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { far, markdown, type Result } from './result.ts';

const result = (value: number, limit?: number): Result => ({
  ...{ what: 'time', unit: 's', of: 'p50 1 ms' },
  value,
  ...(limit === undefined ? {} : { limit }),
});

describe('figures of the cluster', () => {
  it('fail a run only when they are worse than twice their bar, or could not be had', () => {
    const results = [result(2, 1), result(2.1, 1), result(0.5, 1), result(100), result(Number.NaN, 1)];
    assert.deepEqual(far(results), [results[1], results[4]]);
  });

  it('say nothing where others had the core, and then fail no run', () => {
    assert.deepEqual(far([{ ...result(5, 1), waited: 0.5 }]), []);
    assert.equal(far([{ ...result(5, 1), waited: 0.05 }]).length, 1);
    assert.match(markdown([{ ...result(5, 1), waited: 0.5 }])[2] ?? '', /machine too busy to say/);
  });

  it('say bar, figure and verdict, and no verdict where there is no bar', () => {
    assert.deepEqual(markdown([result(1.5, 1), result(123.4)]).slice(2), [
      '| time | ≤ 1 s | 1.50 s | p50 1 ms | missed |',
      '| time |  | 123 s | p50 1 ms |  |',
    ]);
  });
});
