/** What the gateway knows of pods from the API server: with a fake one, over real HTTP. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { eventually } from '../adapters/kube/testing-oracle.ts';
import type { PodDirectory } from './directory.ts';
import { FakeCluster, NAMESPACE } from './testing-cluster.ts';
import { HOST } from './testing-gateway.ts';

async function start(t: TestContext, prepare: (cluster: FakeCluster) => void = () => undefined) {
  const cluster = await FakeCluster.start(t);
  prepare(cluster);
  cluster.directory.start();
  await eventually(
    () => cluster.directory.heardAt() !== undefined,
    5_000,
    () => 'nothing was heard',
  );
  return cluster;
}

/** Waits for what is known of a pod. */
async function known(
  { directory }: FakeCluster,
  uid: string,
  holds: (pod: ReturnType<PodDirectory['pod']>) => boolean,
): Promise<void> {
  await eventually(
    () => holds(directory.pod(uid)),
    3_000,
    () => JSON.stringify(directory.pod(uid)),
  );
}

const networkOf = ({ directory }: FakeCluster, uid: string) => {
  const { access, hosts } = directory.pod(uid)?.network ?? {};
  return [access, ...(hosts ?? []).map(({ host }) => host)];
};

describe('the directory from the API server', { timeout: 300_000 }, () => {
  it('knows each governed pod with the network that its profile gives its phase', async (t) => {
    let [work, setup, gone] = ['', '', ''];
    const cluster = await start(t, (one) => {
      one.profile('default', 'allowlist', ['default.example']);
      one.profile('mine', 'local', [], {
        network: { setup: { access: 'full' }, work: { access: 'allowlist', hosts: [HOST] } },
      });
      work = one.pod('a', { profile: 'mine', addresses: ['10.244.0.7', 'fd00::7'] });
      setup = one.pod('b', { profile: 'mine', phase: 'setup', addresses: [] });
      gone = one.pod('c', { phase: 'teardown' });
    });
    assert.deepEqual(cluster.directory.pod(work), {
      uid: work,
      namespace: NAMESPACE,
      name: 'a',
      serviceAccount: 'runner',
      addresses: ['10.244.0.7', 'fd00::7'],
      phase: 'work',
      network: { access: 'allowlist', hosts: [{ host: HOST, below: false, port: 443 }] },
      killed: null,
    });
    assert.deepEqual(networkOf(cluster, setup), ['full']);
    assert.deepEqual(networkOf(cluster, gone), ['allowlist', 'default.example']);
    assert.deepEqual(cluster.directory.pod(setup)?.addresses, []);
    assert.equal(cluster.directory.pod('somebody'), undefined);
    assert.equal(cluster.directory.isGone('somebody'), false);
  });

  it('opens nothing to an agent whose pod was born with the narrow port, has no fit profile, or no profile at all', async (t) => {
    let pods: string[] = [];
    const cluster = await start(t, (one) => {
      one.profile('default', 'full');
      pods = [
        one.pod('narrow', { door: 'narrow' }),
        one.pod('other', { door: '' }),
        one.pod('lost', { profile: 'nowhere' }),
      ];
    });
    for (const uid of pods) assert.deepEqual(networkOf(cluster, uid), ['local']);
    const bare = await start(t);
    const uid = bare.pod('a');
    await known(bare, uid, (pod) => pod?.network.access === 'local');
    const setup = bare.pod('b', { phase: 'setup' });
    await known(bare, setup, (pod) => pod?.network.access === 'allowlist');
  });

  it('does not know a pod whose phase nobody has, which admission would not have let in', async (t) => {
    let uid = '';
    const cluster = await start(t, (one) => {
      uid = one.pod('a', { phase: 'party' });
    });
    assert.equal(cluster.directory.pod(uid), undefined);
  });

  it('follows profiles: narrower and wider, and keeps the last good one where they fit no longer', async (t) => {
    const cluster = await start(t, (one) => one.profile('mine', 'allowlist', ['a.example']));
    const uid = cluster.pod('a', { profile: 'mine' });
    const born = cluster.pod('b', { profile: 'mine', door: 'narrow' });
    await known(cluster, uid, (pod) => pod !== undefined);
    let told = 0;
    cluster.directory.onChange((about) => {
      if (about === undefined) told++;
    });
    cluster.profile('mine', 'local');
    await known(cluster, uid, (pod) => pod?.network.access === 'local');
    cluster.profile('mine', 'full');
    await known(cluster, uid, (pod) => pod?.network.access === 'full');
    assert.deepEqual(networkOf(cluster, born), ['local'], 'what was opened later');
    cluster.profile('house', 'allowlist', ['b.example'], {}, 'tollgate-system');
    await known(cluster, uid, (pod) => pod?.network.access === 'allowlist');
    assert.deepEqual(networkOf(cluster, uid), ['allowlist', 'b.example']);
    const before = told;
    cluster.profile('mine', 'allowlist', ['not a host']);
    cluster.delete('tollgate.dev/toolprofiles', 'house', 'tollgate-system');
    await eventually(
      () => told > before,
      3_000,
      () => `told ${told} times`,
    );
    assert.deepEqual(networkOf(cluster, uid), ['allowlist', 'b.example']);
  });

  it('says who was killed, also where the owner is heard of after the pod', async (t) => {
    const cluster = await start(t);
    const labels = { 'job-name': 'nightly-work', 'tollgate.dev/runner': 'nightly' };
    const runner = cluster.runner('nightly');
    const job = cluster.job('nightly-work', ['tollgate.dev/v1alpha1', 'AgentRunner', 'nightly', runner]);
    const owner = ['batch/v1', 'Job', 'nightly-work', job] as const;
    const uid = cluster.pod('a', { owner, labels });
    const forged = cluster.pod('b', { owner });
    await known(cluster, uid, (pod) => pod?.killed === null);
    let told = 0;
    cluster.directory.onChange(() => void told++);
    cluster.runner('nightly', 'it loops');
    await known(cluster, uid, (pod) => pod?.killed === 'it loops');
    await eventually(
      () => told > 0,
      1_000,
      () => 'nobody was told',
    );
    assert.equal(cluster.directory.pod(forged)?.killed, null, 'a pod that its owner does not select');

    // The fake numbers its objects.
    const late = cluster.pod('c', {
      owner: ['batch/v1', 'Job', 'late', 'uid-8'],
      labels: { 'job-name': 'late', 'tollgate.dev/runner': 'nightly' },
    });
    await known(cluster, late, (pod) => pod?.killed?.includes('which does not own it') === true);
    const before = told;
    assert.equal(cluster.job('late', ['tollgate.dev/v1alpha1', 'AgentRunner', 'nightly', runner]), 'uid-8');
    await known(cluster, late, (pod) => pod?.killed === 'it loops');
    await eventually(
      () => told > before,
      1_000,
      () => 'nobody was told of the late owner',
    );
    // What changes of a Job while it runs says nothing of its pods.
    const then = told;
    cluster.job('late', ['tollgate.dev/v1alpha1', 'AgentRunner', 'nightly', runner]);
    await new Promise((resolve) => setTimeout(resolve, 250));
    assert.equal(told, then);
  });

  it('says so of the pod of a service too, over its ReplicaSet and Deployment', async (t) => {
    const cluster = await start(t);
    const runner = cluster.runner('service', 'it loops');
    const selector = { matchLabels: { app: 'service' } };
    const put = (collection: string, kind: string, name: string, uid: string) =>
      cluster.api.store.put(collection, {
        metadata: {
          name,
          namespace: NAMESPACE,
          ownerReferences: [
            {
              apiVersion: kind === 'AgentRunner' ? 'tollgate.dev/v1alpha1' : 'apps/v1',
              kind,
              name: 'service',
              uid,
              controller: true,
            },
          ],
        },
        spec: { selector },
      }).metadata.uid;
    const deployment = put('apps/deployments', 'AgentRunner', 'service', runner);
    const set = put('apps/replicasets', 'Deployment', 'service-1', deployment);
    const uid = cluster.pod('a', {
      owner: ['apps/v1', 'ReplicaSet', 'service-1', set],
      labels: { ...selector.matchLabels, 'tollgate.dev/runner': 'service' },
    });
    await known(cluster, uid, (pod) => pod?.killed === 'it loops');
  });

  it('takes a pod for gone when it is deleted, has ended, or another has its name, and for ever', async (t) => {
    const cluster = await start(t);
    const [deleted, ended, failed, stays] = ['a', 'b', 'c', 'd'].map((name) => cluster.pod(name)) as [
      string,
      string,
      string,
      string,
    ];
    for (const uid of [deleted, ended, failed, stays]) await known(cluster, uid, (pod) => pod !== undefined);
    cluster.delete('/pods', 'a');
    const again = cluster.pod('a');
    cluster.pod('b', { status: 'Succeeded' });
    cluster.pod('c', { status: 'Failed' });
    const { directory } = cluster;
    await known(cluster, again, (pod) => pod !== undefined);
    for (const uid of [deleted, ended, failed])
      await eventually(
        () => directory.isGone(uid) && directory.pod(uid) === undefined,
        3_000,
        () => uid,
      );
    cluster.pod('b', { status: 'Running' });
    const next = cluster.pod('e');
    await known(cluster, next, (pod) => pod !== undefined);
    assert.deepEqual([directory.isGone(ended), directory.pod(ended)], [true, undefined]);
    assert.deepEqual([directory.isGone(stays), directory.isGone(again)], [false, false]);
  });

  it('has the hosts of Providers, and the built-in ones for wires that none of them speaks', async (t) => {
    const cluster = await start(t);
    const hosts = () => cluster.directory.providers().map(({ host, port }) => `${host}:${port}`);
    assert.deepEqual(hosts(), ['api.anthropic.com:443', 'api.openai.com:443']);
    cluster.provider('own', { url: 'http://llm.corp.example:8000', privateAddresses: true });
    await eventually(
      () => hosts().length === 2 && hosts().includes('llm.corp.example:8000'),
      3_000,
      () => String(hosts()),
    );
    assert.deepEqual(cluster.directory.providers()[0], {
      host: 'llm.corp.example',
      port: 8000,
      tls: false,
      privateAddresses: true,
    });
  });

  it('tells of one pod where one has changed, and asks for nothing but what it needs', async (t) => {
    const told: (string | undefined)[] = [];
    const cluster = await start(t, ({ directory }) => directory.onChange((uid) => told.push(uid)));
    // What was read at the start is told of once, as a whole.
    await eventually(
      () => told.length > 0,
      3_000,
      () => 'nobody was told',
    );
    assert.deepEqual(told.splice(0), [undefined]);
    const uid = cluster.pod('a');
    await eventually(
      () => told.length > 0,
      3_000,
      () => 'nobody was told',
    );
    cluster.pod('a', { status: 'Pending' });
    await eventually(
      () => told.length > 1,
      3_000,
      () => 'nobody was told',
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.deepEqual(told, [uid, uid]);
    const asked = new Set(cluster.api.seen.map(({ method, url }) => `${method} ${url.pathname}`));
    assert.deepEqual([...asked].sort(), [
      'GET /api/v1/pods',
      'GET /apis/apps/v1/daemonsets',
      'GET /apis/apps/v1/deployments',
      'GET /apis/apps/v1/replicasets',
      'GET /apis/apps/v1/statefulsets',
      'GET /apis/batch/v1/cronjobs',
      'GET /apis/batch/v1/jobs',
      'GET /apis/networking.k8s.io/v1/networkpolicies',
      'GET /apis/tollgate.dev/v1alpha1/agentrunners',
      'GET /apis/tollgate.dev/v1alpha1/providers',
      'GET /apis/tollgate.dev/v1alpha1/toolprofiles',
    ]);
    for (const { url } of cluster.api.seen.filter(({ url: { pathname } }) => pathname.endsWith('/pods')))
      assert.equal(url.searchParams.get('labelSelector'), 'tollgate.dev/governed=true');
  });

  it('is heard of by bookmarks alone, and grows stale when one resource falls silent', async (t) => {
    const cluster = await FakeCluster.start(t, { secondMs: 1 });
    const { directory, api } = cluster;
    assert.equal(directory.heardAt(), undefined);
    // One that may not be read is enough to know nothing.
    api.answer = ({ url }) => (url.pathname.endsWith('/jobs') ? { code: 403, body: {} } : undefined);
    directory.start();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(directory.heardAt(), undefined);
    api.answer = undefined;
    await eventually(
      () => directory.heardAt() !== undefined,
      5_000,
      () => 'nothing was heard',
    );
    const age = () => Date.now() - (directory.heardAt() ?? 0);
    const first = directory.heardAt() ?? 0;
    await eventually(
      () => (directory.heardAt() ?? 0) > first + 1_000 && age() < 400,
      5_000,
      () => `${age()} ms`,
    );
    api.answer = ({ url }) => (url.pathname.endsWith('/toolprofiles') ? 'reset' : undefined);
    await eventually(
      () => age() > 1_000,
      5_000,
      () => `${age()} ms`,
    );
    api.answer = undefined;
    await eventually(
      () => age() < 300,
      5_000,
      () => `${age()} ms`,
    );
  });
});
