import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Budget, Limit, Rate } from '../policy/budget.ts';
import { checksFor, counterName, type Payer } from './checks.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const PAYER: Payer = { workload: { namespace: 'shop', name: 'crawler', labels: {} }, session: 's1' };

function limit(more: Partial<Limit>): Limit {
  return {
    id: 'shop/daily/usd',
    per: 'workload',
    window: 'day',
    timeZone: 'UTC',
    unit: 'usd',
    amount: 5,
    refuse: true,
    ...more,
  };
}

function budget(limits: Limit[], rates: Rate[] = []): Budget {
  return { name: 'shop/daily', enforce: true, limits, rates, minOutputTokens: 1024, onDisconnect: 'drain' };
}

function counterOf(more: Partial<Limit>, payer = PAYER, at = NOON): string | undefined {
  return checksFor([budget([limit(more)])], payer, at).limits[0]?.counter;
}

describe('what the ledger has to check', () => {
  it('counts each scope under its own key', () => {
    assert.equal(
      counterOf({ per: 'workload' }),
      'shop/daily/usd|workload:shop/crawler|day:UTC:2026-11-22|usd',
    );
    assert.equal(counterOf({ per: 'session' }), 'shop/daily/usd|session:s1|day:UTC:2026-11-22|usd');
    assert.equal(counterOf({ per: 'namespace' }), 'shop/daily/usd|namespace:shop|day:UTC:2026-11-22|usd');
    assert.equal(counterOf({ per: 'cluster' }), 'shop/daily/usd|cluster|day:UTC:2026-11-22|usd');
  });

  it('counts each window under its own key', () => {
    assert.match(counterOf({ window: 'hour' }) ?? '', /\|hour:UTC:2026-11-22T12\+00:00\|/);
    assert.match(counterOf({ window: 'month' }) ?? '', /\|month:UTC:2026-11\|/);
    assert.match(counterOf({ window: 'lifetime' }) ?? '', /\|lifetime\|/);
    assert.equal(counterOf({ window: 'request' }), undefined);
  });

  it('begins a new count with a new window, and none within it', () => {
    const midnight = Date.UTC(2026, 10, 23);
    assert.equal(counterOf({}, PAYER, midnight - 1), counterOf({}));
    assert.notEqual(counterOf({}, PAYER, midnight), counterOf({}));
    const tokyo = { timeZone: 'Asia/Tokyo' };
    assert.match(counterOf(tokyo, PAYER, midnight) ?? '', /\|day:Asia\/Tokyo:2026-11-23\|/);
    assert.equal(
      counterOf(tokyo, PAYER, midnight),
      counterOf(tokyo, PAYER, midnight - 1),
      'it began at 15:00 UTC',
    );
    assert.equal(counterOf({ window: 'lifetime' }, PAYER, midnight), counterOf({ window: 'lifetime' }));
  });

  it('answers for the payer and the time it is asked for, whatever it was asked before', () => {
    const budgets = [budget([limit({}), limit({ window: 'hour' })])];
    const other: Payer = { ...PAYER, workload: { ...PAYER.workload, name: 'writer' } };
    const asked: [Payer, number][] = [
      [PAYER, NOON],
      [PAYER, NOON + 3_599_999],
      [PAYER, NOON + 3_600_000],
      // A clock that is set back.
      [PAYER, NOON],
      [other, NOON],
      [other, NOON - 86_400_000],
    ];
    for (const [payer, at] of asked) {
      const fresh = checksFor([...budgets], payer, at);
      assert.deepEqual(checksFor(budgets, payer, at), fresh);
    }
  });

  it('never reads an amount in one unit as one in another when a limit is changed', () => {
    const keys = (['usd', 'tokens', 'requests'] as const).map((unit) => counterOf({ unit }));
    assert.equal(new Set(keys).size, 3);
  });

  it('tells when a window ends, and when it began', () => {
    const resets = (window: Limit['window']) =>
      checksFor([budget([limit({ window })])], PAYER, NOON).limits[0]?.resetsAt;
    assert.equal(resets('day'), Date.UTC(2026, 10, 23));
    assert.equal(resets('month'), Date.UTC(2026, 11, 1));
    assert.equal(resets('lifetime'), Number.POSITIVE_INFINITY);
    assert.equal(resets('request'), undefined);
    const [day] = checksFor([budget([limit({})])], PAYER, NOON).limits;
    assert.equal(day?.startsAt, Date.UTC(2026, 10, 22));
  });

  it('takes the limits and rates of all budgets, with what they say', () => {
    const rate: Rate = { id: 'shop/daily/pace', per: 'namespace', requestsPerMinute: 7, refuse: false };
    const second = budget([limit({ id: 'x/y/z', unit: 'tokens', amount: 9, refuse: false })], [rate]);
    const { limits, rates } = checksFor([budget([limit({})]), second], PAYER, NOON);
    assert.deepEqual(
      limits.map(({ id, unit, amount, refuse }) => [id, unit, amount, refuse]),
      [
        ['shop/daily/usd', 'usd', 5, true],
        ['x/y/z', 'tokens', 9, false],
      ],
    );
    assert.deepEqual(rates, [
      { id: 'shop/daily/pace', key: 'shop/daily/pace|namespace:shop', requestsPerMinute: 7, refuse: false },
    ]);
  });

  it('reads back what a key says, whatever stands in the names of its scope', () => {
    const payer = { workload: { ...PAYER.workload, name: 'a|b|usd' }, session: 's|1' };
    assert.deepEqual(counterName(counterOf({ unit: 'tokens' }, payer) ?? ''), {
      limit: 'shop/daily/usd',
      scope: 'workload:shop/a|b|usd',
      window: 'day:UTC:2026-11-22',
      unit: 'tokens',
    });
    const lifetime = counterName(counterOf({ per: 'session', window: 'lifetime' }, payer) ?? '');
    assert.deepEqual([lifetime.scope, lifetime.window], ['session:s|1', 'lifetime']);
  });

  it('counts a runner by its name, and refuses to count per runner where there is none', () => {
    const payer = {
      ...PAYER,
      workload: { ...PAYER.workload, name: 'agentrunner/nightly', runner: 'nightly' },
    };
    assert.equal(
      counterOf({ per: 'runner' }, payer),
      'shop/daily/usd|runner:shop/nightly|day:UTC:2026-11-22|usd',
    );
    assert.throws(() => counterOf({ per: 'runner' }), /runner/);
  });
});
