import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Unit } from '../policy/budget.ts';
import fc from '../testing-fast-check.ts';
import type { LimitCheck } from './checks.ts';
import { amountsAt, type Bound, type Counter, fit } from './fit.ts';

const BOUND: Bound = {
  inputTokens: 100,
  rates: { input: 2_000_000, output: 3_000_000 },
  cap: 50,
  minCap: 10,
  requests: 1,
};

function limit(unit: Unit, amount: number, more: Partial<LimitCheck> = {}): LimitCheck {
  return { id: `ns/p/${unit}`, counter: unit, unit, amount, refuse: true, resetsAt: 1, ...more };
}

const none = () => ({ spent: 0, reserved: 0 });

function capOf(limits: LimitCheck[], counter: Counter = none(), bound = BOUND): number | undefined {
  const result = fit(bound, limits, () => counter);
  return 'short' in result ? undefined : result.cap;
}

describe('what a call uses at most', () => {
  it('is its input at the dearest rate and its output at the cap', () => {
    assert.deepEqual(amountsAt(BOUND, 50), { usd: 350, tokens: 150, requests: 1 });
  });

  it('is rounded up once', () => {
    const bound = { ...BOUND, inputTokens: 1, rates: { input: 400_000, output: 400_000 } };
    assert.equal(amountsAt(bound, 1).usd, 1);
    assert.equal(amountsAt(bound, 2).usd, 2);
  });

  it('is no money where the price is not known, and nothing at all where no model is called', () => {
    assert.deepEqual(amountsAt({ ...BOUND, rates: undefined }, 50), { usd: 0, tokens: 150, requests: 1 });
    assert.deepEqual(amountsAt({ ...BOUND, rates: undefined, requests: 0 }, 50), {
      usd: 0,
      tokens: 0,
      requests: 0,
    });
  });
});

describe('fitting a call into its limits', () => {
  it('leaves the cap alone while there is enough, to the last nano-USD', () => {
    assert.equal(capOf([limit('usd', 350)]), 50);
    assert.equal(capOf([limit('usd', 349)]), 49);
  });

  it('lowers the cap to the limit that has least left', () => {
    assert.equal(capOf([limit('usd', 330), limit('tokens', 135)]), 35);
    assert.equal(capOf([limit('tokens', 135), limit('usd', 230)]), 10);
  });

  it('refuses below the least cap worth calling with', () => {
    assert.equal(capOf([limit('usd', 230)]), 10);
    assert.equal(capOf([limit('usd', 229)]), undefined);
    assert.equal(capOf([limit('tokens', 110)]), 10);
    assert.equal(capOf([limit('tokens', 109)]), undefined);
    assert.equal(capOf([limit('requests', 0)]), undefined);
  });

  it('counts what is spent and what is reserved', () => {
    assert.equal(capOf([limit('usd', 1000)], { spent: 400, reserved: 250 }), 50);
    assert.equal(capOf([limit('usd', 1000)], { spent: 400, reserved: 251 }), 49);
  });

  it('leaves room for every reply that is asked for, each as long as the cap', () => {
    const bound = { ...BOUND, choices: 3 };
    assert.deepEqual(amountsAt(bound, 50), { usd: 200 + 450, tokens: 250, requests: 1 });
    assert.equal(capOf([limit('usd', 650)], none(), bound), 50);
    assert.equal(capOf([limit('usd', 649)], none(), bound), 49);
    assert.equal(capOf([limit('tokens', 249)], none(), bound), 49);
    assert.equal(capOf([limit('tokens', 129)], none(), bound), undefined);
  });

  it('counts nothing for a limit per request', () => {
    const perRequest = limit('usd', 350, { counter: undefined, resetsAt: undefined });
    assert.equal(capOf([perRequest], { spent: 1e15, reserved: 0 }), 50);
  });

  it('says which limit is short of what, and whether waiting for running calls would help', () => {
    const limits = [limit('requests', 5), limit('usd', 1000)];
    const shortBy = (counter: Counter) => {
      const result = fit(BOUND, limits, (key) => (key === 'usd' ? counter : none()));
      return 'short' in result ? result.short : undefined;
    };
    const spent = { kind: 'spent', limit: limits[1], left: 229, needed: 230 };
    assert.deepEqual(shortBy({ spent: 771, reserved: 0 }), spent);
    assert.deepEqual(shortBy({ spent: 770, reserved: 1 }), { ...spent, kind: 'reserved' });
    assert.deepEqual(shortBy({ spent: 1500, reserved: 0 }), { ...spent, left: -500 });
    const perRequest = [limit('usd', 229, { counter: undefined })];
    const refused = fit(BOUND, perRequest, none);
    assert.equal('short' in refused && refused.short.kind, 'request');
  });

  it('never refuses for a limit that only records, and names it', () => {
    const recording = limit('usd', 349, { refuse: false });
    const result = fit(BOUND, [recording, limit('tokens', 1000)], none);
    assert.deepEqual(result, { cap: 50, amounts: amountsAt(BOUND, 50), over: ['ns/p/usd'] });
    assert.deepEqual(fit(BOUND, [limit('usd', 350, { refuse: false })], none), { ...result, over: [] });
    // Its cap is lowered to nothing, and then it costs nothing.
    const free: Bound = { ...BOUND, inputTokens: 0, rates: { input: 0, output: 1 }, minCap: 0 };
    const overspent = limit('usd', 0, { refuse: false, counter: 'over' });
    const broke = fit(free, [limit('usd', 0), overspent], (key) => ({
      spent: key === 'over' ? 1 : 0,
      reserved: 0,
    }));
    assert.deepEqual(broke, { cap: 0, amounts: { usd: 0, tokens: 0, requests: 1 }, over: [] });
  });

  it('lets a call through that takes nothing of a limit, however overspent that is', () => {
    const listing: Bound = { inputTokens: 0, rates: undefined, cap: 0, minCap: 0, requests: 0 };
    const overspent = () => ({ spent: 2000, reserved: 0 });
    for (const unit of ['usd', 'tokens', 'requests'] as const) {
      assert.deepEqual(fit(listing, [limit(unit, 1000)], overspent), {
        cap: 0,
        amounts: { usd: 0, tokens: 0, requests: 0 },
        over: [],
      });
      assert.deepEqual(fit(listing, [limit(unit, 1000, { refuse: false })], overspent), {
        cap: 0,
        amounts: { usd: 0, tokens: 0, requests: 0 },
        over: [],
      });
    }
  });
});

describe('fitting, against every cap tried one by one', () => {
  const units = fc.constantFrom<Unit>('usd', 'tokens', 'requests');
  const amounts = fc.integer({ min: -5, max: 400 });
  const bounds = fc
    .record({
      inputTokens: fc.nat(40),
      rates: fc.option(fc.record({ input: fc.nat(4_000_000), output: fc.nat(4_000_000) }), {
        nil: undefined,
      }),
      cap: fc.nat(40),
      minCap: fc.nat(40),
      requests: fc.constant(1 as const),
    })
    .map((bound) => ({ ...bound, minCap: Math.min(bound.cap, bound.minCap) }));
  const limits = fc.array(
    fc.record({ unit: units, amount: fc.nat(400), refuse: fc.boolean(), counted: fc.boolean() }),
    { maxLength: 4 },
  );

  it('gives the highest cap with which no limit is exceeded, or refuses when there is none', () => {
    fc.assert(
      fc.property(bounds, limits, fc.array(amounts, { minLength: 4, maxLength: 4 }), (bound, specs, used) => {
        const checks = specs.map(({ unit, amount, refuse, counted }, i) =>
          limit(unit, amount, { id: `l${i}`, refuse, counter: counted ? `${i}` : undefined }),
        );
        const usedOf = (check: LimitCheck) =>
          check.counter === undefined ? 0 : Number(used[Number(check.counter)]);
        const result = fit(bound, checks, (key) => ({ spent: Number(used[Number(key)]), reserved: 0 }));

        // The oracle: exact fractions of a nano-USD, no rounding rule, every cap tried.
        const takes = (unit: Unit, cap: number) => {
          if (unit === 'requests') return 1;
          if (unit === 'tokens') return bound.inputTokens + cap;
          const { input = 0, output = 0 } = bound.rates ?? {};
          return (bound.inputTokens * input + cap * output) / 1_000_000;
        };
        const fits = (check: LimitCheck, cap: number) =>
          takes(check.unit, bound.cap) === 0 || usedOf(check) + takes(check.unit, cap) <= check.amount;
        const hard = checks.filter(({ refuse }) => refuse);
        let best: number | undefined;
        for (let cap = bound.minCap; cap <= bound.cap; cap++) if (hard.every((c) => fits(c, cap))) best = cap;

        if (best === undefined) {
          assert.ok('short' in result, `no cap fits, and it gave ${JSON.stringify(result)}`);
          assert.ok(!fits(result.short.limit, bound.minCap), 'it names a limit that is not exceeded');
          return;
        }
        assert.ok(!('short' in result), `cap ${best} fits, and it refused`);
        assert.equal(result.cap, best);
        // With the cap that it got, the call may take nothing of a limit that only records.
        const exceeded = checks
          .filter((c) => !c.refuse && takes(c.unit, best) > 0 && !fits(c, best))
          .map(({ id }) => id);
        assert.deepEqual(result.over, exceeded);
      }),
      { numRuns: 3000 },
    );
  });
});
