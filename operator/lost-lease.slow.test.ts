/** The operator as a process, with a real API server and the rights that the chart gives it, when its Lease is another's. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Access } from '../adapters/kube/access.ts';
import { KubeClient } from '../adapters/kube/client.ts';
import { LEASES } from '../adapters/kube/lease.ts';
import { type KubeObject, type Resource, resource } from '../adapters/kube/object.ts';
import { eventually } from '../adapters/kube/testing-oracle.ts';
import { RealApi } from '../adapters/kube/testing-real-api.ts';
import { installCrds, SYSTEM } from '../control/status/testing-api.ts';
import { OPERATOR } from '../core/cluster/names.ts';
import { freePort } from '../test/support/free-port.ts';
import { rendered } from './admission/testing-chart.ts';
import { NETWORK_POLICIES } from './network/policies.ts';

const NAMESPACES = resource('v1 Namespace', 'namespaces', false);
const ACCOUNTS = resource('v1 ServiceAccount', 'serviceaccounts');
const MAIN = join(import.meta.dirname, '../cli/tollgate.ts');
/** A pod's account is always in this place. */
const IN_POD = `
mount --make-rprivate /
mount -t tmpfs tmpfs /var/run
mkdir -p /var/run/secrets/kubernetes.io
cp -r "$1" /var/run/secrets/kubernetes.io/serviceaccount
shift
exec "$@"`;
const PATIENCE_MS = 120_000;

const PLURALS: Readonly<Record<string, string>> = {
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  ServiceAccount: 'serviceaccounts',
  Secret: 'secrets',
  Lease: 'leases',
  Deployment: 'deployments',
  Service: 'services',
};

interface Operator {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  text(): string;
}

describe('an operator', { timeout: 600_000, skip: process.getuid?.() !== 0 }, () => {
  let api: RealApi;
  let access: Access;
  let admin: KubeClient;
  let mount: string;
  const running: ChildProcess[] = [];

  const make = async (of: Resource, object: object, namespace?: string) => {
    const made = await admin.create(of, object, { place: namespace === undefined ? {} : { namespace } });
    assert.ok(made.ok || made.error.code === 409, made.ok ? '' : made.error.message);
  };
  const fenced = async (namespace: string) =>
    (await admin.get(NETWORK_POLICIES, { namespace, name: 'tollgate-narrow' })).ok;
  const enable = (name: string) =>
    make(NAMESPACES, { metadata: { name, labels: { 'tollgate.dev/enabled': 'true' } } });
  const untilFenced = async (namespace: string, operator: Operator) => {
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await fenced(namespace))) {
      assert.ok(
        performance.now() < deadline && operator.child.exitCode === null,
        `it made no fence: ${operator.text()}`,
      );
      await sleep(100);
    }
  };
  /** Somebody else has it from now on, as after a Lease that ran out. */
  const takeLease = async () => {
    for (;;) {
      const lease = await admin.get(LEASES, { namespace: SYSTEM, name: OPERATOR });
      assert.ok(lease.ok);
      const now = new Date().toISOString().replace('Z', '000Z');
      const spec = { ...lease.value.spec, holderIdentity: 'another', renewTime: now, acquireTime: now };
      const taken = await admin.replace(LEASES, { ...lease.value, spec });
      if (taken.ok) return;
      assert.equal(taken.error.code, 409);
    }
  };

  before(async () => {
    api = await RealApi.start();
    access = await api.access();
    admin = new KubeClient(access, 'test');
    await installCrds(admin);
    await make(NAMESPACES, { metadata: { name: SYSTEM } });
    for (const template of [
      'operator/service-account.yaml',
      'operator/rights.yaml',
      'operator/lease.yaml',
      'control/rights.yaml',
      'certificates.yaml',
      'gateway/deployment.yaml',
    ])
      for (const object of await rendered(template)) {
        const { apiVersion = '', kind = '', metadata } = object as KubeObject;
        const of = resource(`${apiVersion} ${kind}`, PLURALS[kind] ?? '', !kind.startsWith('Cluster'));
        if (of.plural !== '')
          await make(of, object, of.namespaced ? (metadata.namespace ?? SYSTEM) : undefined);
      }
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    const place = { namespace: SYSTEM, name: 'tollgate-operator', subresource: 'token' };
    const token = await admin.create<KubeObject, { status: { token: string } }>(ACCOUNTS, body, { place });
    assert.ok(token.ok, token.ok ? '' : token.error.message);
    mount = join(api.folder, 'account');
    mkdirSync(mount);
    writeFileSync(join(mount, 'token'), token.value.status.token);
    writeFileSync(join(mount, 'namespace'), SYSTEM);
    writeFileSync(join(mount, 'ca.crt'), readFileSync(api.ca));
  });
  after(async () => {
    for (const child of running) child.kill('SIGKILL');
    await access?.close();
    await api?.stop();
  });

  async function start(): Promise<Operator> {
    const config = join(api.folder, 'operator.yaml');
    const listen = { address: '127.0.0.1', webhook: await freePort(), metrics: await freePort() };
    const more = { image: 'tollgate', imagePullPolicy: 'Never', dns: ['10.0.0.10:53'], sidecarResources: {} };
    writeFileSync(
      config,
      JSON.stringify({
        namespace: SYSTEM,
        clusterDomain: 'cluster.local',
        certificates: 'own',
        listen,
        ...more,
      }),
    );
    const program = [process.execPath, MAIN, 'operator', '--config', config];
    const child = spawn('unshare', ['--mount', 'sh', '-ec', IN_POD, 'sh', mount, ...program], {
      env: {
        PATH: process.env.PATH,
        KUBERNETES_SERVICE_HOST: '127.0.0.1',
        KUBERNETES_SERVICE_PORT: String(api.port),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.push(child);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (piece) => (text += piece));
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    return { child, ended, text: () => text };
  }

  it('ends with code 1 when somebody else has taken its Lease', async () => {
    const operator = await start();
    await enable('one');
    await untilFenced('one', operator);
    await takeLease();
    assert.equal(await Promise.race([operator.ended, sleep(PATIENCE_MS, 'still runs')]), 1, operator.text());
    assert.match(operator.text(), /it leads no more, and ends/);
    await enable('two');
    await sleep(1_000);
    assert.equal(await fenced('two'), false);
  });

  it('that was paused, and comes back when another leads, writes nothing of what it finds then', async () => {
    const operator = await start();
    await untilFenced('two', operator);
    operator.child.kill('SIGSTOP');
    await enable('three');
    // As long as it leads for certain.
    await sleep(10_500);
    await takeLease();
    operator.child.kill('SIGCONT');
    assert.equal(await Promise.race([operator.ended, sleep(PATIENCE_MS, 'still runs')]), 1, operator.text());
    await sleep(1_000);
    assert.equal(await fenced('three'), false);
    await eventually(
      () => operator.child.exitCode === 1,
      5_000,
      () => 'it has not ended',
    );
  });
});
