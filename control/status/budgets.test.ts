import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileBudget, type Limit } from '../../core/policy/budget.ts';
import type { BudgetPolicy } from '../../core/policy/types.generated.ts';
import { figuresOf, limitStatuses } from './budgets.ts';
import { countsOf } from './counts.ts';
import { type FakeCounters, fakeCounters, NAMESPACE, NOON, policy } from './testing.ts';
import { judgeAll } from './validity.ts';

function limitsOf(limits: object[], timeZone = 'UTC'): readonly Limit[] {
  const [judged] = judgeAll([policy('BudgetPolicy', 'team', { limits, timeZone })]);
  assert.ok(judged?.manifest, judged?.message);
  return compileBudget(judged.manifest as BudgetPolicy, NAMESPACE, true).limits;
}

const statusOf = async (limits: readonly Limit[], ledger: FakeCounters) =>
  limitStatuses(limits, await countsOf(ledger, limits));

const DAY = 'day:UTC:2026-11-22';
const usd = (limit: string, scope: string, window = DAY) =>
  `${NAMESPACE}/team/${limit}|${scope}|${window}|usd`;

describe('where a limit stands', () => {
  it('is who has used most of it in the present window, running calls included, and how many have a count', async () => {
    const limits = limitsOf([{ name: 'day', window: 'day', usd: 5 }]);
    const of = (name: string) => usd('day', `workload:${NAMESPACE}/${name}`);
    const ledger = fakeCounters({
      [of('deployment/a')]: { spent: 2e9 },
      [of('deployment/b|x')]: { spent: 1e9, reserved: 1.5e9 },
      [of('deployment/c')]: { spent: 1e9 },
      [usd('day', `workload:${NAMESPACE}/yesterday`, 'day:UTC:2026-11-21')]: { spent: 5e9 },
      [`${NAMESPACE}/team/day|workload:${NAMESPACE}/x|${DAY}|tokens`]: { spent: 9e9 },
      // As it was counted when it was per namespace.
      [usd('day', `namespace:${NAMESPACE}`)]: { spent: 5e9 },
      [`${NAMESPACE}/other/day|workload:${NAMESPACE}/x|${DAY}|usd`]: { spent: 5e9 },
      '-/session/spend|session:1|run|usd': { spent: 5e9 },
    });
    assert.deepEqual(await statusOf(limits, ledger), [
      {
        name: 'day',
        limit: '$5.00 per day',
        spent: '$1.00',
        reserved: '$1.50',
        left: '$2.50',
        resetsAt: '2026-11-23T00:00:00Z',
        scope: `workload:${NAMESPACE}/deployment/b|x`,
        counters: 3,
      },
    ]);
  });

  it('is nothing spent where nobody has called yet, and nothing left where more was spent', async () => {
    const limits = limitsOf([
      { name: 'all', per: 'cluster', window: 'lifetime', tokens: 100 },
      { name: 'hour', per: 'namespace', window: 'hour', requests: 2 },
    ]);
    const hour = `hour:UTC:2026-11-22T12+00:00`;
    const ledger = fakeCounters({
      [`${NAMESPACE}/team/hour|namespace:${NAMESPACE}|${hour}|requests`]: { spent: 3, reserved: 1 },
    });
    assert.deepEqual(await statusOf(limits, ledger), [
      {
        name: 'hour',
        limit: '2 requests per hour',
        spent: '3 requests',
        reserved: '1 request',
        left: '0 requests',
        resetsAt: '2026-11-22T13:00:00Z',
        scope: `namespace:${NAMESPACE}`,
        counters: 1,
      },
      {
        name: 'all',
        limit: '100 tokens in all',
        spent: '0 tokens',
        reserved: '0 tokens',
        left: '100 tokens',
        counters: 0,
      },
    ]);
  });

  it('ends with the window of its time zone', async () => {
    const limits = limitsOf([{ name: 'day', window: 'day', usd: 5 }], 'Asia/Tokyo');
    const [status] = await statusOf(limits, fakeCounters());
    assert.equal(status?.resetsAt, '2026-11-22T15:00:00Z');
    assert.ok(NOON < Date.parse(status?.resetsAt ?? ''));
  });

  it('comes first where it is fullest, by its share and not by its amount; one that counts nothing comes last', async () => {
    const limits = limitsOf([
      { name: 'call', window: 'request', usd: 1 },
      { name: 'big', per: 'cluster', window: 'day', usd: 100 },
      { name: 'small', per: 'cluster', window: 'day', usd: 1 },
      { name: 'none', per: 'cluster', window: 'day', usd: 0 },
      { name: 'fresh', per: 'cluster', window: 'day', usd: 1 },
    ]);
    const ledger = fakeCounters({
      [usd('big', 'cluster')]: { spent: 50e9 },
      [usd('small', 'cluster')]: { spent: 0.1e9, reserved: 0.5e9 },
    });
    const statuses = await statusOf(limits, ledger);
    assert.deepEqual(
      statuses.map(({ name }) => name),
      ['none', 'small', 'big', 'fresh', 'call'],
    );
    assert.deepEqual(statuses.at(-1), { name: 'call', limit: '$1.00 per request' });
  });

  it('does not change by itself between two who have used as much, and is found among thousands some at a time', async () => {
    const limits = limitsOf([{ name: 'day', per: 'session', window: 'day', usd: 5 }]);
    const names = Array.from({ length: 5_432 }, (_, i) => `s${String(i).padStart(4, '0')}`);
    const spent = { spent: 1e9 };
    const counters = Object.fromEntries(names.map((name) => [usd('day', `session:${name}`), spent]));
    const forth = fakeCounters(counters);
    const back = fakeCounters(Object.fromEntries(Object.entries(counters).toReversed()));
    for (const ledger of [forth, back]) {
      const [status] = await statusOf(limits, ledger);
      assert.deepEqual([status?.scope, status?.counters], ['session:s0000', 5_432]);
      assert.ok(ledger.reads.length > 3 && Math.max(...ledger.reads) < 1_200, String(ledger.reads));
    }
    back.all.set(usd('day', 'session:s4711'), { spent: 0, reserved: 1e9 + 1 });
    assert.equal((await statusOf(limits, back))[0]?.scope, 'session:s4711');
  });

  it('asks the ledger for nothing where no limit counts anything', async () => {
    const ledger = fakeCounters({ x: {} });
    assert.deepEqual(await statusOf(limitsOf([{ name: 'call', window: 'request', usd: 1 }]), ledger), [
      { name: 'call', limit: '$1.00 per request' },
    ]);
    assert.deepEqual(ledger.reads, []);
  });

  it('is told in metrics for limits in US dollars', async () => {
    const limits = limitsOf([
      { name: 'day', window: 'day', usd: 5 },
      { name: 'month', per: 'cluster', window: 'month', usd: 6 },
      { name: 'tokens', window: 'day', tokens: 5 },
    ]);
    const scope = `workload:${NAMESPACE}/a`;
    const ledger = fakeCounters({ [usd('day', scope)]: { spent: 1e9, reserved: 2 } });
    assert.deepEqual(figuresOf(await countsOf(ledger, limits)), [
      { id: `${NAMESPACE}/team/day`, scope, amount: 5e9, spent: 1e9, reserved: 2 },
      { id: `${NAMESPACE}/team/month`, scope: 'cluster', amount: 6e9, spent: 0, reserved: 0 },
    ]);
  });
});
