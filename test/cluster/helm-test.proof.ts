/**
 * `helm test` says whether Tollgate holds in a cluster: it fails where pods are not injected, or no network is enforced.
 *
 *   node --test test/cluster/helm-test.proof.ts
 *
 * As root. A cluster of this clone that runs is used, and left as it is found but for Tollgate's own.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { type Cluster, startCluster } from './cluster.ts';
import { until } from './commands.ts';
import { installTollgate, loadTollgate, NAMESPACE } from './tollgate.ts';

const say = (line: string) => console.log(line);
const TIMEOUT = { timeout: 600_000 };
/** Where the pod is made that asks to be governed. */
const OWN = 'tollgate-helm-test';

let cluster: Cluster;

before(
  async () => {
    cluster = await startCluster(say);
    await loadTollgate(cluster, say);
    await installTollgate(cluster);
  },
  { timeout: 3_600_000 },
);

after(async () => {
  await cluster?.startParts('kube-router');
});

/** @returns what a person sees */
function helmTest(): Promise<string> {
  return cluster.helm(['test', 'tollgate', '-n', NAMESPACE, '--timeout', '5m', '--logs'], {
    timeout: 400_000,
  });
}

/** The hooks' own objects; helm waits until they are gone. */
async function leavesNothing(): Promise<void> {
  const left = await cluster.kubectl([
    ...['get', 'namespaces,pods,serviceaccounts,roles,rolebindings', '-A', '-o', 'name'],
    ...['-l', 'app.kubernetes.io/name=tollgate,app.kubernetes.io/component=test'],
  ]);
  assert.equal(left.trim(), '');
}

async function fails(why: RegExp): Promise<void> {
  await assert.rejects(helmTest(), why);
  await leavesNothing();
}

describe('helm test', TIMEOUT, () => {
  it('passes where Tollgate holds, and says what does', async () => {
    const said = await helmTest();
    assert.match(said, /A pod that asks to be governed is injected/);
    assert.match(said, /Its network is closed: np-gate reached the gateway/);
    await leavesNothing();
  });

  it('fails where the network engine is stopped, since the canary can be reached', async (t) => {
    await cluster.endPart('kube-router');
    t.after(() => cluster.startParts('kube-router'));
    await fails(
      /The network does not hold[\s\S]*the canary \S+ can be reached: no NetworkPolicy holds for this pod[\s\S]*Does the cluster's network engine \(CNI\) run/,
    );
  });

  it('passes again when the engine is started', async () => {
    assert.match(await helmTest(), /Its network is closed/);
  });
});

describe('helm test where injection does not hold', TIMEOUT, () => {
  // Makes again what was deleted; the operator gives the webhook its certificate.
  afterEach(async () => {
    await installTollgate(cluster);
    await until(
      'pods are injected again',
      () =>
        helmTest().then(
          () => true,
          () => false,
        ),
      { timeout: 300_000 },
    );
  });

  it('fails without the webhook, since the admission policy refuses the pod', async () => {
    await cluster.kubectl(['delete', 'mutatingwebhookconfiguration', 'tollgate']);
    await fails(/Injection does not hold: a pod that asks to be governed can't be made[\s\S]*Tollgate: /);
  });

  it('fails where the webhook does not answer', async () => {
    await cluster.kubectl(['-n', NAMESPACE, 'scale', 'deployment', 'tollgate-operator', '--replicas=0']);
    await cluster.kubectl(['-n', NAMESPACE, 'wait', '--for=delete', 'pod', '-l', OPERATOR, '--timeout=60s']);
    await fails(/Injection does not hold[\s\S]*failed calling webhook[\s\S]*do the operator's pods run\?/);
  });

  it('fails where both are gone, since the pod has no sidecar', async () => {
    await cluster.kubectl(['delete', 'mutatingwebhookconfiguration', 'tollgate']);
    await cluster.kubectl(['delete', 'validatingadmissionpolicy', '-l', 'app.kubernetes.io/name=tollgate']);
    // The API server forgets them in its own time.
    await until('an ungoverned pod is let in', () => letIn(OWN), { timeout: 60_000 });
    await fails(/the API server took a pod that asks to be governed, and it has no sidecar/);
  });
});

const OPERATOR = 'app.kubernetes.io/component=operator';

/** Whether a pod may be made that says it is governed and is not. */
function letIn(name: string): Promise<boolean> {
  const labels = { 'tollgate.dev/governed': 'true' };
  const spec = { containers: [{ name: 'main', image: 'none' }] };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', labels }, spec };
  return cluster.apply(pod, ['--dry-run=server']).then(
    () => true,
    () => false,
  );
}
