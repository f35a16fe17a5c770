/**
 * The chart's life: installed from nothing, upgraded under a pod that makes calls, taken away, and installed again.
 *
 *   node --test test/cluster/install.proof.ts
 *
 * As root. A cluster of this clone that runs is used; a Tollgate in it, with its policies, is taken away first.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { tollgateImage } from '../../images/image.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { until } from './commands.ts';
import { deletions, everything, version } from './inventory.ts';
import { makeAuthority } from './outside/authority.ts';
import { type Provider, startProvider } from './outside/hosts.ts';
import { agentRunner, bare, CALLS, caller, callsOf, namespaceOf, policies } from './release-objects.ts';
import { CHART, installTollgate, loadTollgate, NAMESPACE } from './tollgate.ts';

const say = (line: string) => console.log(line);
const TIMEOUT = { timeout: 900_000 };
const [TEAM, RUNNERS, STRICT] = ['release-team', 'release-runners', 'release-strict'];
const NEXT = '0.2.0';

let cluster: Cluster;
let provider: Provider;
let values: Readonly<Record<string, unknown>>;
let nextChart: string;

before(
  async () => {
    cluster = await startCluster(say);
    await cluster.loadImages('node');
    await loadTollgate(cluster, say);
    // The release after this one, as far as a cluster can tell.
    await cluster.importImage({ ...(await tollgateImage()), name: `localhost/tollgate:${NEXT}` });
    nextChart = chartOf(NEXT);
    const authority = await makeAuthority();
    provider = await startProvider(cluster, authority, ['api.anthropic.com'], { host: 40 });
    values = { trust: { extraCertificates: authority.certificate } };
    await removeAll();
  },
  { timeout: 3_600_000 },
);

after(async () => {
  provider?.stop();
  if (nextChart !== undefined) rmSync(nextChart, { recursive: true });
  // Also where a test has failed in between, namespaces have to end.
  if (cluster !== undefined) await installTollgate(cluster).catch(say);
  await cluster?.kubectl(['delete', 'agentrunners', '--all', '-A', '--ignore-not-found', '--timeout=90s']);
  await cluster?.kubectl(
    ['delete', 'namespace', TEAM, RUNNERS, STRICT, '--ignore-not-found', '--timeout=120s'],
    LONG,
  );
});

const LONG = { timeout: 400_000 };

/** A chart as the release after this one could have it: another version, and one more field in a CRD. */
function chartOf(release: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-chart-'));
  cpSync(CHART, folder, { recursive: true });
  const change = (file: string, what: RegExp, to: string) => {
    const path = join(folder, file);
    const text = readFileSync(path, 'utf8');
    assert.match(text, what);
    writeFileSync(path, text.replace(what, to));
  };
  change('Chart.yaml', /^version: .*$/m, `version: ${release}`);
  change('Chart.yaml', /^appVersion: .*$/m, `appVersion: ${release}`);
  const crd = 'templates/crds/tollgate.dev_budgetpolicies.yaml';
  change(crd, /\n( +)enforce:\n/, '\n$1brandNew:\n$1  type: string\n$1enforce:\n');
  return folder;
}

/** From nothing means: also without CRDs of before. */
async function removeAll(): Promise<void> {
  await cluster.helm(
    ['uninstall', 'tollgate', '-n', NAMESPACE, '--ignore-not-found', '--wait', '--timeout', '5m'],
    LONG,
  );
  const crds = ['agentrunners', 'approvals', 'budgetpolicies', 'toolprofiles', 'providers'].map(
    (name) => `${name}.tollgate.dev`,
  );
  await cluster.kubectl(['delete', 'crd', ...crds, '--ignore-not-found', '--timeout=60s'], LONG);
  await cluster.kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=120s'], LONG);
}

/** @returns images of containers of the parts */
async function imagesOfParts(): Promise<Set<string>> {
  const path = 'jsonpath={.items[*].spec.template.spec.containers[*].image}';
  const text = await cluster.kubectl(['-n', NAMESPACE, 'get', 'deployments', '-o', path]);
  return new Set(text.trim().split(/\s+/));
}

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly initContainers?: readonly { readonly name: string; readonly image: string }[] };
}

async function podsOf(selector: string, namespace = TEAM): Promise<readonly Pod[]> {
  return (await cluster.get<{ items: Pod[] }>(['pods', '-n', namespace, '-l', selector])).items;
}

const sidecarOf = (pod: Pod | undefined) =>
  pod?.spec.initContainers?.find(({ name }) => name === 'tollgate-sidecar')?.image;

/** Waits until a caller has made so many more calls. @returns those */
async function more(count: number, name = 'caller'): Promise<readonly { at: number; status: number }[]> {
  const from = Date.now();
  let calls: readonly { at: number; status: number }[] = [];
  await until(
    () => `${name} makes calls: ${JSON.stringify(calls.slice(-3))}`,
    async () => {
      calls = (await callsOf(cluster, TEAM, name)).filter(({ at }) => at > from);
      return calls.length >= count;
    },
    { timeout: 180_000, every: 500 },
  );
  return calls;
}

describe('the chart', TIMEOUT, () => {
  it('is installed from nothing, and shows the next three commands', async () => {
    const said = await installTollgate(cluster, values);
    assert.match(said, /STATUS: deployed/);
    const commands = said.split('\n').filter((line) => /^ {2}(helm|kubectl) /.test(line));
    assert.deepEqual(
      commands.map((line) => line.trim().split(' ').slice(0, 2).join(' ')),
      ['helm test', 'kubectl label', 'kubectl -n'],
    );
    await cluster.apply([
      namespaceOf(TEAM, 'true'),
      namespaceOf(RUNNERS, 'true'),
      namespaceOf(STRICT, 'enforce'),
    ]);
    await cluster.apply(policies(TEAM));
    await cluster.apply(agentRunner('nightly', RUNNERS));
    // As the third command has it.
    await cluster.apply(caller(TEAM, 'caller'));
    const patch = /-p '(.*)'/.exec(commands[2] ?? '')?.[1] ?? '';
    await cluster.kubectl(['-n', TEAM, 'patch', 'deployment', 'caller', '-p', patch]);
    await cluster.kubectl(['-n', TEAM, 'scale', 'deployment', 'caller', '--replicas=1']);
    const calls = await more(3);
    assert.ok(
      calls.every(({ status }) => status === 200),
      JSON.stringify(calls),
    );
  });

  it('is upgraded while a governed pod makes calls, and none of them fails', async () => {
    const [before] = await podsOf('app=caller');
    assert.equal(sidecarOf(before), 'localhost/tollgate:0.1.0');
    const stores = await podsOf('app.kubernetes.io/component in (redis, mongodb)', NAMESPACE);
    const from = Date.now();
    await installTollgate(
      cluster,
      {
        ...values,
        image: { tag: NEXT },
        ...{ logLevel: 'debug', control: { replicas: 3 } },
      },
      nextChart,
    );
    await more(5);
    assert.deepEqual(await imagesOfParts(), new Set([`localhost/tollgate:${NEXT}`]));
    const during = (await callsOf(cluster, TEAM, 'caller')).filter(({ at }) => at > from);
    assert.ok(during.length > 10, String(during.length));
    assert.deepEqual(
      during.filter(({ status }) => status !== 200),
      [],
    );
    const [now] = await podsOf('app=caller');
    assert.equal(now?.metadata.uid, before?.metadata.uid);
    const after = await podsOf('app.kubernetes.io/component in (redis, mongodb)', NAMESPACE);
    assert.deepEqual(uids(after), uids(stores), 'stores that keep what they have in memory were restarted');
  });

  it('has the fields of its CRDs after an upgrade', async () => {
    await cluster.apply(
      {
        apiVersion: 'tollgate.dev/v1alpha1',
        kind: 'BudgetPolicy',
        metadata: { name: 'new-field', namespace: TEAM },
        spec: { limits: [{ name: 'day', window: 'day', usd: '5' }], brandNew: 'yes' },
      },
      ['--validate=strict'],
    );
    const path = 'jsonpath={.spec.brandNew}';
    assert.equal(await cluster.kubectl(['-n', TEAM, 'get', 'budgetpolicy', 'new-field', '-o', path]), 'yes');
  });

  it('lets no workload start under a policy that it does not understand, and the pod says so', async () => {
    // A workload that had a good policy before may go on with it. While operators of before end, a pod may be refused.
    await until('a pod is made', () =>
      cluster.apply(bare(TEAM, 'late', true)).then(
        () => true,
        (error) => {
          assert.match(String(error), /the release is just being changed/);
          return false;
        },
      ),
    );
    const messages = ['-n', TEAM, 'get', 'events', '-o', 'jsonpath={.items[*].message}'];
    const why =
      /no policy fits this pod: BudgetPolicy release-team\/new-field\S* spec\.brandNew: unknown field/;
    await until('the reason is in an event', async () => why.test(await cluster.kubectl(messages)));
    await cluster.kubectl(['-n', TEAM, 'delete', 'budgetpolicy', 'new-field']);
    await cluster.kubectl(['-n', TEAM, 'wait', 'pod/late', '--for=condition=Ready', '--timeout=90s'], LONG);
    await cluster.kubectl(['-n', TEAM, 'delete', 'pod', 'late']);
  });

  it('lets a pod of the release before end, and the one after it has the new sidecar', async () => {
    const [old] = await podsOf('app=caller');
    await cluster.kubectl(['-n', TEAM, 'delete', 'pod', old?.metadata.name ?? '', '--timeout=90s'], LONG);
    await more(3);
    const [now] = await podsOf('app=caller');
    assert.notEqual(now?.metadata.uid, old?.metadata.uid);
    assert.equal(sidecarOf(now), `localhost/tollgate:${NEXT}`);
  });

  it('is uninstalled: admission goes before the operator, and before anything else', async () => {
    const from = await version(cluster);
    const said = await cluster.helm(
      ['uninstall', 'tollgate', '-n', NAMESPACE, '--wait', '--timeout', '5m'],
      LONG,
    );
    assert.match(said, /release "tollgate" uninstalled/);
    const [admission, parts] = await Promise.all([
      deletions(cluster, from, [
        'admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
        'admissionregistration.k8s.io/v1/validatingadmissionpolicies',
        'admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
      ]),
      deletions(cluster, from, [
        `apps/v1/namespaces/${NAMESPACE}/deployments`,
        `v1/namespaces/${NAMESPACE}/services`,
      ]),
    ]);
    assert.ok(admission.size >= 9, [...admission.keys()].join());
    assert.ok(parts.has('tollgate-operator') && parts.has('tollgate-control'), [...parts.keys()].join());
    assert.ok(
      Math.max(...admission.values()) < Math.min(...parts.values()),
      JSON.stringify([...admission, ...parts]),
    );
  });

  it('leaves manifests and their CRDs, the fences of pods that still run, and nothing else', async () => {
    // helm does not wait for pods that end.
    await cluster.kubectl(['-n', NAMESPACE, 'wait', '--for=delete', 'pod', '--all', '--timeout=120s'], LONG);
    // What Kubernetes itself makes anew all the time, or of a Service.
    const others = /^(events|endpoint)|kube-node-lease\//;
    const left = (await everything(cluster)).filter((name) => !others.test(name));
    assert.deepEqual(
      left.filter((name) => name.includes('tollgate')).sort(),
      [...MADE_BY_OTHERS, ...LEFT].sort(),
    );
  });

  it('refuses calls of pods that still run, since nobody can judge them', async () => {
    const calls = await more(1);
    assert.ok(
      calls.every(({ status }) => status !== 200),
      JSON.stringify(calls),
    );
  });

  it('lets pods be made afterwards, also those that ask to be governed', async () => {
    for (const [namespace, name] of [
      [TEAM, 'asks'],
      [STRICT, 'asks-not'],
    ] as const) {
      await cluster.apply(bare(namespace, name, name === 'asks'));
      await cluster.kubectl(
        ['-n', namespace, 'wait', `pod/${name}`, '--for=condition=Ready', '--timeout=90s'],
        LONG,
      );
      const { spec } = await cluster.get<Pod>(['pod', name, '-n', namespace]);
      assert.equal(spec.initContainers, undefined);
    }
  });

  it('lets AgentRunners and formerly enabled namespaces be deleted', async () => {
    await cluster.kubectl(['-n', RUNNERS, 'delete', 'agentrunner', 'nightly', '--timeout=60s'], LONG);
    await cluster.kubectl(['delete', 'namespace', RUNNERS, STRICT, '--timeout=120s'], LONG);
  });

  it('is installed again, goes on with its manifests, and with pods that ran all the time', async () => {
    await installTollgate(cluster, values);
    const said = await cluster.helm(['test', 'tollgate', '-n', NAMESPACE, '--timeout', '5m'], LONG);
    assert.match(said, /Succeeded/);
    // The kubelet takes its time to bring certificates of the new authority into a pod.
    await until(
      'calls are made again',
      async () => (await callsOf(cluster, TEAM, 'caller')).at(-1)?.status === 200,
      { timeout: 240_000, every: 1_000 },
    );
    assert.ok(provider.bill().length > CALLS);
  });
});

const LEFT = [
  ...['agentrunners', 'approvals', 'budgetpolicies', 'providers', 'toolprofiles'].map(
    (plural) => `customresourcedefinitions.apiextensions.k8s.io ${plural}.tollgate.dev`,
  ),
  `agentrunners.tollgate.dev ${RUNNERS}/nightly`,
  `budgetpolicies.tollgate.dev ${TEAM}/day`,
  'providers.tollgate.dev anthropic',
  // Of the pod that still runs, and by which address it calls.
  `services ${NAMESPACE}/tollgate-gateway`,
  `configmaps ${TEAM}/tollgate-trust`,
  `networkpolicies.networking.k8s.io ${TEAM}/tollgate-narrow`,
  `networkpolicies.networking.k8s.io ${TEAM}/tollgate-wide`,
];

/** By Kubernetes for each namespace, node and CRD, by helm for --create-namespace, and by who keeps a provider's key. */
const MADE_BY_OTHERS = [
  'nodes tollgate-node',
  'csinodes.storage.k8s.io tollgate-node',
  'apiservices.apiregistration.k8s.io v1alpha1.tollgate.dev',
  `namespaces ${NAMESPACE}`,
  `configmaps ${NAMESPACE}/kube-root-ca.crt`,
  `serviceaccounts ${NAMESPACE}/default`,
  `secrets ${NAMESPACE}/anthropic`,
];

function uids(pods: readonly Pod[]): string[] {
  return pods.map(({ metadata }) => metadata.uid).sort();
}
