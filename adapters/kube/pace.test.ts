import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Bucket, fullJitter, halfJitter, timerMs } from './pace.ts';

const BACKOFF = { baseMs: 5, capMs: 1_000_000 };

describe('back-off', () => {
  it('grows to its cap and no further, however many failures there were', () => {
    const most = [0, 1, 2, 17, 18, 100, 1e9].map((attempt) => fullJitter(attempt, BACKOFF, () => 1));
    assert.deepEqual(most, [5, 10, 20, 655_360, 1_000_000, 1_000_000, 1_000_000]);
  });

  it('is anything down to nothing with full jitter, and at least half with half', () => {
    assert.equal(
      fullJitter(3, BACKOFF, () => 0),
      0,
    );
    assert.equal(
      halfJitter(3, BACKOFF, () => 0),
      20,
    );
    assert.equal(
      halfJitter(3, BACKOFF, () => 1),
      40,
    );
  });

  it('waits at least as long as the server asks, up to a minute', () => {
    assert.equal(
      fullJitter(0, BACKOFF, () => 1, 2000),
      2000,
    );
    assert.equal(
      fullJitter(0, BACKOFF, () => 1, 86_400_000),
      60_000,
    );
  });

  it('never gives a timer what it would take for nothing', () => {
    assert.deepEqual([timerMs(2 ** 40), timerMs(-1)], [2 ** 31 - 1, 0]);
  });
});

describe('a bucket', () => {
  it('gives its burst at once and then its rate, whenever it is asked', () => {
    let now = 0;
    const bucket = new Bucket(3, 10, () => now);
    const given: number[] = [];
    for (; now < 10_000; now += 7) if (bucket.tryTake()) given.push(now);
    assert.deepEqual(given.slice(0, 3), [0, 7, 14]);
    assert.ok(given.length >= 100 && given.length <= 103, `${given.length}`);
  });

  it('says how long what is taken in advance has to wait', () => {
    let now = 0;
    const bucket = new Bucket(1, 10, () => now);
    assert.deepEqual([bucket.take(), bucket.take(), bucket.take(0.5)], [0, 100, 150]);
    now = 100_000;
    assert.deepEqual([bucket.take(), bucket.take()], [0, 100], 'more than a burst was saved up');
  });
});
