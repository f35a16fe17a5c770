import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countOf, difference, quantileOf, readHistogram } from './histogram.ts';

const text = (name: string, counts: readonly number[]) =>
  ['0.005', '0.025', '+Inf']
    .map((le, n) => `admission_seconds_bucket{name="${name}",operation="CREATE",le="${le}"} ${counts[n]}`)
    .join('\n');

describe('a histogram', () => {
  it('has what came between two readings, of the labels that are meant', () => {
    const earlier = readHistogram(
      `${text('a', [10, 10, 10])}\n${text('b', [7, 7, 7])}`,
      'admission_seconds',
      { name: 'a' },
    );
    const later = readHistogram(
      `# HELP x\n${text('a', [20, 110, 110])}\n${text('b', [9, 9, 9])}`,
      'admission_seconds',
      { name: 'a' },
    );
    assert.deepEqual(
      [...difference(later, earlier)],
      [
        [0.005, 10],
        [0.025, 100],
        [Number.POSITIVE_INFINITY, 100],
      ],
    );
    assert.equal(
      countOf(readHistogram(`${text('a', [1, 2, 3])}\n${text('b', [0, 0, 4])}`, 'admission_seconds')),
      7,
    );
  });

  it('is read between the bounds of a bucket, and not beyond the last of them', () => {
    const histogram = new Map([
      [0.005, 10],
      [0.025, 100],
      [Number.POSITIVE_INFINITY, 100],
    ]);
    assert.equal(quantileOf(histogram, 0.1), 0.005);
    assert.ok(Math.abs(quantileOf(histogram, 0.55) - 0.015) < 1e-9);
    assert.equal(
      quantileOf(
        new Map([
          [0.005, 10],
          [0.025, 98],
          [Number.POSITIVE_INFINITY, 100],
        ]),
        0.99,
      ),
      0.025,
    );
    assert.ok(Number.isNaN(quantileOf(new Map(), 0.99)));
  });
});
