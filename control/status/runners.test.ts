import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClusterPolicies } from '../../adapters/cluster/policies.ts';
import type { SessionTally } from '../../adapters/mongo/sessions.ts';
import { sessionCounters } from '../../core/ledger/session.ts';
import type { PolicyObject } from '../../core/policy/objects.ts';
import { changedSpend, isOfInterest, type RunnerView, type Spend, slimRunner } from './runners.ts';
import { fakeCounters, NAMESPACE, NOON, policy } from './testing.ts';

const [USD, TOKENS] = sessionCounters('run-1');
const NOW = NOON + 5_000;
const AT = new Date(NOW).toISOString();
const BUDGET = policy('BudgetPolicy', 'team', {
  selector: { labels: { team: 'red' } },
  limits: [
    { name: 'run', per: 'runner', window: 'lifetime', usd: 5 },
    { name: 'all', per: 'namespace', window: 'day', usd: 4 },
    { name: 'warned', per: 'cluster', window: 'day', usd: '0.01', atLimit: 'warn' },
    { name: 'tokens', per: 'cluster', window: 'day', tokens: 10 },
    { name: 'call', window: 'request', usd: 1 },
  ],
});
/** Somebody has thought of budgets, and of none for this one; else the built-in one would be for it. */
const NONE = policy('BudgetPolicy', 'none', {
  selector: { workloads: [] },
  limits: [{ name: 'day', window: 'day', usd: 1 }],
});
const RUN = `${NAMESPACE}/team/run|runner:${NAMESPACE}/nightly|lifetime|usd`;
const ALL = `${NAMESPACE}/team/all|namespace:${NAMESPACE}|day:UTC:2026-11-22|usd`;

function runner(status: RunnerView['status'] = {}, spec: RunnerView['spec'] = {}): RunnerView {
  return {
    metadata: { name: 'nightly', namespace: NAMESPACE, uid: 'run-1', resourceVersion: '1' },
    spec,
    status,
  };
}

interface Known {
  readonly counters?: Parameters<typeof fakeCounters>[0];
  readonly tally?: SessionTally;
  readonly objects?: readonly PolicyObject[];
}

async function changed(
  one: RunnerView,
  { counters, tally, objects = [NONE] }: Known,
): Promise<Spend | undefined> {
  const policies = new ClusterPolicies();
  policies.replace(objects);
  const sessions = { of: async () => new Map(tally === undefined ? [] : [['run-1', tally]]) };
  const found = await changedSpend({ ledger: fakeCounters(counters), sessions, policies }, [one], NOW);
  return found.get(one);
}

const tally = (refusal: string | null = null): SessionTally => ({
  exchanges: 3,
  refused: 1,
  last: { at: NOON, refusal },
});
const counters = { [USD]: { spent: 1_500_000_000, reserved: 7 }, [TOKENS]: { spent: 42 } };
const SPEND: Spend = { usd: '1.50', tokens: 42, exchanges: 3, refused: 1, at: AT };

describe('what a runner has spent', () => {
  it('is its session’s money and tokens, its exchanges, and the refusal of the last one', async () => {
    assert.deepEqual(await changed(runner(), { counters, tally: tally() }), SPEND);
    const refused = { ...SPEND, lastRefusal: 'budget_spent' };
    assert.deepEqual(await changed(runner(), { counters, tally: tally('budget_spent') }), refused);
  });

  it('is told with what is left of the tightest limit that refuses its calls', async () => {
    const red = { labels: { team: 'red' } };
    const left = async (more: object, spec: RunnerView['spec'] = red) =>
      (await changed(runner({}, spec), { counters: { ...counters, ...more }, objects: [BUDGET] }))?.left;
    assert.equal(await left({}), '4.00');
    assert.equal(await left({ [ALL]: { spent: 1e9 }, [RUN]: { spent: 2e9, reserved: 1e9 } }), '2.00');
    assert.equal(await left({ [ALL]: { spent: 5e9 } }), '0.00');
    assert.equal(await left({}, { labels: { team: 'blue' } }), undefined);
    assert.equal(await left({}, { ...red, toolProfile: 'not there' }), undefined);
  });

  it('is not written again where nothing of it has changed', async () => {
    const spend = { ...SPEND, lastRefusal: 'budget_spent', at: '2026-11-22T11:00:00.000Z' };
    const all = { counters, tally: tally('budget_spent') };
    assert.equal(await changed(runner({ spend }), all), undefined);
    for (const other of [
      { usd: '1.49' },
      { tokens: 41 },
      { exchanges: 2 },
      { refused: 0 },
      { lastRefusal: 'tool_denied' },
      { left: '2.00' },
    ])
      assert.ok(await changed(runner({ spend: { ...spend, ...other } }), all), JSON.stringify(other));
    // The refusal is gone, which is a change like any other.
    assert.ok(await changed(runner({ spend }), { counters, tally: tally() }));
    assert.equal(await changed(runner(), {}), undefined);
  });

  it('is told once more after a try has ended, for whoever waits for the last word', async () => {
    const spend = { ...SPEND, at: '2026-11-22T11:00:00.000Z' };
    const all = { counters, tally: tally() };
    const ended = (endedAt: string) => changed(runner({ spend, endedAt }), all);
    assert.equal(await ended('2026-11-22T10:59:59Z'), undefined);
    assert.equal((await ended('2026-11-22T11:00:00Z'))?.at, AT);
    assert.ok(await changed(runner({ endedAt: '2026-11-22T11:00:00Z' }), {}), 'one that never called');
  });

  it('does not change after its end with what others spend', async () => {
    const spend = { ...SPEND, left: '3.00', at: '2026-11-22T11:00:01.000Z' };
    const endedAt = '2026-11-22T11:00:00Z';
    const all = { counters, tally: tally(), objects: [BUDGET] };
    const labels = { labels: { team: 'red' } };
    assert.ok(await changed(runner({ spend, endedAt }, labels), all));
    assert.equal(await changed(runner({ spend, endedAt, finishedAt: endedAt }, labels), all), undefined);
    const late = { ...counters, [USD]: { spent: 2e9, reserved: 0 } };
    const told = await changed(runner({ spend, endedAt, finishedAt: endedAt }, labels), {
      ...all,
      counters: late,
    });
    assert.equal(told?.usd, '2.00');
  });

  it('stays where the ledger knows nothing any more of a session that has been silent for months', async () => {
    const spend = { ...SPEND, at: '2026-01-01T00:00:00.000Z' };
    assert.equal(await changed(runner({ spend }), { tally: tally() }), undefined);
    const again = await changed(runner({ spend }), { tally: { ...tally(), exchanges: 4 } });
    assert.deepEqual([again?.usd, again?.exchanges], ['0.00', 4]);
  });

  it('is looked at for a day after the end', () => {
    assert.ok(isOfInterest(runner(), NOW));
    assert.ok(isOfInterest(runner({ finishedAt: new Date(NOW - 86_000_000).toISOString() }), NOW));
    assert.ok(!isOfInterest(runner({ finishedAt: new Date(NOW - 87_000_000).toISOString() }), NOW));
  });

  it('is read from what is kept of a runner, which is little', () => {
    const whole = {
      apiVersion: 'tollgate.dev/v1alpha1',
      kind: 'AgentRunner',
      metadata: { ...runner().metadata, annotations: { long: 'x' } },
      spec: { labels: { team: 'red' }, toolProfile: 'mine', work: { command: ['x'] } },
      status: {
        spend: SPEND,
        finishedAt: '2026-11-22T11:00:02Z',
        phase: 'Work',
        phases: [
          { name: 'work', finishedAt: '2026-11-22T11:00:01Z' },
          { name: 'setup', finishedAt: '2026-11-22T10:00:00Z' },
          { name: 'teardown' },
        ],
      },
    };
    assert.deepEqual(slimRunner(whole), {
      apiVersion: whole.apiVersion,
      kind: whole.kind,
      metadata: runner().metadata,
      spec: { labels: { team: 'red' }, toolProfile: 'mine' },
      status: { spend: SPEND, finishedAt: '2026-11-22T11:00:02Z', endedAt: '2026-11-22T11:00:01Z' },
    });
    assert.deepEqual(slimRunner(runner()), runner());
  });
});
