import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Shortage } from '../ledger/fit.ts';
import { budget, profile, provider } from '../policy/testing.ts';
import type { Grant, Reservation } from '../ports.ts';
import type { Demand } from './budget.ts';
import { type Refusal, refusal } from './refusals.ts';
import { type Governed, govern, type LedgerAnswer } from './stages.ts';
import { type Asked, callUnder, NOON } from './testing.ts';
import { STAGES, type StageName } from './verdict.ts';

const GRANT: Grant = {
  lease: 'l1',
  cap: 900,
  amounts: { usd: 1, tokens: 2, requests: 1 },
  over: ['local/x/over'],
};
const PRICED = provider({ priceList: 'anthropic' });
const LIMIT = budget({ limits: [{ name: 'money', window: 'day', usd: 10 }] });

const spent = {
  kind: 'spent',
  limit: { id: 'local/x/money', counter: 'c', unit: 'usd', amount: 1, refuse: true, resetsAt: NOON },
  left: 0,
  needed: 1,
} satisfies Shortage;
const tooFast = {
  kind: 'rate',
  check: { id: 'local/x/pace', key: 'k', concurrent: 1, refuse: true },
  what: 'concurrent',
  retryAfterMs: 5,
} as const;

/** How each stage is made to refuse. Those that are not built cannot. */
const REFUSING: Readonly<
  Partial<Record<StageName, { answer?: LedgerAnswer['reservation']; profile?: string; code: string }>>
> = {
  rate_limit: { answer: { refused: tooFast }, code: 'rate_limited' },
  budget: { answer: { refused: spent }, code: 'budget_spent' },
  tools: { profile: profile({ models: { allow: [] } }), code: 'model_not_allowed' },
};

interface Outcome {
  readonly governed: Governed;
  readonly demands: readonly Demand[];
  readonly observed: readonly string[];
}

async function run(
  policies: readonly string[],
  answer: LedgerAnswer['reservation'] = { granted: GRANT },
  asked: Asked = {},
): Promise<Outcome> {
  const demands: Demand[] = [];
  let observed: readonly string[] = [];
  const governed = await govern(callUnder(policies, asked), NOON, async (demand, seen) => {
    demands.push(demand);
    observed = seen;
    return { reservation: answer, waitedMs: 100 };
  });
  return { governed, demands, observed };
}

describe('the six stages', () => {
  it('let a call pass with a permit of each, the reservation among them', async () => {
    const { governed, demands } = await run([PRICED, profile(), LIMIT]);
    assert.ok('permits' in governed);
    assert.deepEqual(Object.keys(governed.permits), [...STAGES]);
    assert.equal(governed.permits.budget.grant, GRANT);
    assert.deepEqual(governed.observed, ['local/x/over']);
    assert.equal(demands.length, 1, 'the ledger is asked once');
  });

  it('refuse with the first denial in the order of the list, whichever others there are', async () => {
    assert.equal(STAGES.join(' '), 'rate_limit budget data security tools approval');
    const built = STAGES.filter((stage) => stage in REFUSING);
    assert.deepEqual(built, ['rate_limit', 'budget', 'tools']);
    for (const [one, other] of built.flatMap((a) => built.map((b) => [a, b] as const))) {
      const refusing = STAGES.filter((stage) => stage === one || stage === other);
      // The ledger gives one answer for both of its stages: that of the rate, when both are exceeded.
      const answer = refusing.map((stage) => REFUSING[stage]?.answer).find((given) => given !== undefined);
      const strict = refusing.map((stage) => REFUSING[stage]?.profile).find((given) => given !== undefined);
      const { governed } = await run([PRICED, LIMIT, strict ?? profile()], answer);
      assert.ok('refusal' in governed, `${one}, ${other}`);
      const [first = one] = refusing;
      assert.equal(governed.refusal.code, REFUSING[first]?.code);
    }
  });

  it('give a reservation back when a later stage refuses', async () => {
    const { governed } = await run([PRICED, LIMIT, profile({ models: { allow: [] } })]);
    assert.ok('refusal' in governed);
    assert.equal(governed.grant, GRANT);
    const { governed: before } = await run([PRICED, LIMIT, profile()], { refused: spent });
    assert.ok('refusal' in before && before.grant === undefined);
  });

  it('refuse with what the ledger is short of', async () => {
    for (const [kind, code] of [
      ['spent', 'budget_spent'],
      ['reserved', 'budget_reserved'],
      ['request', 'request_over_limit'],
    ] as const) {
      const { governed } = await run([PRICED, LIMIT, profile()], { refused: { ...spent, kind } });
      assert.ok('refusal' in governed);
      assert.equal(governed.refusal.code, code);
    }
  });

  it('refuse when the ledger cannot be reached, whatever else there is', async () => {
    const unavailable: Refusal = refusal('ledger_unavailable', { waited: '60 seconds', detail: 'x' });
    for (const policies of [
      [profile()],
      [profile({ enforce: false })],
      [profile(), budget({ enforce: false, limits: [{ name: 'a', window: 'day', usd: 1 }] })],
    ]) {
      const { governed } = await run([PRICED, ...policies], { unavailable });
      assert.ok('refusal' in governed);
      assert.deepEqual([governed.refusal, governed.grant], [unavailable, undefined]);
    }
  });

  it('refuse when the kill switch is on, whatever is enforced', async () => {
    for (const policies of [[profile()], [profile({ enforce: false })]]) {
      const { governed } = await run([PRICED, ...policies], {
        refused: { kind: 'stopped', reason: 'enough' },
      });
      assert.ok('refusal' in governed);
      assert.deepEqual(governed.refusal, refusal('killed', { reason: 'enough' }));
    }
  });

  it('do not ask the ledger for what cannot be paid in any case, and say that before what the tools stage finds', async () => {
    const { governed, demands } = await run([provider(), LIMIT, profile({ models: { allow: [] } })]);
    assert.ok('refusal' in governed);
    assert.deepEqual(
      [governed.refusal.code, governed.grant, demands.length],
      ['price_unknown', undefined, 0],
    );
  });

  it('with enforce: false judge and record everything, and refuse nothing', async () => {
    const watching = profile({
      enforce: false,
      models: { allow: [] },
      unknownBetas: 'refuse',
      unknownFields: 'refuse',
    });
    const over = budget({ enforce: false, limits: [{ name: 'a', window: 'day', usd: 0 }] });
    const asked = { body: { functions: [], container: 'x' }, betas: 'new-1' };
    const { governed, observed, demands } = await run(
      [provider(), watching, over],
      { granted: GRANT },
      asked,
    );
    assert.ok('permits' in governed);
    const expected = [
      ...['price_unknown', 'cost_unbounded'],
      ...['model_not_allowed', 'field_unknown', 'capability_off', 'beta_unknown'],
    ];
    assert.deepEqual(governed.observed, [...expected, 'local/x/over']);
    assert.deepEqual(observed, expected, 'what the opened entry says');
    assert.ok(demands[0]?.checks.limits.every(({ refuse }) => !refuse));
  });

  it('pass on how long a call has waited for a rate', async () => {
    const { governed } = await run([PRICED, profile()], { refused: tooFast } satisfies Reservation);
    assert.ok('refusal' in governed);
    assert.equal(governed.refusal.retryAfterMs, 5);
    assert.equal(governed.refusal.params.waited, '0 seconds');
  });
});
