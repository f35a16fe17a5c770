import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { figure, median, quantile } from './statistics.ts';

describe('statistics', () => {
  it('finds the middle of odd, even and single numbers of values, in any order', () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.equal(median([7]), 7);
    assert.ok(Number.isNaN(median([])));
  });

  it('sorts by size and not by spelling', () => {
    assert.equal(median([100, 9, 80]), 80);
  });

  it('interpolates between values', () => {
    assert.equal(quantile([0, 10], 0.25), 2.5);
    assert.equal(quantile([1, 2, 3, 4, 5], 1), 5);
  });

  it('shows the spread beside the middle', () => {
    assert.deepEqual(figure([3, 1, 2]), { median: 2, least: 1, most: 3 });
  });
});
