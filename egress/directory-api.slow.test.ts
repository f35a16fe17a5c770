/** Tunnels by what a real API server says of pods, with the rights that docs/egress.md lists and no others. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Job, V1Pod } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { type Access, inCluster } from '../adapters/kube/access.ts';
import { KubeClient } from '../adapters/kube/client.ts';
import {
  type Intent,
  type KubeObject,
  type Resource,
  resource,
  type Stored,
} from '../adapters/kube/object.ts';
import { eventually } from '../adapters/kube/testing-oracle.ts';
import { RealApi } from '../adapters/kube/testing-real-api.ts';
import { createLog } from '../adapters/telemetry/log.ts';
import { fenceSpec } from '../core/cluster/fences.ts';
import { FENCES } from '../core/cluster/names.ts';
import { HANG_MS } from '../test/support/hang.ts';
import { fileScope } from '../test/support/output.ts';
import type { PodDirectory } from './directory.ts';
import { ApiDirectory } from './directory-api.ts';
import {
  CONTROL,
  HOST,
  innerTls,
  over,
  startTestEgress,
  startTlsHost,
  type TestEgress,
} from './testing-gateway.ts';

const root = join(import.meta.dirname, '..');
const namespace = 'agents';
const NAMESPACES = resource('v1 Namespace', 'namespaces', false);
const ACCOUNTS = resource('v1 ServiceAccount', 'serviceaccounts');
const SECRETS = resource('v1 Secret', 'secrets');
const PODS = resource<Stored<V1Pod>>('v1 Pod', 'pods');
const JOBS = resource<Stored<V1Job>>('batch/v1 Job', 'jobs');
const CRDS = resource('apiextensions.k8s.io/v1 CustomResourceDefinition', 'customresourcedefinitions', false);
const ROLES = resource('rbac.authorization.k8s.io/v1 ClusterRole', 'clusterroles', false);
const BINDINGS = resource('rbac.authorization.k8s.io/v1 ClusterRoleBinding', 'clusterrolebindings', false);
const POLICIES = resource('networking.k8s.io/v1 NetworkPolicy', 'networkpolicies');
const PROFILES = resource('tollgate.dev/v1alpha1 ToolProfile', 'toolprofiles');
const RUNNERS = resource('tollgate.dev/v1alpha1 AgentRunner', 'agentrunners');
/** Watches that are silent are opened anew each second: what a cluster does in minutes. */
const QUICK = { baseMs: 20, capMs: 200, calmMs: 0, burst: 100, perSecond: 100, idleMs: 1_000 };
const STALE_MS = 6_000;

describe('a gateway with a real API server', { timeout: 2_000_000 }, () => {
  const scope = fileScope();
  let api: RealApi;
  let admin: KubeClient;
  const accesses: Access[] = [];
  let directory: ApiDirectory;
  let egress: TestEgress;
  let patient: TestEgress;

  const apply = async (of: Resource, object: Intent & Record<string, unknown>): Promise<KubeObject> => {
    const written = await admin.apply(of, object, { manager: 'test', force: true });
    assert.ok(written.ok, written.ok ? '' : written.error.message);
    return written.value;
  };
  const profile = (access: string, hosts: string[] = []) =>
    apply(PROFILES, {
      metadata: { name: 'mine', namespace },
      spec: { tier: 'full_vm_tools', network: { work: { access, hosts } } },
    });
  const runner = (kill?: string) =>
    apply(RUNNERS, {
      metadata: { name: 'nightly', namespace },
      spec: {
        agent: 'claude-code',
        image: 'agent:1',
        work: { command: ['claude'] },
        ...(kill === undefined ? {} : { kill }),
      },
    });
  async function pod(
    name: string,
    labels: Record<string, string> = {},
    ownerReferences: object[] = [],
  ): Promise<string> {
    const made = await admin.create<Stored<V1Pod>>(
      PODS,
      {
        metadata: {
          name,
          namespace,
          labels: {
            ...labels,
            'tollgate.dev/governed': 'true',
            'tollgate.dev/phase': 'work',
            'tollgate.dev/network': 'wide',
          },
          annotations: { 'tollgate.dev/tool-profile': 'mine' },
          ownerReferences,
        },
        spec: { serviceAccountName: 'runner', containers: [{ name: 'agent', image: 'agent:1' }] },
      },
      { place: { namespace } },
    );
    assert.ok(made.ok, made.ok ? '' : made.error.message);
    const { uid } = made.value.metadata;
    const status = { podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] };
    const wrote = await admin.merge(PODS, { namespace, name, subresource: 'status' }, { status });
    assert.ok(wrote.ok, wrote.ok ? '' : wrote.error.message);
    await eventually(
      () => directory.pod(uid) !== undefined,
      5_000,
      () => `${name} is not known`,
    );
    return uid;
  }
  const tokenOf = (name: string, uid: string, by = egress) =>
    by.cluster.token({
      sub: `system:serviceaccount:${namespace}:runner`,
      'kubernetes.io': { namespace, pod: { name, uid }, serviceaccount: { name: 'runner' } },
    });
  async function tunnel(name: string, uid: string) {
    const answer = await egress.connect({ token: await tokenOf(name, uid) });
    assert.equal(answer.status, 200, answer.body);
    const inner = innerTls(answer, HOST);
    await once(inner, 'secureConnect');
    inner.resume();
    return inner;
  }
  const remove = async (of: Resource, name: string) => {
    const gone = await admin.delete(of, { namespace, name }, { graceSeconds: 0 });
    assert.ok(gone.ok, gone.ok ? '' : gone.error.message);
  };
  /** The way to the API server that a pod of the gateway has, by its ServiceAccount's token. */
  async function asGateway(): Promise<KubeClient> {
    await apply(ACCOUNTS, { metadata: { name: 'gateway', namespace: 'default' } });
    const token = await admin.create<KubeObject, { status: { token: string } }>(
      ACCOUNTS,
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences: ['https://real.test'] },
      },
      { place: { namespace: 'default', name: 'gateway', subresource: 'token' } },
    );
    assert.ok(token.ok, token.ok ? '' : token.error.message);
    const text = readFileSync(join(root, 'docs/egress.md'), 'utf8');
    const [, role] = /```yaml\n(apiVersion: rbac[^`]*)```/.exec(text) ?? [];
    assert.ok(role, 'docs/egress.md lists no rights');
    await apply(ROLES, parse(role));
    const binding = {
      metadata: { name: 'gateway' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'tollgate-gateway' },
      subjects: [{ kind: 'ServiceAccount', name: 'gateway', namespace: 'default' }],
    };
    assert.ok((await admin.create(BINDINGS, binding)).ok);
    const mount = join(api.folder, 'gateway');
    mkdirSync(mount);
    writeFileSync(join(mount, 'token'), token.value.status.token);
    writeFileSync(join(mount, 'namespace'), 'default');
    writeFileSync(join(mount, 'ca.crt'), readFileSync(api.ca));
    const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(api.port) };
    const access = await inCluster(env, mount);
    accesses.push(access);
    return new KubeClient(access, 'tollgate-egress-gateway/test');
  }

  before(async () => {
    api = await RealApi.start();
    const access = await api.access();
    accesses.push(access);
    admin = new KubeClient(access, 'tollgate-test/1');
    while (!(await admin.get(NAMESPACES, { name: 'default' })).ok) await sleep(50);
    await apply(NAMESPACES, { metadata: { name: namespace } });
    for (const door of ['narrow', 'wide'] as const)
      await apply(POLICIES, { metadata: { name: FENCES[door], namespace }, spec: fenceSpec(door) });
    await apply(ACCOUNTS, { metadata: { name: 'runner', namespace } });
    for (const file of readdirSync(join(root, 'crds')))
      await apply(CRDS, parse(readFileSync(join(root, 'crds', file), 'utf8')));
    for (const kind of [PROFILES, RUNNERS]) while (!(await admin.list(kind, {})).ok) await sleep(50);
    const client = await asGateway();
    const refused = await client.list(SECRETS, {});
    assert.ok(!refused.ok && refused.error.code === 403, 'it reads Secrets');
    directory = new ApiDirectory(client, await createLog('silent', false), { times: QUICK });
    const upstream = await startTlsHost(scope, (socket) => socket.pipe(socket));
    egress = await startTestEgress(scope, upstream, { directory });
    patient = await startTestEgress(scope, upstream, {
      directory: lookedAt(directory),
      config: { directory: { file: 'none', staleMs: STALE_MS } },
    });
    await profile('allowlist', [HOST]);
    await eventually(
      () => directory.heardAt() !== undefined,
      20_000,
      () => 'not everything was read',
    );
  });
  after(async () => {
    await directory?.stop();
    for (const access of accesses) await access.close();
    await api?.stop();
  });

  /** @returns how the last of so many records ends */
  const codeOf = async (count: number) => (await egress.recorded(count)).code;

  it('opens to a pod that appears, and cuts when its profile changes or it goes', async () => {
    const uid = await pod('a');
    const count = egress.records.length;
    const first = await tunnel('a', uid);
    await profile('allowlist', ['elsewhere.example']);
    await over(first);
    assert.equal(await codeOf(count + 1), 'policy_changed');
    await profile('full');
    await eventually(
      () => directory.pod(uid)?.network.access === 'full',
      3_000,
      () => 'the profile is not known',
    );
    const second = await tunnel('a', uid);
    await remove(PODS, 'a');
    await over(second);
    assert.equal(await codeOf(count + 2), 'pod_gone');
    assert.equal((await egress.connect({ token: await tokenOf('a', uid) })).code, 'pod_gone');
  });

  it('hears from the API server that a host of a list is none', async () => {
    for (const host of ['10.0.0.1', '*', 'a.example:65536']) {
      const spec = { network: { work: { access: 'allowlist', hosts: [host] } } };
      const written = await admin.apply(PROFILES, { metadata: { name: 'bad', namespace }, spec } as Intent, {
        manager: 'test',
      });
      assert.ok(!written.ok && written.error.code === 422, host);
      assert.match(written.error.message, /spec\.network\.work\.hosts\[0\]/);
    }
  });

  it('cuts when a pod has ended, or is governed no longer', async () => {
    for (const change of [
      { subresource: 'status', patch: { status: { phase: 'Succeeded' } } },
      { subresource: undefined, patch: { metadata: { labels: { 'tollgate.dev/governed': null } } } },
    ]) {
      const uid = await pod('b');
      const count = egress.records.length;
      const inner = await tunnel('b', uid);
      const { subresource, patch } = change;
      const place = { namespace, name: 'b', ...(subresource === undefined ? {} : { subresource }) };
      const patched = await admin.merge(PODS, place, patch);
      assert.ok(patched.ok, patched.ok ? '' : patched.error.message);
      await over(inner);
      assert.equal(await codeOf(count + 1), 'pod_gone');
      await remove(PODS, 'b');
    }
  });

  it('cuts when the AgentRunner behind the pod’s Job is killed', async () => {
    const { uid: owner } = (await runner()).metadata;
    const job = await admin.create<Stored<V1Job>>(
      JOBS,
      {
        metadata: {
          name: 'nightly-work',
          namespace,
          ownerReferences: [
            {
              apiVersion: 'tollgate.dev/v1alpha1',
              kind: 'AgentRunner',
              name: 'nightly',
              uid: owner,
              controller: true,
            },
          ],
        },
        spec: {
          template: {
            spec: { restartPolicy: 'Never', containers: [{ name: 'agent', image: 'agent:1' }] },
          },
        },
      },
      { place: { namespace } },
    );
    assert.ok(job.ok, job.ok ? '' : job.error.message);
    const { name, uid } = job.value.metadata;
    const labels = { ...job.value.spec?.template.metadata?.labels, 'tollgate.dev/runner': 'nightly' };
    const work = await pod('c', labels, [
      { apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true },
    ]);
    const count = egress.records.length;
    const inner = await tunnel('c', work);
    await runner('it loops');
    await over(inner);
    assert.equal(await codeOf(count + 1), 'pod_killed');
    const { code, body } = await egress.connect({ token: await tokenOf('c', work) });
    assert.equal(code, 'pod_killed');
    assert.match(body, /it loops/);
  });

  it('opens control alone while the API server is away, and all again once it is heard', async () => {
    const uid = await pod('d');
    const stays = await tunnel('d', uid);
    const age = () => Date.now() - (directory.heardAt() ?? 0);
    const ask = async (target: object = {}) => {
      const { status, code, socket } = await patient.connect({
        token: await tokenOf('d', uid, patient),
        ...target,
      });
      socket.destroy();
      return code ?? status;
    };
    /** Unless the machine stands still for so long that nothing is heard. */
    const opens = async () => {
      const deadline = Date.now() + HANG_MS;
      for (let answer = await ask(); answer !== 200; answer = await ask()) {
        assert.ok(answer === 'directory_stale' && Date.now() < deadline, String(answer));
        await sleep(100);
      }
    };
    // Nothing changes, and that is known.
    await sleep(STALE_MS + 1_000);
    await opens();
    await api.killServer();
    await eventually(
      () => age() > STALE_MS,
      10_000,
      () => `${age()} ms`,
    );
    assert.equal(await ask(), 'directory_stale');
    assert.equal(await ask({ purpose: 'control', target: `${CONTROL}:8443` }), 200);
    assert.equal(stays.destroyed, false);
    await api.startServer();
    await opens();
    await profile('local');
    await over(stays);
  });
});

/** The same directory, which another one starts and stops. */
function lookedAt(directory: PodDirectory): PodDirectory {
  return {
    pod: (uid) => directory.pod(uid),
    isGone: (uid) => directory.isGone(uid),
    providers: () => directory.providers(),
    heardAt: () => directory.heardAt(),
    onChange: (listener) => directory.onChange(listener),
  };
}
