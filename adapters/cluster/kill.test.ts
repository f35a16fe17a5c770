import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { GOVERNED_LABEL, KILL, NETWORK_LABEL } from '../../core/cluster/names.ts';
import { atEnd } from '../../test/support/output.ts';
import { openAccess } from '../kube/access.ts';
import { KubeClient } from '../kube/client.ts';
import { FakeApi } from '../kube/testing-api.ts';
import { eventually } from '../kube/testing-oracle.ts';
import { Cluster } from './cluster.ts';
import { POLICIES, putFences } from './testing-fences.ts';

const namespace = 'team-a';
const labels = { app: 'triage' };
const selector = { matchLabels: labels };

interface World {
  readonly api: FakeApi;
  readonly cluster: Cluster;
  /** How often a kill switch, and who owns what, may be another. */
  readonly told: { changes: number; owners: number; policies: number };
  killed(name: string): string | undefined;
}

const ref = (apiVersion: string, kind: string, name: string, uid: string) => [
  { apiVersion, kind, name, uid, controller: true },
];

async function world(t: TestContext, fill: (api: FakeApi) => void): Promise<World> {
  const api = await FakeApi.start();
  atEnd(t, () => api.close());
  putFences(api, namespace);
  fill(api);
  const told = { changes: 0, owners: 0, policies: 0 };
  const access = openAccess(api.url);
  const cluster = new Cluster({
    client: new KubeClient(access, 'test'),
    hooks: () => ({}),
    onPolicies: () => told.policies++,
    onChange: () => told.changes++,
    onOwners: () => told.owners++,
    times: { burst: 1_000, perSecond: 1_000 },
  });
  atEnd(t, async () => {
    await cluster.stop();
    await access.close();
  });
  await cluster.start();
  // Handlers are told first of all that there is.
  for (let before = ''; before !== JSON.stringify(told); await sleep(50)) before = JSON.stringify(told);
  Object.assign(told, { changes: 0, owners: 0, policies: 0 });
  const killed = (name: string) => {
    const uid = api.store.get('/pods', name, namespace)?.metadata.uid ?? '';
    const caller = cluster.caller({ namespace, name, uid, serviceAccount: 'default' });
    assert.ok(caller, `${name} is not known`);
    return cluster.killed(caller);
  };
  return { api, cluster, told, killed };
}

function pod(
  api: FakeApi,
  name: string,
  owner: object[] = [],
  annotations: Record<string, string> = {},
  more: Record<string, string> = {},
) {
  return api.store.put('/pods', {
    metadata: {
      name,
      namespace,
      labels: { [GOVERNED_LABEL]: 'true', [NETWORK_LABEL]: 'narrow', ...labels, ...more },
      ownerReferences: owner,
      annotations,
    },
  });
}

function owner(
  api: FakeApi,
  plural: string,
  name: string,
  owners: object[] = [],
  annotations: Record<string, string> = {},
  spec: object = { selector },
) {
  const [group, kind] = plural.split('/');
  assert.ok(group && kind);
  return api.store.put(plural, {
    metadata: { name, namespace, ownerReferences: owners, annotations },
    spec,
  }).metadata.uid;
}

/** Waits until something is so: a watch tells of it, and a new list would come only after minutes. */
const soon = (holds: () => boolean) => eventually(holds, 1_000, () => 'it does not come to hold');

describe('the kill switch of a workload', { timeout: 300_000 }, () => {
  it('is an annotation of its Deployment, found through the ReplicaSet; taking it off lets calls through', async (t) => {
    const { api, told, killed } = await world(t, (one) => {
      const deployment = owner(one, 'apps/deployments', 'triage');
      const set = owner(
        one,
        'apps/replicasets',
        'triage-1',
        ref('apps/v1', 'Deployment', 'triage', deployment),
      );
      pod(one, 'a', ref('apps/v1', 'ReplicaSet', 'triage-1', set));
    });
    assert.equal(killed('a'), undefined);
    owner(api, 'apps/deployments', 'triage', [], { [KILL]: 'it loops', other: 'x' });
    await soon(() => killed('a') === 'it loops' && told.changes === 1 && told.owners === 1);
    owner(api, 'apps/deployments', 'triage', [], { [KILL]: 'it still loops' });
    await soon(() => killed('a') === 'it still loops' && told.changes === 2);
    // What else is written on it says nothing.
    owner(api, 'apps/deployments', 'triage', [], { [KILL]: 'it still loops', other: 'y' });
    owner(api, 'apps/deployments', 'triage');
    await soon(() => killed('a') === undefined && told.changes === 3);
    assert.equal(told.owners, 3);
    owner(api, 'apps/deployments', 'triage', [], { [KILL]: '' });
    await sleep(200);
    assert.equal(killed('a'), undefined, 'without a text it is off');
  });

  it('is not what its ReplicaSet still has of it, to which annotations are copied and never taken off', async (t) => {
    const { killed } = await world(t, (one) => {
      const copied = { [KILL]: 'it looped' };
      const deployment = owner(one, 'apps/deployments', 'triage');
      const of = ref('apps/v1', 'Deployment', 'triage', deployment);
      const set = owner(one, 'apps/replicasets', 'triage-1', of, copied);
      pod(one, 'a', ref('apps/v1', 'ReplicaSet', 'triage-1', set));
      const alone = owner(one, 'apps/replicasets', 'alone', [], copied);
      pod(one, 'b', ref('apps/v1', 'ReplicaSet', 'alone', alone));
    });
    assert.equal(killed('a'), undefined);
    assert.equal(killed('b'), 'it looped');
  });

  it('is that of each owner on the way up, the topmost counting first, and of no owner that is not believed', async (t) => {
    const { api, killed } = await world(t, (one) => {
      const job = owner(one, 'batch/jobs', 'nightly-1', ref('batch/v1', 'CronJob', 'nightly', 'uid-4'), {
        [KILL]: 'this job',
      });
      one.store.put('batch/cronjobs', {
        metadata: { name: 'nightly', namespace, annotations: { [KILL]: 'all of them' } },
        status: { active: [{ uid: job }] },
      });
      pod(one, 'a', ref('batch/v1', 'Job', 'nightly-1', job));
      const set = owner(
        one,
        'apps/statefulsets',
        'other',
        [],
        { [KILL]: 'not mine' },
        {
          selector: { matchLabels: { app: 'other' } },
        },
      );
      pod(one, 'forged', ref('apps/v1', 'StatefulSet', 'other', set));
    });
    assert.equal(killed('a'), 'all of them');
    api.store.delete('batch/cronjobs', 'nightly', namespace);
    await soon(() => killed('a') === 'this job');
    assert.equal(killed('forged'), undefined);
  });

  it('is the pod’s own annotation where it has no owner', async (t) => {
    const { api, told, killed } = await world(t, (one) => {
      pod(one, 'bare');
      pod(one, 'neighbour');
    });
    pod(api, 'bare', [], { [KILL]: 'x'.repeat(2_000) });
    await soon(() => killed('bare') === 'x'.repeat(512) && told.changes === 1);
    assert.equal(killed('neighbour'), undefined);
    pod(api, 'bare');
    await soon(() => killed('bare') === undefined && told.changes === 2);
  });

  it('is the field of its AgentRunner; what else changes of it is told nobody as a change', async (t) => {
    const runner = (one: FakeApi, spec: object, status: object = {}) =>
      one.store.put('tollgate.dev/agentrunners', { metadata: { name: 'nightly', namespace }, spec, status })
        .metadata.uid;
    const { api, cluster, told, killed } = await world(t, (one) => {
      const uid = runner(one, {});
      const job = owner(
        one,
        'batch/jobs',
        'nightly-work',
        ref('tollgate.dev/v1alpha1', 'AgentRunner', 'nightly', uid),
      );
      const made = { 'tollgate.dev/runner': 'nightly' };
      pod(one, 'a', ref('batch/v1', 'Job', 'nightly-work', job), {}, made);
      pod(one, 'left', [], {}, made);
    });
    assert.match(killed('left') ?? '', /made for the AgentRunner nightly, which does not own it/);
    const { uid } = api.store.get('/pods', 'a', namespace)?.metadata ?? { uid: '' };
    const caller = cluster.caller({ namespace, name: 'a', uid, serviceAccount: 'default' });
    assert.deepEqual(caller?.payer.workload, {
      namespace,
      name: 'agentrunner/nightly',
      runner: 'nightly',
      labels,
    });
    runner(api, {}, { spend: { usd: '1' } });
    runner(api, { kill: 'it is enough' }, { spend: { usd: '1' } });
    await soon(() => killed('a') === 'it is enough');
    runner(api, { kill: 'it is enough' }, { spend: { usd: '2' } });
    await sleep(200);
    assert.equal(told.changes, 1);
    assert.equal(told.owners, 1);
  });
});

describe('a fence that has become wider', { timeout: 300_000 }, () => {
  it('is a kill switch for the pods behind it, until it is narrow again', async (t) => {
    const { api, told, killed } = await world(t, (one) => {
      pod(one, 'a');
    });
    assert.equal(killed('a'), undefined);
    api.store.put(POLICIES, {
      metadata: { name: 'dns', namespace },
      spec: {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [{ ports: [{ protocol: 'UDP', port: 53 }] }],
      },
    });
    await soon(() => /wider than its fence: the NetworkPolicy dns selects it/.test(killed('a') ?? ''));
    assert.ok(told.changes > 0 && told.owners > 0, 'sidecars and gateways are told');
    api.store.delete(POLICIES, 'dns', namespace);
    await soon(() => killed('a') === undefined);
    api.store.delete(POLICIES, 'tollgate-narrow', namespace);
    await soon(() => /tollgate-narrow is not there/.test(killed('a') ?? ''));
  });
});

describe('a policy', { timeout: 300_000 }, () => {
  it('is another when its author writes to it, and not when its status is written', async (t) => {
    const put = (one: FakeApi, generation: number, status: object) =>
      one.store.put('tollgate.dev/budgetpolicies', {
        metadata: { name: 'team', namespace, generation },
        spec: { limits: [] },
        status,
      });
    const { api, cluster, told } = await world(t, (one) => put(one, 1, {}));
    put(api, 1, { observedGeneration: 1 });
    const statusOf = () => JSON.stringify(cluster.policies()[0]?.status);
    await soon(() => statusOf() === '{"observedGeneration":1}');
    await sleep(100);
    assert.equal(told.policies, 0);
    put(api, 2, { observedGeneration: 1 });
    await soon(() => told.policies === 1);
    // Another one of the same name begins at the same number.
    api.store.delete('tollgate.dev/budgetpolicies', 'team', namespace);
    await soon(() => told.policies === 2);
    put(api, 2, {});
    await soon(() => told.policies === 3);
  });
});
