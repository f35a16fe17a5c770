/**
 * By the API server, with a pod of one's own that is governed a little less: with tokens, volumes or a sidecar that its
 * author wrote, in another phase, with a weaker profile, or closer to its node (attacker.ts).
 *
 *   node --test test/cluster/escape/pods.proof.ts
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { IMAGES } from '../images.ts';
import { ACCOUNT, type Attacker, attackerOf, CREATE } from './attacker.ts';
import { GOVERNED, governed, pod, SET_UP, setUp, TIMEOUT, type Yard } from './set-up.ts';

const TOLLGATE = 'tollgate.dev';
const PHASE = { [`${TOLLGATE}/phase`]: 'setup' };

interface Pod {
  readonly metadata: {
    readonly labels: Record<string, string>;
    annotations: Record<string, string>;
    name: string;
  };
  readonly spec: {
    readonly [field: string]: unknown;
    readonly initContainers: { image: string; env: object[]; volumeMounts: object[]; args: string[] }[];
  };
}

let yard: Yard;
let attacker: Attacker;

before(async () => {
  yard = await setUp('pods', 65);
  attacker = await attackerOf(yard);
}, SET_UP);

after(async () => {
  await attacker?.close();
  await yard?.close();
});

const isRefused: Attacker['isRefused'] = (...args) => attacker.isRefused(...args);

/** The pod that runs, as somebody would write it by hand who wants it a little otherwise. */
async function byHand(namespace: string, change: (pod: Pod) => void): Promise<object> {
  const { metadata, spec } = await yard.cluster.get<Pod>(['pod', '-n', namespace, 'agent']);
  const { nodeName, serviceAccount, tolerations, priority, preemptionPolicy, ...own } = spec;
  const made: Pod = {
    metadata: { name: 'by-hand', labels: { ...metadata.labels }, annotations: {} },
    spec: { ...own, initContainers: spec.initContainers },
  };
  change(made);
  return { apiVersion: 'v1', kind: 'Pod', ...made };
}

describe('nobody makes a pod', TIMEOUT, () => {
  const TOKENS = (audience: string) => [
    { name: 'own', projected: { sources: [{ serviceAccountToken: { path: 'token', audience } }] } },
  ];
  const alone = /labels of tollgate.dev are given to pods by the webhook/;
  const made = /as the webhook made them/;
  const hand = (change: (pod: Pod) => void) => (namespace: string) => byHand(namespace, change);
  const sidecar = ({ spec }: Pod) => spec.initContainers[1] ?? assert.fail('no sidecar');

  it('with a token for the gateway, beside no sidecar', () =>
    isRefused(CREATE, /was not injected/, (namespace) =>
      pod(namespace, 'own', { spec: { volumes: TOKENS('tollgate-egress-gateway') } }),
    ));
  it('with a token for control in its own container', () =>
    isRefused(CREATE, /for the sidecar alone/, (namespace) =>
      governed(namespace, 'own', { spec: { volumes: TOKENS('tollgate-control') } }),
    ));
  it('whose agent has the sidecar’s token', () =>
    isRefused(CREATE, /volumes of the sidecar can't be mounted/, (namespace) =>
      governed(namespace, 'own', { agent: { volumeMounts: [{ name: 'tollgate-tokens', mountPath: '/t' }] } }),
    ));
  it('with another image in the sidecar’s place', () =>
    isRefused(
      CREATE,
      made,
      hand((pod) => {
        sidecar(pod).image = IMAGES.node;
      }),
    ));
  it('with labels written by hand, and a wide network', () =>
    isRefused(
      CREATE,
      alone,
      hand(({ metadata }) => {
        metadata.labels[`${TOLLGATE}/network`] = 'wide';
      }),
    ));
  it('with a program of its own in the sidecar, by a variable', () =>
    isRefused(
      CREATE,
      made,
      hand((pod) => void sidecar(pod).env.push({ name: 'NODE_OPTIONS', value: '--import /x' })),
    ));
  it('with files of its own in the sidecar', () =>
    isRefused(
      CREATE,
      made,
      hand((pod) => void sidecar(pod).volumeMounts.push({ name: 'tollgate-tmp', mountPath: '/x' })),
    ));
  it('with a gate that tries nothing', () =>
    isRefused(
      CREATE,
      alone,
      hand(({ spec }) => void spec.initContainers[0]?.args.splice(3)),
    ));
  it('whose own sidecar is kept, when it asks to be governed', async () => {
    const changed = hand((pod) => {
      Object.assign(pod.metadata.annotations, GOVERNED);
      sidecar(pod).env.push({ name: 'NODE_OPTIONS', value: '--import /x' });
    });
    const { text } = await attacker.as(yard.held, [...CREATE, '-o', 'json'], {
      input: JSON.stringify(await changed(yard.held)),
    });
    assert.doesNotMatch(text, /NODE_OPTIONS/);
    assert.match(text, /TOLLGATE_CONTROL_URL/);
  });
  it('that uses a profile that its ServiceAccount may not', () =>
    isRefused(CREATE, /may not use the ToolProfile loose/, (namespace) => weaker(namespace)));
  it('that uses one, by being a runner’s', () =>
    isRefused(CREATE, /label tollgate.dev\/runner is for pods of an AgentRunner/, (namespace) =>
      weaker(namespace, { [`${TOLLGATE}/runner`]: 'x' }),
    ));
  it('of the phase setup, which others have: it is one of work', async () => {
    const { text } = await attacker.as(yard.held, [...CREATE, '-o', 'json'], {
      input: JSON.stringify(governed(yard.held, 'own', { labels: PHASE })),
    });
    assert.equal((JSON.parse(text) as Pod).metadata.labels[`${TOLLGATE}/phase`], 'work');
  });
  for (const kind of ['Job', 'CronJob', 'Deployment'])
    it(`of the phase setup, by a ${kind}`, () =>
      isRefused(CREATE, /Phases are made by an AgentRunner/, (namespace) => maker(kind, namespace)));
  const open_: Readonly<Record<string, object>> = {
    'on the network of its node': { hostNetwork: true },
    'among the processes of its node': { hostPID: true },
    'that shares the sidecar’s processes': { shareProcessNamespace: true },
    'with files of its node': { volumes: [{ name: 'root', hostPath: { path: '/' } }] },
  };
  for (const [name, spec] of Object.entries(open_))
    it(name, () =>
      isRefused(CREATE, /governed pod can't have/, (namespace) => governed(namespace, 'own', { spec })),
    );
  const standard: Readonly<Record<string, readonly [why: RegExp, spec: object]>> = {
    'that may make user namespaces': [
      /seccompProfile Unconfined/,
      { securityContext: { seccompProfile: { type: 'Unconfined' } } },
    ],
    'that AppArmor lets do all': [
      /appArmorProfile Unconfined/,
      { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
    ],
    'that may ping': [
      /without net.ipv4.ping_group_range/,
      { securityContext: { sysctls: [{ name: 'net.ipv4.ping_group_range', value: '0 65535' }] } },
    ],
    'whose node mounts a host outside for it': [
      /such as nfs or iscsi/,
      { volumes: [{ name: 'out', nfs: { server: '93.184.216.65', path: '/' } }] },
    ],
  };
  for (const [name, [why, spec]] of Object.entries(standard))
    it(name, () => isRefused(CREATE, why, (namespace) => governed(namespace, 'own', { spec })));
  const elsewhere = { host: '169.254.169.254', port: 80 };
  const asked: Readonly<Record<string, object>> = {
    'whose probe asks another host': { readinessProbe: { httpGet: elsewhere } },
    'whose probe tries another host': { livenessProbe: { tcpSocket: elsewhere } },
    'whose hook asks another host': { lifecycle: { postStart: { httpGet: elsewhere } } },
  };
  for (const [name, agent] of Object.entries(asked))
    it(name, () =>
      isRefused(CREATE, /can't name another host/, (namespace) => governed(namespace, 'own', { agent })),
    );
  const secure: Readonly<Record<string, readonly [context: object, why: RegExp]>> = {
    'that is privileged': [{ privileged: true, allowPrivilegeEscalation: true }, /can't be privileged/],
    'that opens raw sockets': [{ capabilities: { drop: ['ALL'], add: ['NET_RAW'] } }, /add capabilities/],
    'that runs as root': [{ runAsUser: 0, runAsNonRoot: false }, /can't run as root/],
    'that may make user namespaces in one container': [
      { seccompProfile: { type: 'Unconfined' } },
      /seccompProfile Unconfined/,
    ],
    'that is the sidecar’s user': [{ runAsUser: 64_535 }, /user 64535 is the sidecar's/],
  };
  for (const [name, [securityContext, why]] of Object.entries(secure))
    it(name, () =>
      isRefused(CREATE, why, (namespace) => governed(namespace, 'own', { agent: { securityContext } })),
    );
});

function weaker(namespace: string, labels: Readonly<Record<string, string>> = {}): object {
  const annotations = { [`${TOLLGATE}/tool-profile`]: 'loose' };
  return governed(namespace, 'own', { labels, annotations, spec: { serviceAccountName: ACCOUNT } });
}

/** What makes pods, of a phase that is not theirs. */
function maker(kind: string, namespace: string): object {
  const { spec } = pod(namespace, 'own') as { spec: object };
  const labels = { app: 'own', ...PHASE };
  const always = kind === 'Deployment' ? { restartPolicy: 'Always' } : {};
  const template = { metadata: { labels, annotations: GOVERNED }, spec: { ...spec, ...always } };
  const metadata = { name: 'own', namespace };
  if (kind === 'Deployment') {
    const selector = { matchLabels: { app: 'own' } };
    return { apiVersion: 'apps/v1', kind, metadata, spec: { selector, template } };
  }
  const job = { template };
  const cron = { schedule: '0 0 1 1 *', jobTemplate: { spec: job } };
  return { apiVersion: 'batch/v1', kind, metadata, spec: kind === 'Job' ? job : cron };
}
