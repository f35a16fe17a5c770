import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '../testing-fast-check.ts';
import type { RateCheck } from './checks.ts';
import { BUCKET_MS, BUCKETS, type Bucket, type RateDemand, rateShortage } from './rate.ts';

const NOW = 1_000_000_500;
const SECOND = 1_000_000;
const CALL: RateDemand = { requests: 1, tokens: 100 };

function rate(more: Partial<RateCheck>): RateCheck {
  return { id: 'r', key: 'r', refuse: true, ...more };
}

function bucket(age: number, requests: number, tokens = 0): Bucket {
  return { second: SECOND - age, requests, tokens };
}

describe('rates', () => {
  it('let calls through up to the rate, and not one more', () => {
    const check = rate({ requestsPerMinute: 3 });
    assert.equal(rateShortage(check, CALL, [bucket(5, 2)], 0, NOW), undefined);
    assert.equal(rateShortage(check, CALL, [bucket(5, 3)], 0, NOW)?.what, 'requests');
  });

  it('count tokens at most', () => {
    const check = rate({ tokensPerMinute: 1000 });
    assert.equal(rateShortage(check, CALL, [bucket(5, 1, 900)], 0, NOW), undefined);
    assert.equal(rateShortage(check, CALL, [bucket(5, 1, 901)], 0, NOW)?.what, 'tokens');
  });

  it('count calls that run', () => {
    const check = rate({ concurrent: 2 });
    assert.equal(rateShortage(check, CALL, [], 1, NOW), undefined);
    assert.deepEqual(rateShortage(check, CALL, [], 2, NOW), {
      kind: 'rate',
      check,
      what: 'concurrent',
      retryAfterMs: 1000,
    });
  });

  it('let a call larger than the whole rate go when nothing else did', () => {
    const check = rate({ tokensPerMinute: 50 });
    assert.equal(rateShortage(check, CALL, [], 0, NOW), undefined);
    assert.equal(rateShortage(check, CALL, [bucket(5, 1, 1)], 0, NOW)?.what, 'tokens');
  });

  it('let through what adds nothing, also after a call larger than the whole rate', () => {
    const check = rate({ tokensPerMinute: 50, requestsPerMinute: 1, concurrent: 1 });
    const listing = { requests: 0, tokens: 0 };
    assert.equal(rateShortage(check, listing, [bucket(5, 1, 500)], 1, NOW), undefined);
  });

  it('tell when enough of it is over: when those buckets leave the minute', () => {
    const check = rate({ requestsPerMinute: 4 });
    const buckets = [bucket(50, 1), bucket(40, 1), bucket(1, 2)];
    assert.equal(rateShortage(check, CALL, buckets, 0, NOW)?.retryAfterMs, 11_000 - 500);
    const three = { requests: 3, tokens: 0 };
    assert.equal(rateShortage(check, three, buckets, 0, NOW)?.retryAfterMs, 60_000 - 500);
  });
});

describe('a rate over a long run of calls', () => {
  const gaps = fc.array(fc.tuple(fc.nat(20_000), fc.nat(300)), { minLength: 1, maxLength: 60 });

  /** Runs calls through the rate as an adapter would; @returns what got through, with when. */
  function run(check: RateCheck, calls: [gap: number, tokens: number][]) {
    const through: { at: number; tokens: number }[] = [];
    let now = NOW;
    for (const [gap, tokens] of calls) {
      now += gap;
      const second = Math.floor(now / BUCKET_MS);
      const bySecond = Map.groupBy(through, ({ at }) => Math.floor(at / BUCKET_MS));
      const buckets = [...bySecond]
        .filter(([s]) => s > second - BUCKETS)
        .map(([s, of]) => ({
          second: s,
          requests: of.length,
          tokens: of.reduce((sum, c) => sum + c.tokens, 0),
        }));
      const shortage = rateShortage(check, { requests: 1, tokens }, buckets, 0, now);
      if (!shortage) through.push({ at: now, tokens });
      else assert.ok(shortage.retryAfterMs > 0 && shortage.retryAfterMs <= 61_000);
    }
    return through;
  }

  it('is never exceeded in any 60 seconds', () => {
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 8 }), (calls, limit) => {
        const through = run(rate({ requestsPerMinute: limit }), calls);
        for (const { at } of through) {
          const inMinute = through.filter((other) => other.at >= at && other.at < at + 60_000);
          assert.ok(inMinute.length <= limit, `${inMinute.length} calls in 60 seconds from ${at}`);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is never exceeded in tokens, but by a single call that is larger', () => {
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 600 }), (calls, limit) => {
        const through = run(rate({ tokensPerMinute: limit }), calls);
        for (const { at } of through) {
          const inMinute = through.filter(
            (other) => other.at >= at && other.at < at + 60_000 && other.tokens > 0,
          );
          const tokens = inMinute.reduce((sum, call) => sum + call.tokens, 0);
          assert.ok(tokens <= limit || inMinute.length === 1, `${tokens} tokens in 60 seconds from ${at}`);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('lets a call through when it comes again after the time it was told', () => {
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 8 }), (calls, limit) => {
        const check = rate({ requestsPerMinute: limit });
        const buckets = run(check, calls).map(({ at }) => ({
          second: Math.floor(at / BUCKET_MS),
          requests: 1,
          tokens: 0,
        }));
        const now = NOW + calls.reduce((sum, [gap]) => sum + gap, 0);
        const within = (at: number) =>
          buckets.filter(({ second }) => second > Math.floor(at / BUCKET_MS) - BUCKETS);
        const shortage = rateShortage(check, CALL, within(now), 0, now);
        const later = now + (shortage?.retryAfterMs ?? 0);
        assert.equal(rateShortage(check, CALL, within(later), 0, later), undefined);
        // And not a millisecond before.
        if (shortage) assert.ok(rateShortage(check, CALL, within(later - 1), 0, later - 1));
      }),
      { numRuns: 500 },
    );
  });
});
