import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '../testing-fast-check.ts';
import { GIVE_UP_AFTER_MS, nextWarning, reached, retryAfter, type WarningRule } from './warnings.ts';

const NONE: ReadonlySet<number> = new Set();
const rule = (amount: number, percents = [50, 80, 95]): WarningRule => ({ amount, percents, send: false });

describe('a threshold', () => {
  it('is reached by the very amount, and not by a nano-dollar less', () => {
    assert.deepEqual(reached(rule(1000), 499, NONE), []);
    assert.deepEqual(reached(rule(1000), 500, NONE), [50]);
    assert.deepEqual(reached(rule(1000), 949, NONE), [50, 80]);
    assert.deepEqual(reached(rule(1000), 950, NONE), [50, 80, 95]);
    assert.deepEqual(reached(rule(1000, [100]), 999, NONE), []);
    assert.deepEqual(reached(rule(1000, [100]), 1000, NONE), [100]);
  });

  it('is never rounded down: half of three is two', () => {
    assert.deepEqual(reached(rule(3), 1, NONE), []);
    assert.deepEqual(reached(rule(3), 2, NONE), [50]);
  });

  it('is exact up to the largest amount, where percent times nano-dollars fit no number', () => {
    const most = 9_000_000_000_000_000;
    const least = 8_550_000_000_000_000;
    assert.deepEqual(reached(rule(most, [95]), least - 1, NONE), []);
    assert.deepEqual(reached(rule(most, [95]), least, NONE), [95]);
    const odd = most - 1;
    // 95 % of 8999999999999999 are 8549999999999999.05.
    assert.deepEqual(reached(rule(odd, [95]), 8_549_999_999_999_999, NONE), []);
    assert.deepEqual(reached(rule(odd, [95]), 8_550_000_000_000_000, NONE), [95]);
  });

  it('of a limit of 0 is reached by anything that is spent, and not by nothing', () => {
    assert.deepEqual(reached(rule(0), 0, NONE), []);
    assert.deepEqual(reached(rule(0), 1, NONE), [50, 80, 95]);
  });

  it('that was told is not told again', () => {
    assert.deepEqual(reached(rule(1000), 960, new Set([50, 95])), [80]);
    assert.deepEqual(reached(rule(1000), 960, new Set([50, 80, 95])), []);
  });

  it('is looked for only from the next one on that was not told', () => {
    assert.equal(nextWarning(rule(1000), NONE), 500);
    assert.equal(nextWarning(rule(1000), new Set([50])), 800);
    assert.equal(nextWarning(rule(1000), new Set([80])), 500);
    assert.equal(nextWarning(rule(1000), new Set([50, 80, 95])), Number.POSITIVE_INFINITY);
    assert.equal(nextWarning(rule(1000, []), NONE), Number.POSITIVE_INFINITY);
  });

  it('is found from the next one on, and only from there', () => {
    const percents = fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { maxLength: 10 });
    const amount = fc.integer({ min: 0, max: 9_000_000_000_000_000 });
    fc.assert(
      fc.property(amount, percents, percents, fc.nat(120), (amount, percents, told, share) => {
        const one = rule(
          amount,
          percents.toSorted((a, b) => a - b),
        );
        const spent = Math.floor((amount / 100) * share);
        const found = reached(one, spent, new Set(told));
        assert.equal(found.length > 0, spent >= nextWarning(one, new Set(told)));
      }),
    );
  });
});

describe('a webhook that does not take a warning', () => {
  it('is tried again ever later, up to an hour, some sooner than others', () => {
    const waits = Array.from({ length: 20 }, (_, n) => retryAfter(n + 1, 0));
    assert.deepEqual(waits.slice(0, 4), [5_000, 10_000, 20_000, 40_000]);
    assert.equal(Math.max(...waits), 3_600_000);
    assert.equal(retryAfter(1, 0.5), 3_750);
    assert.equal(retryAfter(2000, 0), 3_600_000);
  });

  it('is tried for a day', () => {
    let [at, attempts] = [0, 0];
    while (at < GIVE_UP_AFTER_MS) at += retryAfter(++attempts, 0.5);
    assert.ok(attempts > 24 && attempts < 60, `${attempts} attempts`);
  });
});
