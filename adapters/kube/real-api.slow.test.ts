/** What stands on the API server, with a real one. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  V1ConfigMap,
  V1SelfSubjectReview,
  V1ServiceAccount,
  V1TokenReview,
} from '@kubernetes/client-node';
import { HANG_MS } from '../../test/support/hang.ts';
import { type Access, inCluster } from './access.ts';
import { KubeClient } from './client.ts';
import { EVENTS } from './event-record.ts';
import { EventRecorder } from './events.ts';
import { Election, LEASES } from './lease.ts';
import { type Json, type KubeObject, resource, type Stored } from './object.ts';
import { Reflector } from './reflector.ts';
import { eventually } from './testing-oracle.ts';
import { RealApi } from './testing-real-api.ts';

type ConfigMap = Stored<V1ConfigMap>;
const CONFIG_MAPS = resource<ConfigMap>('v1 ConfigMap', 'configmaps');
const ACCOUNTS = resource<Stored<V1ServiceAccount>>('v1 ServiceAccount', 'serviceaccounts');
const TOKEN_REVIEWS = resource('authentication.k8s.io/v1 TokenReview', 'tokenreviews', false);
const SELF_REVIEWS = resource('authentication.k8s.io/v1 SelfSubjectReview', 'selfsubjectreviews', false);
const BINDINGS = resource('rbac.authorization.k8s.io/v1 ClusterRoleBinding', 'clusterrolebindings', false);
const namespace = 'default';

describe('with a real API server', () => {
  let api: RealApi;
  let access: Access;
  let client: KubeClient;
  /** What a test that failed may have left running. */
  const running: { stop(): Promise<void> }[] = [];
  const run = <T extends { start?(): void; stop(): Promise<void> }>(one: T): T => {
    running.push(one);
    one.start?.();
    return one;
  };
  const at = (name: string) => ({ namespace, name });
  const map = (name: string, data: Record<string, string>, labels?: Record<string, string>) => ({
    metadata: { name, namespace, ...(labels && { labels }) },
    data,
  });
  const put = async (
    name: string,
    data: Record<string, string>,
    labels?: Record<string, string>,
  ): Promise<ConfigMap> => {
    const written = await client.apply(CONFIG_MAPS, map(name, data, labels), {
      manager: 'test',
      force: true,
    });
    assert.ok(written.ok, written.ok ? '' : written.error.message);
    return written.value;
  };

  before(async () => {
    api = await RealApi.start();
    access = await api.access();
    client = new KubeClient(access, 'tollgate-test/1');
    // The namespace is made a little after the server is ready.
    const namespaces = resource('v1 Namespace', 'namespaces', false);
    while (!(await client.get(namespaces, { name: namespace })).ok) await sleep(50);
  });
  after(async () => {
    for (const one of running) await one.stop();
    await access?.close();
    await api?.stop();
  });

  it('apply owns what is sent and nothing else, and takes it from others only by force', async () => {
    await put('applied', { ours: '1' });
    const theirs = { manager: 'others' };
    const other = await client.apply(CONFIG_MAPS, map('applied', { theirs: '1' }), theirs);
    assert.ok(other.ok, JSON.stringify(other));
    const conflict = await client.apply(CONFIG_MAPS, map('applied', { ours: '2', theirs: '1' }), theirs);
    assert.ok(!conflict.ok);
    assert.deepEqual([conflict.error.code, conflict.error.reason], [409, 'Conflict']);
    const { field, reason } = conflict.error.causes[0] ?? {};
    assert.deepEqual([field, reason], ['.data.ours', 'FieldManagerConflict']);

    // What was read, with managedFields and version of long ago, may be sent as it is.
    const forced = await client.apply(CONFIG_MAPS, { ...other.value, data: { ours: '3' } } as never, {
      ...theirs,
      force: true,
    });
    assert.ok(forced.ok);
    assert.deepEqual(forced.value.data, { ours: '3' }, 'a field that is no more sent is no more ours');
  });

  it('says which field is wrong', async () => {
    const unknown = await client.apply(CONFIG_MAPS, { ...map('bad', {}), dta: 1 } as never, {
      manager: 'test',
    });
    assert.ok(!unknown.ok);
    assert.match(unknown.error.message, /dta: field not declared in schema/);
    const invalid = await client.apply(CONFIG_MAPS, map('bad', { 'a b': '1' }), { manager: 'test' });
    assert.ok(!invalid.ok);
    assert.deepEqual([invalid.error.code, invalid.error.reason], [422, 'Invalid']);
    assert.match(invalid.error.causes[0]?.field ?? '', /^data/);
  });

  it('touches no object but the one that is meant', async () => {
    const old = await put('same-name', { n: '1' });
    assert.ok((await client.delete(CONFIG_MAPS, at('same-name'), { uid: old.metadata.uid })).ok);
    const now = await put('same-name', { n: '2' });
    const gone = await client.delete(CONFIG_MAPS, at('same-name'), { uid: old.metadata.uid });
    assert.ok(!gone.ok && gone.error.code === 409);
    const options = { manager: 'test', uid: old.metadata.uid, force: true };
    const late = await client.apply(CONFIG_MAPS, map('same-name', { n: '3' }), options);
    assert.ok(!late.ok && late.error.code === 409, JSON.stringify(late));
    const fine = await client.apply(CONFIG_MAPS, map('same-name', { n: '4' }), {
      ...options,
      uid: now.metadata.uid,
    });
    assert.ok(fine.ok);
    const lock = await client.replace(CONFIG_MAPS, now);
    assert.ok(!lock.ok && lock.error.code === 409);
    const missing = await client.get(CONFIG_MAPS, at('nowhere'));
    assert.ok(!missing.ok && missing.error.reason === 'NotFound');
  });

  it('a pod gets in with its files, and is told what it may not do', async () => {
    const made = await client.create(ACCOUNTS, { metadata: at('robot') }, { place: { namespace } });
    assert.ok(made.ok, JSON.stringify(made));
    const place = { ...at('robot'), subresource: 'token' };
    const tokenBody = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: ['https://real.test'] },
    };
    const token = await client.create<KubeObject, { status: { token: string } }>(ACCOUNTS, tokenBody, {
      place,
    });
    assert.ok(token.ok, JSON.stringify(token));
    const mount = join(api.folder, 'mount');
    mkdirSync(mount);
    writeFileSync(join(mount, 'token'), token.value.status.token);
    writeFileSync(join(mount, 'namespace'), namespace);
    writeFileSync(join(mount, 'ca.crt'), readFileSync(api.ca));
    const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(api.port) };
    const pod = await inCluster(env, mount);
    const robot = new KubeClient(pod, 'robot');
    const self = await robot.create<KubeObject, Json<V1SelfSubjectReview>>(SELF_REVIEWS, {});
    assert.ok(self.ok);
    assert.equal(self.value.status?.userInfo?.username, 'system:serviceaccount:default:robot');
    const refused = await robot.list(CONFIG_MAPS, { namespace });
    assert.ok(!refused.ok && refused.error.code === 403);
    assert.match(
      refused.error.message,
      /^list configmaps in namespace default: Forbidden: configmaps is forbidden/,
    );
    assert.ok(!JSON.stringify(refused).includes(token.value.status.token));

    const review = { spec: { token: token.value.status.token } };
    const known = await client.create<KubeObject, Json<V1TokenReview>>(TOKEN_REVIEWS, review);
    assert.ok(known.ok && known.value.status?.authenticated);

    // A reflector that may not look waits until it may.
    const quick = { baseMs: 20, capMs: 200, burst: 100, perSecond: 100 };
    const reflector = run(new Reflector(robot, CONFIG_MAPS, { namespace, times: quick }));
    await sleep(300);
    assert.equal(reflector.hasSynced, false);
    const binding = {
      metadata: { name: 'robot' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace }],
    };
    assert.ok((await client.create(BINDINGS, binding)).ok);
    assert.equal(await Promise.race([reflector.synced(), sleep(20_000, 'too late')]), true);
    await reflector.stop();
    await pod.close();
  });

  it('one of two candidates leads, and the other after it', async () => {
    const told: string[] = [];
    const join = (identity: string) => {
      const election = new Election(client, {
        namespace,
        name: 'operator',
        identity,
        elected: () => told.push(`${identity} elected`),
        lost: (why) => told.push(`${identity} lost: ${why}`),
        failed: ({ code, message }) => code !== 409 && told.push(message),
        // Longer than the machine may stand still; who has to be waited for, is waited for longer than that.
        times: { durationMs: 12_000, renewMs: 10_000, retryMs: 200 },
      });
      return run(election);
    };
    const [a, b] = [join('a'), join('b')];
    await eventually(
      () => told.length === 1,
      10_000,
      () => told.join('; '),
    );
    await sleep(12_500);
    assert.equal(told.length, 1, told.join('; '));
    const [leader, other] = a.leads ? [a, b] : [b, a];
    const stopped = performance.now();
    await leader.stop();
    await eventually(
      () => other.leads,
      20_000,
      () => told.join('; '),
    );
    assert.ok(performance.now() - stopped < 12_000, 'it was not given back');
    const lease = await client.get(LEASES, at('operator'));
    assert.ok(lease.ok);
    assert.equal(lease.value.spec?.leaseTransitions, 1);
    assert.match(String(lease.value.spec?.renewTime), /\.\d{6}Z$/);
    await other.stop();
  });

  it('events are taken as they are, and counted', async () => {
    const about = await put('eventful', {});
    const errors: unknown[] = [];
    const recorder = run(
      new EventRecorder(client, {
        controller: 'tollgate.dev/operator',
        instance: 'operator-0',
        patchMs: 100,
        dropped: (error) => errors.push(error),
      }),
    );
    const text = { type: 'Warning', reason: 'Reason', action: 'Act', note: 'ü'.repeat(2000) } as const;
    for (let n = 0; n < 7; n++) recorder.record({ of: CONFIG_MAPS, object: about }, text);
    const find = async () => {
      const events = await client.list(EVENTS, { namespace });
      assert.ok(events.ok);
      return events.value.items.find(({ regarding }) => regarding?.uid === about.metadata.uid);
    };
    let count = 0;
    for (const deadline = Date.now() + HANG_MS; count < 7 && Date.now() < deadline; ) {
      await sleep(50);
      count = (await find())?.series?.count ?? 0;
    }
    assert.deepEqual([count, errors], [7, []]);
    // An object without a namespace.
    const node = { metadata: { name: 'n1', uid: 'u', resourceVersion: '1' } };
    recorder.record({ of: resource('v1 Node', 'nodes', false), object: node }, { ...text, type: 'Normal' });
    await sleep(300);
    assert.deepEqual(errors, []);
    await recorder.stop();
  });
});
