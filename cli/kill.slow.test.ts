/** `tollgate kill` as a user runs it, on a real API server, and how soon those who watch know of it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Cluster } from '../adapters/cluster/cluster.ts';
import type { Access } from '../adapters/kube/access.ts';
import { KubeClient } from '../adapters/kube/client.ts';
import { type KubeObject, type Resource, resource } from '../adapters/kube/object.ts';
import { eventually } from '../adapters/kube/testing-oracle.ts';
import { RealApi } from '../adapters/kube/testing-real-api.ts';
import { accessAs, installCrds, makeNamespace } from '../control/status/testing-api.ts';
import { fenceSpec } from '../core/cluster/fences.ts';
import { FENCES, GOVERNED_LABEL, NETWORK_LABEL, RUNNER_LABEL } from '../core/cluster/names.ts';
import { runner as manifest } from '../core/policy/testing-runner.ts';
import { HANG_MS } from '../test/support/hang.ts';
import { runCli } from './testing.ts';

const NAMESPACE = 'team-a';
const place = { namespace: NAMESPACE };
type Any = KubeObject & { readonly spec?: object };
const PODS = resource<Any>('v1 Pod', 'pods');
const DEPLOYMENTS = resource<Any>('apps/v1 Deployment', 'deployments');
const REPLICA_SETS = resource<Any>('apps/v1 ReplicaSet', 'replicasets');
const RUNNERS = resource<Any>('tollgate.dev/v1alpha1 AgentRunner', 'agentrunners');
const JOBS = resource<Any>('batch/v1 Job', 'jobs');
const NETWORK_POLICIES = resource<Any>('networking.k8s.io/v1 NetworkPolicy', 'networkpolicies');
const RBAC = 'rbac.authorization.k8s.io/v1';

describe('tollgate kill on a real API server', { timeout: 900_000 }, () => {
  let api: RealApi;
  let access: Access;
  let client: KubeClient;
  let cluster: Cluster;
  let kubeconfig = '';
  let changes = 0;
  const uids = new Map<string, string>();

  const create = async (of: Resource<Any>, name: string, body: object, owner?: object): Promise<string> => {
    const { metadata = {}, ...rest } = body as { metadata?: object };
    const owners = owner === undefined ? {} : { ownerReferences: [owner] };
    const made = await client.create(
      of,
      { ...rest, metadata: { name, ...place, ...owners, ...metadata } },
      { place },
    );
    assert.ok(made.ok, made.ok ? '' : made.error.message);
    uids.set(name, made.value.metadata.uid);
    return made.value.metadata.uid;
  };
  const ref = (apiVersion: string, kind: string, name: string) => ({
    ...{ apiVersion, kind, name, controller: true },
    uid: uids.get(name),
  });
  const container = { name: 'agent', image: 'agent' };
  const pod = (name: string, labels: object, owner?: object) =>
    create(
      PODS,
      name,
      {
        metadata: { labels: { [GOVERNED_LABEL]: 'true', [NETWORK_LABEL]: 'narrow', ...labels } },
        spec: { containers: [container] },
      },
      owner,
    );
  const killed = (name: string) => {
    const uid = uids.get(name) ?? '';
    const caller = cluster.caller({ ...place, name, uid, serviceAccount: 'default' });
    assert.ok(caller, `${name} is not known`);
    return cluster.killed(caller);
  };
  const run = (...args: string[]) => runCli(['kill', ...args], { KUBECONFIG: kubeconfig });
  /** A watch tells of it; a new list comes only after minutes. */
  const soon = (holds: () => boolean) => eventually(holds, 20_000, () => 'it does not come to hold');

  before(async () => {
    api = await RealApi.start();
    access = await api.access();
    kubeconfig = `${api.folder}/kubeconfig`;
    client = new KubeClient(access, 'tollgate-test/1');
    await installCrds(client);
    await makeNamespace(client, NAMESPACE);
    const app = { app: 'triage' };
    const template = { metadata: { labels: app }, spec: { containers: [container] } };
    const selector = { matchLabels: app, matchExpressions: [{ key: 'old', operator: 'DoesNotExist' }] };
    await create(DEPLOYMENTS, 'triage', { spec: { selector, template } });
    const set = { selector: { matchLabels: app }, template };
    await create(REPLICA_SETS, 'triage-1', { spec: set }, ref('apps/v1', 'Deployment', 'triage'));
    await pod('triage-1-a', app, ref('apps/v1', 'ReplicaSet', 'triage-1'));
    await pod('bare', {});
    await create(NETWORK_POLICIES, FENCES.narrow, { spec: fenceSpec('narrow') });
    await create(NETWORK_POLICIES, FENCES.wide, { spec: fenceSpec('wide') });
    const { spec } = JSON.parse(manifest({}, { name: 'nightly' }));
    await create(RUNNERS, 'nightly', { spec });
    const owner = ref('tollgate.dev/v1alpha1', 'AgentRunner', 'nightly');
    const job = { template: { spec: { containers: [container], restartPolicy: 'Never' } } };
    const uid = await create(JOBS, 'nightly-work', { spec: job }, owner);
    const ofJob = { 'batch.kubernetes.io/controller-uid': uid, [RUNNER_LABEL]: 'nightly' };
    await pod('nightly-work-a', ofJob, ref('batch/v1', 'Job', 'nightly-work'));
    cluster = new Cluster({
      client: new KubeClient(access, 'tollgate-control/1'),
      hooks: () => ({}),
      onPolicies: () => undefined,
      onChange: () => changes++,
    });
    await cluster.start();
  });
  after(async () => {
    await cluster?.stop();
    await access?.close();
    await api?.stop();
  });

  it('stops a Deployment, a bare pod and an AgentRunner, each alone, and lets them go on', async () => {
    for (const [workload, name] of [
      ['deployment/triage', 'triage-1-a'],
      ['pod/bare', 'bare'],
      ['agentrunner/nightly', 'nightly-work-a'],
    ] as const) {
      const before = changes;
      const { code, stdout, stderr } = await run(workload, '-n', NAMESPACE, '--reason', `stop ${name}`);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /is killed: no model call is made any longer/);
      if (name !== 'bare') assert.match(stderr, /1 governed pod of it runs/);
      await soon(() => killed(name) === `stop ${name}` && changes > before);
      const others = ['triage-1-a', 'bare', 'nightly-work-a'].filter((other) => other !== name);
      assert.deepEqual(others.map(killed), [undefined, undefined]);
      const listed = await run('--list', '-A');
      assert.match(listed.stdout, new RegExp(`team-a +${workload} +stop ${name}`));
      const undone = await run(workload, '-n', NAMESPACE, '--undo');
      assert.match(undone.stdout, new RegExp(`It was killed: stop ${name}`));
      await soon(() => killed(name) === undefined);
    }
    assert.match((await run('--list', '-A')).stdout, /^Nothing is killed\.$/m);
  });

  it('changes nothing of what pods are made from', async () => {
    const read = async () => {
      const found = await client.get(DEPLOYMENTS, { ...place, name: 'triage' });
      assert.ok(found.ok);
      return found.value;
    };
    const before = await read();
    await run('deploy/triage', '-n', NAMESPACE);
    assert.deepEqual((await read()).spec, before.spec);
    await run('deploy/triage', '-n', NAMESPACE, '--undo');
    const now = await read();
    assert.deepEqual([now.spec, now.metadata.annotations], [before.spec, before.metadata.annotations]);
  });

  it('is for who may change the workload, and says what is missing', async () => {
    const { kubeconfig: bobs, access: bob } = await accessAs(api, 'bob');
    await bob.close();
    const as = (...args: string[]) => runCli(['kill', ...args, '--kubeconfig', bobs], {});
    const no = await as('deployment/triage', '-n', NAMESPACE);
    assert.equal(no.code, 1);
    assert.match(
      no.stderr,
      /you may not change deployment\/triage in namespace team-a: that needs the verbs get and patch on deployments \(.*"bob"/,
    );
    const rules = [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'patch', 'list'] }];
    await create(resource<Any>(`${RBAC} Role`, 'roles'), 'bob', { rules });
    await create(resource<Any>(`${RBAC} RoleBinding`, 'rolebindings'), 'bob', {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'bob' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'bob' }],
    });
    let yes = no;
    // Rights are in force a little after they were written.
    for (const deadline = Date.now() + HANG_MS; yes.code !== 0 && Date.now() < deadline; )
      yes = await as('deployment/triage', '-n', NAMESPACE);
    assert.equal(yes.code, 0, yes.stderr);
    assert.match(yes.stderr, /whether governed pods of it run could not be found out/);
    await soon(() => killed('triage-1-a') !== undefined);
    const listed = await as('--list', '-n', NAMESPACE);
    assert.equal(listed.code, 1);
    assert.match(listed.stdout, /deployment\/triage/);
    assert.match(listed.stderr, /pods could not be listed/);
    const gone = await as('deployment/other', '-n', NAMESPACE);
    assert.match(gone.stderr, /there is no deployment\/other in namespace team-a/);
  });
});
