/** Amounts at the edges of what is counted: Redis' Lua has doubles only, and core decides with BigInt. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LimitCheck } from '../../core/ledger/checks.ts';
import { amountsAt, type Bound, type Counter, fit } from '../../core/ledger/fit.ts';
import { MAX_NANO_USD } from '../../core/money/amount.ts';
import fc from '../../core/testing-fast-check.ts';
import { fileScope } from '../../test/support/output.ts';
import { closedDraft, limitOf, requestFor, SMALL, SMALL_BOUND } from '../testing-drafts.ts';
import { entriesOf, keysOf, openLedger } from './testing.ts';
import { TestRedis } from './testing-server.ts';

const MOST = Number.MAX_SAFE_INTEGER;
/** What becomes another number when it goes through a text on the way: 1e+14 has been seen. */
const ODD = [1e14, 1e14 + 1, 1e15, 2 ** 52 + 1, MAX_NANO_USD, MAX_NANO_USD - 1, MOST - 1, MOST];

const scope = fileScope();
const server = await TestRedis.start(scope);
const ledger = await openLedger(scope, server);
const admin = server.connect(scope);

function standsAt(key: string) {
  return ledger.counters([key]).then(([counter]) => counter);
}

describe('amounts in Redis', () => {
  it('stay what they are, to the last nano-USD, wherever they are written', async () => {
    for (const usd of ODD) {
      const key = `n|cluster|${usd}|usd`;
      const limits = [limitOf(MOST, { counter: key })];
      // One token for each nano-USD.
      const bound = { ...SMALL_BOUND, inputTokens: usd, cap: 0, minCap: 0 };
      const lease = `odd-${usd}`;
      const answer = await ledger.reserve(requestFor({ lease, limits, bound }));
      assert.ok('granted' in answer, JSON.stringify(answer));
      assert.equal(answer.granted.amounts.usd, usd);
      assert.deepEqual(await standsAt(key), { spent: 0, reserved: usd });
      const again = await ledger.reserve(requestFor({ lease, limits, bound }));
      assert.deepEqual(again, answer);
      const settlement = { outcome: 'settled', amounts: { usd, tokens: usd, requests: 1 } } as const;
      await ledger.settle(lease, settlement, closedDraft({ lease }, settlement));
      assert.deepEqual(await standsAt(key), { spent: usd, reserved: 0 });
      assert.equal(await admin.hget(`{tollgate}:1:counter:${key}`, 'spent'), String(usd));
      const left = MOST - usd;
      if (left >= usd) continue;
      const refused = await ledger.reserve(requestFor({ lease: `more-${usd}`, limits, bound }));
      assert.deepEqual(refused, { refused: { kind: 'spent', limit: limits[0], left, needed: usd } });
    }
    const entries = await entriesOf(ledger);
    const written = entries.flatMap((entry) => (entry.kind === 'opened' ? [entry.reserved.usd] : []));
    for (const usd of ODD) assert.ok(written.includes(usd), String(usd));
  });

  it('are taken back whole when a lease expires or is settled late', async () => {
    const short = await openLedger(scope, server, { leaseTtlMs: 1 });
    for (const usd of ODD) {
      const counter = `late|cluster|${usd}|usd`;
      const limits = [limitOf(MOST, { counter })];
      const bound = { ...SMALL_BOUND, inputTokens: usd, cap: 0, minCap: 0 };
      const lease = `late-${usd}`;
      await short.reserve(requestFor({ lease, limits, bound }));
      await new Promise((resolve) => setTimeout(resolve, 3));
      await short.sweep();
      assert.deepEqual(await standsAt(counter), { spent: usd, reserved: 0 });
      const settlement = { outcome: 'settled', amounts: { ...SMALL, usd: usd - 1 } } as const;
      await short.settle(lease, settlement, closedDraft({ lease }, settlement));
      assert.deepEqual(await standsAt(counter), { spent: usd - 1, reserved: 0 });
    }
  });

  it('stop at the largest that is counted exactly', async () => {
    const limits = [limitOf(100, { counter: 'most|cluster|lifetime|usd', refuse: false })];
    const most = { outcome: 'settled', amounts: { usd: MOST, tokens: 1, requests: 1 } } as const;
    for (const lease of ['m1', 'm2']) {
      await ledger.reserve(requestFor({ lease, limits }));
      await ledger.settle(lease, most, closedDraft({ lease }, most));
    }
    assert.deepEqual(await standsAt('most|cluster|lifetime|usd'), { spent: MOST, reserved: 0 });
    assert.ok('granted' in (await ledger.reserve(requestFor({ lease: 'm3', limits }))));
  });

  it('are refused where they are none, and nothing is written', async () => {
    const before = await keysOf(server);
    for (const usd of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      const bad = { outcome: 'settled', amounts: { ...SMALL, usd } } as const;
      await assert.rejects(ledger.settle('l', bad, closedDraft({ lease: 'l' }, bad)), RangeError, `${usd}`);
    }
    for (const inputTokens of [-1, 0.5, 2 ** 53]) {
      const bound = { ...SMALL_BOUND, inputTokens };
      await assert.rejects(ledger.reserve(requestFor({ lease: 'x', bound })), RangeError);
    }
    const bound = { ...SMALL_BOUND, inputTokens: MOST, rates: { input: 1_000_001, output: 0 } };
    await assert.rejects(ledger.reserve(requestFor({ lease: 'x', bound })), RangeError, 'beyond 9 M USD');
    assert.deepEqual(await keysOf(server), before);
  });
});

/** Of any size: as many small ones as large. */
function upTo(most: number): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min: 0, max: most }),
    fc.integer({ min: 0, max: Math.min(most, 1000) }),
    fc.integer({ min: Math.max(0, most - 1000), max: most }),
    fc
      .double({ min: 0, max: Math.log2(most + 1), noNaN: true })
      .map((e) => Math.min(most, Math.floor(2 ** e))),
  );
}

const BOUNDS: fc.Arbitrary<Bound> = fc
  .record({
    inputTokens: upTo(2 ** 30),
    rates: fc.option(fc.record({ input: upTo(2 ** 40), output: upTo(2 ** 40) }), { nil: undefined, freq: 9 }),
    cap: upTo(2 ** 24),
    minCap: fc.oneof(fc.constant(0), upTo(1000), upTo(2 ** 24)),
    choices: fc.constantFrom(1, 1, 2, 3, 7, 128),
    requests: fc.constantFrom<0 | 1>(1, 1, 1, 0),
  })
  .map((bound) => ({ ...bound, minCap: Math.min(bound.cap, bound.minCap) }));

interface Case {
  readonly bound: Bound;
  readonly limits: readonly (LimitCheck & { readonly counter: string })[];
  readonly counters: readonly Counter[];
}

const LIMIT = fc.record({
  unit: fc.constantFrom<LimitCheck['unit']>('usd', 'usd', 'tokens', 'requests'),
  refuse: fc.constantFrom(true, true, false),
  spent: upTo((MAX_NANO_USD / 8) * 7),
  reserved: upTo(MAX_NANO_USD / 8),
  /** What is left: somewhere from the least that the call takes (0) to all that it wants (1); or any amount. */
  left: fc.option(fc.double({ min: -0.1, max: 1.5, noNaN: true }), { freq: 4 }),
  amount: upTo(MAX_NANO_USD),
});

let cases = 0;

const CASES: fc.Arbitrary<Case> = fc
  .tuple(BOUNDS, fc.array(LIMIT, { minLength: 1, maxLength: 3 }))
  .map(([bound, specs]) => {
    const n = cases++;
    const [least, wanted] = [amountsAt(bound, bound.minCap), amountsAt(bound, bound.cap)];
    const all = specs.map(({ unit, left, amount, refuse, spent, reserved }, i) => {
      const room = Math.floor(least[unit] + (left ?? 0) * (wanted[unit] - least[unit]));
      const most = left === null ? amount : Math.min(MAX_NANO_USD, Math.max(0, room + spent + reserved));
      const counter = `c${n}|${i}|lifetime|${unit}`;
      const limit = { ...limitOf(most, { id: `l${i}`, unit, refuse }), counter };
      return { limit, counter: { spent, reserved } };
    });
    return { bound, limits: all.map(({ limit }) => limit), counters: all.map(({ counter }) => counter) };
  });

describe('what fits', () => {
  it('is the same as core says, for calls and limits of any size and several replies at once', async (t) => {
    const seen = { fits: 0, lowered: 0, short: 0 };
    let leases = 0;
    const judge = async ({ bound, limits, counters }: Case) => {
      const lease = `fit-${leases++}`;
      const of = new Map(limits.map(({ counter }, i) => [counter, counters[i] as Counter]));
      for (const [key, { spent, reserved }] of of) {
        await admin.hset(`{tollgate}:1:counter:${key}`, { spent, reserved, resets: '' });
      }
      const fitted = fit(bound, limits, (key) => of.get(key) as Counter);
      if ('short' in fitted) seen.short++;
      else seen[fitted.cap < bound.cap ? 'lowered' : 'fits']++;
      const expected = 'short' in fitted ? { refused: fitted.short } : { lease, ...fitted };
      const answer = await ledger.reserve(requestFor({ lease, bound, limits }));
      assert.deepEqual('granted' in answer ? answer.granted : answer, expected);
    };
    await fc.assert(fc.asyncProperty(CASES, judge), { numRuns: 4_000 });
    t.diagnostic(JSON.stringify(seen));
    assert.ok(seen.fits > 100 && seen.lowered > 100 && seen.short > 100, JSON.stringify(seen));
  });
});
