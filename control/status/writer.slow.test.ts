/** Statuses on a real API server, written by a client that has just the rights that the chart gives to control. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from '../../adapters/cluster/cluster.ts';
import { ClusterPolicies } from '../../adapters/cluster/policies.ts';
import type { Access } from '../../adapters/kube/access.ts';
import type { Answer } from '../../adapters/kube/answer.ts';
import { KubeClient } from '../../adapters/kube/client.ts';
import { type KubeObject, type Resource, resource } from '../../adapters/kube/object.ts';
import { eventually } from '../../adapters/kube/testing-oracle.ts';
import { RealApi } from '../../adapters/kube/testing-real-api.ts';
import type { SessionTally } from '../../adapters/mongo/sessions.ts';
import { createLog } from '../../adapters/telemetry/log.ts';
import { sessionCounters } from '../../core/ledger/session.ts';
import { runner as manifest } from '../../core/policy/testing-runner.ts';
import { HANG_MS } from '../../test/support/hang.ts';
import { type FakeCounters, fakeCounters, NAMESPACE, NOON } from './testing.ts';
import { accessAs, grantControl, installCrds, makeNamespace, SYSTEM, tableOf } from './testing-api.ts';
import { type PolicyView, StatusWriter } from './writer.ts';

type Any = KubeObject & { readonly spec: object; readonly status?: object };
const kind = (name: string, plural: string, namespaced = true): Resource<Any> =>
  resource<Any>(`tollgate.dev/v1alpha1 ${name}`, plural, namespaced);
const BUDGETS = kind('BudgetPolicy', 'budgetpolicies');
const PROFILES = kind('ToolProfile', 'toolprofiles');
const PROVIDERS = kind('Provider', 'providers', false);
const RUNNERS = kind('AgentRunner', 'agentrunners');
const place = { namespace: NAMESPACE };
const SCOPE = `workload:${NAMESPACE}/deployment/triage`;
const COUNTER = `${NAMESPACE}/team/day|${SCOPE}|day:UTC:2026-11-22|usd`;

/** Counts what is written: the API server takes what changes nothing for no change. */
class CountingClient extends KubeClient {
  writes = 0;

  override applyStatus<T extends KubeObject>(
    ...args: Parameters<KubeClient['applyStatus']>
  ): ReturnType<KubeClient['applyStatus']> & Promise<Answer<T>> {
    this.writes++;
    return super.applyStatus(...args) as ReturnType<KubeClient['applyStatus']> & Promise<Answer<T>>;
  }
}

describe('statuses on a real API server', { timeout: 900_000 }, () => {
  let api: RealApi;
  let admin: Access;
  let access: Access;
  let client: KubeClient;
  let control: CountingClient;
  let cluster: Cluster;
  let writer: StatusWriter;
  let ledger: FakeCounters;
  let leads = true;
  let told = 0;
  let now = NOON;
  const tallies = new Map<string, SessionTally>();

  before(async () => {
    api = await RealApi.start();
    admin = await api.access();
    client = new KubeClient(admin, 'tollgate-test/1');
    await installCrds(client);
    for (const name of [SYSTEM, NAMESPACE]) await makeNamespace(client, name);
    ({ access } = await accessAs(api, await grantControl(client)));
    control = new CountingClient(access, 'tollgate-control/1');
    await create(BUDGETS, 'team', { limits: [{ name: 'day', window: 'day', usd: 5 }] });
    await create(PROFILES, 'mine', { models: { routes: [{ model: 'gpt-*', provider: 'groq' }] } });
    await create(PROVIDERS, 'house', { url: 'https://a.example', wires: ['anthropic-messages'] });
    const { spec } = JSON.parse(manifest({}, { name: 'nightly' }));
    await create(RUNNERS, 'nightly', spec);

    // Rights are in force a little after they were written.
    for (const one of [BUDGETS, PROFILES, PROVIDERS, RUNNERS])
      while (!(await control.list(one, {})).ok) await sleep(50);
    const policies = new ClusterPolicies();
    cluster = new Cluster({
      client: control,
      hooks: () => ({ failed: ({ message }) => assert.fail(message) }),
      onPolicies: (objects) => {
        policies.replace(objects);
        told++;
      },
    });
    await cluster.start();
    ledger = fakeCounters();
    writer = new StatusWriter({
      client: control,
      hooks: { failed: ({ message }) => assert.fail(message) },
      policies: () => cluster.policies() as readonly PolicyView[],
      sources: { ledger, sessions: { of: async () => tallies }, policies },
      leads: () => leads,
      keepsContents: true,
      log: await createLog('silent'),
      everyMs: 3_600_000,
      clock: () => now,
    });
    leads = false;
    writer.start();
    leads = true;
  });
  after(async () => {
    await writer?.stop();
    await cluster?.stop();
    await access?.close();
    await admin?.close();
    await api?.stop();
  });

  async function create(of: Resource<Any>, name: string, spec: object): Promise<void> {
    const where = of.namespaced ? place : {};
    const made = await client.create(of, { metadata: { name, ...where }, spec }, { place: where });
    assert.ok(made.ok, made.ok ? '' : made.error.message);
  }
  async function get(of: Resource<Any>, name: string): Promise<Any> {
    const found = await client.get(of, of.namespaced ? { ...place, name } : { name });
    assert.ok(found.ok, found.ok ? '' : found.error.message);
    return found.value;
  }
  const all = () =>
    Promise.all([
      get(BUDGETS, 'team'),
      get(PROFILES, 'mine'),
      get(PROVIDERS, 'house'),
      get(RUNNERS, 'nightly'),
    ]);
  /** A round, and until what it wrote is known here too. */
  async function round(): Promise<void> {
    await writer.round();
    const versions = (await all()).slice(0, 3).map(({ metadata }) => metadata.resourceVersion);
    await eventually(
      () =>
        versions.every((one) => cluster.policies().some(({ metadata }) => metadata.resourceVersion === one)),
      5_000,
      () => 'the watch is behind',
    );
  }
  const withoutAge = (table: readonly string[][]) => table.map((row) => row.slice(0, -1));

  it('are in the columns of kubectl get: limit, spent, left, when it resets, and whether it is valid', async () => {
    ledger.all.set(COUNTER, { spent: 1_250_000_000, reserved: 250_000_000 });
    await round();
    const path = `/apis/tollgate.dev/v1alpha1/namespaces/${NAMESPACE}`;
    assert.deepEqual(withoutAge(await tableOf(admin, `${path}/budgetpolicies`)), [
      ['Name', 'Enforce', 'Limit', 'Spent', 'Left', 'Resets', 'Valid'],
      ['team', 'true', '$5.00 per day', '$1.25', '$3.50', '2026-11-23T00:00:00Z', 'True'],
    ]);
    assert.deepEqual(withoutAge(await tableOf(admin, `${path}/toolprofiles`)), [
      ['Name', 'Tier', 'Enforce', 'Valid'],
      ['mine', 'locked', 'true', 'False'],
    ]);
    assert.deepEqual(withoutAge(await tableOf(admin, '/apis/tollgate.dev/v1alpha1/providers')), [
      ['Name', 'URL', 'Wires', 'Valid'],
      ['house', 'https://a.example', '["anthropic-messages"]', 'True'],
    ]);
    const { status, metadata } = await get(BUDGETS, 'team');
    assert.deepEqual(status, {
      observedGeneration: metadata.generation,
      limits: [
        {
          name: 'day',
          limit: '$5.00 per day',
          spent: '$1.25',
          reserved: '$0.25',
          left: '$3.50',
          resetsAt: '2026-11-23T00:00:00Z',
          scope: SCOPE,
          counters: 1,
        },
      ],
      conditions: [
        {
          type: 'Valid',
          status: 'True',
          reason: 'Understood',
          message: 'it is in force where it applies',
          observedGeneration: metadata.generation,
          lastTransitionTime: '2026-11-22T12:00:00Z',
        },
      ],
    });
    assert.deepEqual(writer.figures, [
      { id: `${NAMESPACE}/team/day`, scope: SCOPE, amount: 5e9, spent: 1.25e9, reserved: 0.25e9 },
    ]);
  });

  it('are written where something changed, and nowhere else; no policy is another by that', async () => {
    await round();
    const [before, policies] = [await all(), told];
    now += 60_000;
    const { writes } = control;
    await round();
    assert.equal(control.writes, writes);
    const versions = (objects: readonly Any[]) => objects.map(({ metadata }) => metadata.resourceVersion);
    assert.deepEqual(versions(await all()), versions(before));
    ledger.all.set(COUNTER, { spent: 2_000_000_000, reserved: 0 });
    await round();
    const [budget, ...others] = await all();
    assert.notEqual(budget.metadata.resourceVersion, before[0].metadata.resourceVersion);
    assert.deepEqual(versions(others), versions(before.slice(1)));
    assert.equal(budget.metadata.generation, before[0].metadata.generation);
    assert.equal(control.writes, writes + 1);
    assert.equal(told, policies);
  });

  it('follow the manifests: a new generation is observed, and what was wrong and is right is valid from then on', async () => {
    const lost = (await get(PROFILES, 'mine')).status as { conditions: { message: string }[] };
    assert.match(lost.conditions[0]?.message ?? '', /routes gpt-\* to the Provider groq, and there is none/);
    const before = told;
    await create(PROVIDERS, 'groq', { url: 'https://b.example', wires: ['openai-chat'] });
    const limits = [
      { name: 'day', window: 'day', usd: 2 },
      { name: 'all', per: 'cluster', window: 'lifetime', tokens: 7 },
    ];
    const changed = await client.merge(BUDGETS, { ...place, name: 'team' }, { spec: { limits } });
    assert.ok(changed.ok);
    await eventually(
      () => told > before,
      5_000,
      () => 'nobody was told',
    );
    const { resourceVersion } = changed.value.metadata;
    await eventually(
      () =>
        cluster.policies().some(({ metadata }) => metadata.name === 'groq') &&
        cluster.policies().some(({ metadata }) => metadata.resourceVersion === resourceVersion),
      5_000,
      () => 'the Provider or the budget is not known',
    );
    now += 1_000;
    await round();
    const budget = await get(BUDGETS, 'team');
    const status = budget.status as { observedGeneration: number; limits: { name: string; left: string }[] };
    assert.equal(status.observedGeneration, budget.metadata.generation);
    assert.deepEqual(
      status.limits.map(({ name, left }) => [name, left]),
      [
        ['day', '$0.00'],
        ['all', '7 tokens'],
      ],
    );
    const { conditions } = (await get(PROFILES, 'mine')).status as {
      conditions: { status: string; lastTransitionTime: string }[];
    };
    assert.equal(conditions[0]?.status, 'True');
    assert.equal(conditions[0]?.lastTransitionTime, '2026-11-22T12:01:01Z');
  });

  it('are a runner’s spend beside what the operator writes, and end with a word that is later than its end', async () => {
    const { metadata } = await get(RUNNERS, 'nightly');
    const [usd, tokens] = sessionCounters(metadata.uid);
    ledger.all.set(usd, { spent: 420_000_000, reserved: 0 });
    ledger.all.set(tokens, { spent: 99, reserved: 0 });
    tallies.set(metadata.uid, { exchanges: 3, refused: 1, last: { at: NOON, refusal: 'budget_spent' } });
    await round();
    const spend = {
      usd: '0.42',
      left: '2.00',
      tokens: 99,
      exchanges: 3,
      refused: 1,
      lastRefusal: 'budget_spent',
    };
    const spent = async () => ((await get(RUNNERS, 'nightly')).status as { spend?: object }).spend;
    assert.deepEqual(await spent(), { ...spend, at: new Date(now).toISOString() });
    const finishedAt = new Date(now).toISOString();
    const phases = [{ name: 'work', attempt: 1, reason: 'Succeeded', finishedAt }];
    const operators = { phase: 'Work', phases };
    const options = { manager: 'tollgate-operator', force: true };
    assert.ok(
      (await client.applyStatus(RUNNERS, { metadata: { name: 'nightly', ...place } }, operators, options)).ok,
    );
    now += 10_000;
    tallies.set(metadata.uid, { exchanges: 4, refused: 1, last: { at: NOON + 1, refusal: null } });
    // Until the watch has told of what the operator wrote, and of its end.
    for (const deadline = Date.now() + HANG_MS; Date.now() < deadline; ) {
      await writer.round();
      if (JSON.stringify(await spent()).includes('"exchanges":4')) break;
      await sleep(20);
    }
    const { lastRefusal: _, ...others } = spend;
    assert.deepEqual(await spent(), { ...others, exchanges: 4, at: new Date(now).toISOString() });
    const { status } = await get(RUNNERS, 'nightly');
    assert.deepEqual({ ...status, spend: undefined }, { ...operators, spend: undefined });
    const [head, row] = withoutAge(
      await tableOf(admin, `/apis/tollgate.dev/v1alpha1/namespaces/${NAMESPACE}/agentrunners`),
    );
    assert.equal(row?.[head?.indexOf('Spent') ?? -1], '0.42');
  });

  it('are not written by who does not lead, and nothing but statuses is written at all', async () => {
    const before = await all();
    leads = false;
    ledger.all.set(COUNTER, { spent: 1, reserved: 0 });
    await round();
    assert.deepEqual(writer.figures, []);
    leads = true;
    assert.equal((await get(BUDGETS, 'team')).metadata.resourceVersion, before[0].metadata.resourceVersion);
    for (const [of, name] of [
      [BUDGETS, 'team'],
      [RUNNERS, 'nightly'],
    ] as const) {
      const tried = await control.merge(of, { ...place, name }, { spec: { labels: { a: 'b' } } });
      assert.equal(tried.ok || tried.error.code, 403);
    }
  });
});
