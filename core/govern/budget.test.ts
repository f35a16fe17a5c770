import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LimitCheck, RateCheck } from '../ledger/checks.ts';
import { budget, profile, provider } from '../policy/testing.ts';
import { budgetRefusal, type Demand, demandOf, rateRefusal } from './budget.ts';
import type { Refusal } from './refusals.ts';
import { refusalText } from './refusals.ts';
import { type Asked, callUnder, NOON } from './testing.ts';

const usd = { name: 'money', window: 'day', usd: 10 };
const tokens = { name: 'words', window: 'day', tokens: 1_000_000 };
const requests = { name: 'calls', window: 'day', requests: 5 };
const warned = { ...usd, atLimit: 'warn' };
const limits = (...list: object[]) => budget({ limits: list });
const PRICED = provider({ priceList: 'anthropic' });
const OPEN = profile({ tier: 'full_vm_tools' });
const pdf = { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'AAAA' } };
const asking = (...content: object[]): Asked => ({ body: { messages: [{ role: 'user', content }] } });

const demand = (policies: readonly string[], asked: Asked = {}): Demand | Refusal =>
  demandOf(callUnder([OPEN, ...policies], asked), NOON);

function granted(policies: readonly string[], asked: Asked = {}): Demand {
  const result = demand(policies, asked);
  if ('code' in result) throw new Error(result.code);
  return result;
}

const codeOf = (result: Demand | Refusal): string =>
  'code' in result ? result.code : `asks ${result.observed.join(' ')}`.trim();

describe('what the ledger is asked for', () => {
  it('is the bound of the input, the dearest rates that it can reach, and the caps', () => {
    const { bound } = granted([PRICED, limits(usd)]);
    assert.equal(bound.cap, 1000);
    assert.equal(bound.minCap, 1000, 'never more than was asked for');
    assert.equal(bound.requests, 1);
    assert.ok(bound.inputTokens > 256 && bound.inputTokens < 1000);
    // claude-sonnet-4-5: 3 and 15 USD, a tenth more where inference may be in the US.
    assert.deepEqual(bound.rates, { input: 3.3e9, output: 16.5e9 });
    const { bound: world } = granted([PRICED], { body: { inference_geo: 'global' } });
    assert.deepEqual(world.rates, { input: 3e9, output: 15e9 });
    const cached = granted([PRICED], {
      body: { inference_geo: 'global', cache_control: { type: 'ephemeral', ttl: '1h' } },
    });
    assert.equal(cached.bound.rates?.input, 6e9, 'everything may be written to the dearest cache');
    const long = granted([PRICED], { body: { inference_geo: 'global', system: 'x'.repeat(200_001) } });
    assert.deepEqual(long.bound.rates, { input: 6e9, output: 22.5e9 }, 'long contexts cost more');
  });

  it('is at least as much output as the budgets say, and as the thinking budget needs', () => {
    const minCap = (policies: string[], body: object = {}): number =>
      granted([PRICED, ...policies], { body: { max_tokens: 9000, ...body } }).bound.minCap;
    assert.equal(minCap([]), 1024);
    assert.equal(minCap([limits(usd)]), 1024);
    const with_ = (minOutputTokens: number, more: object = {}, name = 'x') =>
      budget({ limits: [usd], minOutputTokens, ...more }, { name });
    assert.equal(minCap([with_(200)]), 200);
    assert.equal(minCap([with_(200), with_(300, {}, 'y')]), 300, 'the most of all budgets');
    assert.equal(minCap([with_(5000, { enforce: false })]), 1024, 'of those that are enforced');
    assert.equal(
      minCap([budget({ rates: [{ name: 'r', concurrent: 1 }], minOutputTokens: 5000 })]),
      1024,
      'and limit something',
    );
    const thinking = { thinking: { type: 'enabled', budget_tokens: 4000 } };
    assert.equal(minCap([with_(200)], thinking), 4001);
    assert.equal(minCap([with_(5000)], thinking), 5000);
    assert.equal(minCap([with_(50_000)]), 9000);
  });

  it('is nothing but a request where tokens are only counted, and not even that where models are listed', () => {
    const counted = granted([PRICED, limits(usd, requests)], { target: '/v1/messages/count_tokens' });
    assert.deepEqual(counted.bound, {
      inputTokens: 0,
      rates: { input: 0, output: 0 },
      cap: 0,
      minCap: 0,
      requests: 1,
    });
    const listed = granted([limits(usd)], { method: 'GET', target: '/v1/models' });
    assert.equal(listed.bound.requests, 0);
    const unpriced = granted([provider(), limits(usd)], { target: '/v1/messages/count_tokens' });
    assert.equal(unpriced.bound.requests, 1, 'what costs nothing needs no price');
  });

  it('has the checks of all budgets, as they refuse or only record', () => {
    const { checks } = granted([
      PRICED,
      budget({
        limits: [usd, { ...tokens, atLimit: 'warn' }],
        rates: [{ name: 'pace', requestsPerMinute: 3 }],
      }),
      budget(
        { enforce: false, limits: [requests], rates: [{ name: 'slow', concurrent: 1 }] },
        { name: 'watching' },
      ),
    ]);
    assert.deepEqual(
      checks.limits.map(({ id, unit, amount, refuse }) => [id, unit, amount, refuse]),
      [
        ['local/x/money', 'usd', 10e9, true],
        ['local/x/words', 'tokens', 1_000_000, false],
        ['local/watching/calls', 'requests', 5, false],
      ],
    );
    assert.deepEqual(
      checks.rates.map(({ id, refuse }) => [id, refuse]),
      [
        ['local/x/pace', true],
        ['local/watching/slow', false],
      ],
    );
  });
});

describe('a call that cannot be bounded', () => {
  it('is refused for want of a price only where a limit in USD refuses', () => {
    assert.equal(codeOf(demand([provider(), limits(usd)])), 'price_unknown');
    assert.equal(codeOf(demand([provider(), limits(warned, { ...usd, name: 'too' })])), 'price_unknown');
    for (const policies of [[limits(warned)], [budget({ enforce: false, limits: [usd] })]]) {
      const result = demand([provider(), ...policies]);
      assert.equal(codeOf(result), 'asks price_unknown');
      assert.ok(!('code' in result) && result.bound.rates === undefined);
    }
  });

  it('would not have been refused where there is no limit that asks for a bound', () => {
    for (const policies of [[], [limits(tokens, requests)], [budget({ enforce: false, limits: [tokens] })]]) {
      const result = demand([provider(), ...policies]);
      assert.equal(codeOf(result), 'asks');
      assert.ok(!('code' in result) && result.bound.rates === undefined);
    }
    const unknown = { body: { functions: [] } };
    for (const policies of [[], [limits(requests)], [budget({ enforce: false, limits: [requests] })]])
      assert.equal(codeOf(demand([PRICED, ...policies], unknown)), 'asks');
  });

  it('is refused for what no table knows, or has as a capability, where a limit in USD or tokens refuses', () => {
    const unknown: Asked[] = [
      { body: { functions: [] } },
      { body: { tools: [{ type: 'shell_20270101', name: 'x' }] } },
      asking({ type: 'hologram' }),
      asking({ type: 'image', source: { type: 'url', url: 'http://x' } }),
      { body: { container: 'x' } },
    ];
    for (const asked of unknown) {
      for (const limit of [usd, tokens])
        assert.equal(codeOf(demand([PRICED, limits(limit)], asked)), 'cost_unbounded');
      for (const policies of [
        [limits(warned)],
        [budget({ enforce: false, limits: [usd] })],
        [budget({ enforce: false, limits: [tokens] })],
      ]) {
        assert.equal(codeOf(demand([PRICED, ...policies], asked)), 'asks cost_unbounded');
      }
    }
    const stored = { body: { thread: { type: 'create' } } };
    assert.equal(codeOf(demand([PRICED, limits(usd)], stored)), 'threads_off');
    assert.equal(codeOf(demand([PRICED, limits(warned)], stored)), 'asks cost_unbounded');
  });

  it('is let off when the Provider knows the field; but never a capability', () => {
    const allowing = provider({ priceList: 'anthropic', allowedFields: ['functions', 'container'] });
    assert.equal(codeOf(demand([allowing, limits(usd)], { body: { functions: [] } })), 'asks');
    assert.equal(codeOf(demand([allowing, limits(usd)], { body: { container: 'x' } })), 'cost_unbounded');
  });

  it('says what to do about it, which is not the same for all', () => {
    const how = (asked: Asked, policies = [PRICED]): string => {
      const result = demand([...policies, limits(usd)], asked);
      assert.ok('code' in result && result.code === 'cost_unbounded');
      return refusalText(result, 'r');
    };
    assert.match(
      how({ body: { functions: [] } }),
      /add "functions" to spec\.allowedFields of the Provider x/,
    );
    assert.match(
      how({ body: { container: 'x' } }),
      /container at container.* Leave it out\. This release cannot switch provider capabilities on\. \(/,
    );
    const windowless = provider({ prices: [{ model: '*', input: 1, output: 1 }] });
    assert.match(
      how(asking(pdf), [windowless]),
      /a document whose pages are not counted.*Send the document as text/,
    );
  });

  it('is a document with pages, where the window of the model is unknown; else it may fill the window', () => {
    const price = { model: '*', input: 1, output: 1 };
    assert.equal(codeOf(demand([provider({ prices: [price] }), limits(usd)], asking(pdf))), 'cost_unbounded');
    const known = granted(
      [provider({ prices: [{ ...price, contextWindow: 50_000 }] }), limits(usd)],
      asking(pdf),
    );
    assert.equal(known.bound.inputTokens, 50_000);
    assert.equal(
      codeOf(demand([provider({ prices: [price] }), limits(warned)], asking(pdf))),
      'asks cost_unbounded',
    );
  });
});

describe('what the ledger’s answer means', () => {
  const limit: LimitCheck = {
    id: 'local/x/money',
    counter: 'c',
    unit: 'usd',
    amount: 10e9,
    refuse: true,
    resetsAt: Date.UTC(2026, 10, 23),
  };

  it('is a refusal with amounts that people read, and when to come back', () => {
    const refused = budgetRefusal({ kind: 'spent', limit, left: -1e9, needed: 2_500_000_000 });
    assert.deepEqual(refused, {
      code: 'budget_spent',
      params: {
        limit: 'local/x/money',
        left: '$0.00',
        amount: '$10.00',
        needed: '$2.50',
        resets: '2026-11-23T00:00Z',
      },
    });
    assert.equal(budgetRefusal({ kind: 'reserved', limit, left: 1, needed: 2 }).code, 'budget_reserved');
    const request = budgetRefusal({
      kind: 'request',
      limit: { ...limit, unit: 'tokens', resetsAt: undefined },
      left: 5,
      needed: 6,
    });
    assert.deepEqual(
      [request.code, request.params.left, request.params.needed],
      ['request_over_limit', '5', '6 tokens'],
    );
    const forever = budgetRefusal({
      kind: 'spent',
      limit: { ...limit, resetsAt: Number.POSITIVE_INFINITY },
      left: 0,
      needed: 1,
    });
    assert.match(forever.params.resets ?? '', /never resets/);
  });

  it('is for a rate what it allows, how long the call has waited, and when to try again', () => {
    const check: RateCheck = {
      id: 'local/x/pace',
      key: 'k',
      requestsPerMinute: 3,
      tokensPerMinute: 4,
      concurrent: 5,
      refuse: true,
    };
    for (const [what, amount] of [
      ['requests', '3 requests per minute'],
      ['tokens', '4 tokens per minute'],
      ['concurrent', '5 calls at the same time'],
    ] as const) {
      assert.deepEqual(rateRefusal({ kind: 'rate', check, what, retryAfterMs: 1001 }, 59_600), {
        code: 'rate_limited',
        params: { limit: 'local/x/pace', amount, waited: '60 seconds', seconds: '2 seconds' },
        retryAfterMs: 1001,
      });
    }
  });
});
