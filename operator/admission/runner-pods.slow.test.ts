/** What the webhook makes of a pod is what the chart's policy lets in, as a real API server judges both. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import type { Access } from '../../adapters/kube/access.ts';
import { KubeClient } from '../../adapters/kube/client.ts';
import { type KubeObject, resource } from '../../adapters/kube/object.ts';
import { RealApi } from '../../adapters/kube/testing-real-api.ts';
import { agentNamed } from '../../core/agents/agents.ts';
import { job } from '../runner/template.ts';
import { specOf } from '../runner/testing-drive.ts';
import type { Phase } from './inject.ts';
import { type ReviewOptions, review } from './review.ts';
import { rendered } from './testing-chart.ts';
import { POD_TIERS, type PodTier } from './tiers.ts';

const namespace = 'default';
const JOBS = 'system:serviceaccount:kube-system:job-controller';
const NAMESPACES = resource('v1 Namespace', 'namespaces', false);
const ACCOUNTS = resource('v1 ServiceAccount', 'serviceaccounts');
const PODS = resource<V1Pod & KubeObject>('v1 Pod', 'pods');
const GROUP = 'admissionregistration.k8s.io/v1';
const POLICIES = resource(`${GROUP} ValidatingAdmissionPolicy`, 'validatingadmissionpolicies', false);
const BINDINGS = resource(
  `${GROUP} ValidatingAdmissionPolicyBinding`,
  'validatingadmissionpolicybindings',
  false,
);
const PHASES: readonly Phase[] = ['setup', 'work', 'teardown'];
const GIT = [
  {
    name: 'app',
    url: 'https://git.example.com/a.git',
    secret: { name: 'git', key: 'token' },
    push: { branches: ['agents/*'] },
  },
];

describe('a pod of an AgentRunner', { timeout: 1_200_000 }, () => {
  let api: RealApi;
  let access: Access;
  let jobs: KubeClient;
  let image = '';
  let made = 0;

  before(async () => {
    api = await RealApi.start();
    access = await api.access();
    const admin = new KubeClient(access, 'test');
    while (!(await admin.get(NAMESPACES, { name: namespace })).ok) await sleep(50);
    await admin.merge(
      NAMESPACES,
      { name: namespace },
      { metadata: { labels: { 'tollgate.dev/enabled': 'true' } } },
    );
    await admin.create(ACCOUNTS, { metadata: { name: 'default' } }, { place: { namespace } });
    const named = (await rendered('admission/pods.yaml')).filter(
      ({ metadata }) => metadata.name === 'tollgate-pods',
    );
    const [policy, binding] = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'].map((kind) =>
      named.find((object) => object.kind === kind),
    );
    assert.ok(policy && binding);
    image = /inits\[0\]\.image == "([^"]+)"/.exec(JSON.stringify(policy).replaceAll('\\"', '"'))?.[1] ?? '';
    assert.ok((await admin.create(POLICIES, policy)).ok);
    assert.ok((await admin.create(BINDINGS, binding)).ok);
    jobs = new KubeClient(asJobs(), 'test');
    // Policies are in force a little after they were written.
    while (!(await attempt(pod('work'), withoutGate)).includes('tollgate-np-gate')) await sleep(100);
  });
  after(async () => {
    await access?.close();
    await api?.stop();
  });

  function asJobs(): Access {
    return {
      ...access,
      server: access.server,
      namespace,
      forget: () => access.forget(),
      close: async () => undefined,
      way: async () => {
        const { dispatcher, headers } = await access.way();
        return { dispatcher, headers: { ...headers, 'impersonate-user': JOBS } };
      },
    };
  }

  function pod(phase: Phase, agent = 'custom', tier: PodTier = POD_TIERS.locked): V1Pod {
    const metadata = { name: 'nightly', namespace, uid: 'u-1', resourceVersion: '1' };
    const phases = { setup: { command: ['a'] }, teardown: { command: ['a'] } };
    const spec = specOf({ ...phases, agent, git: GIT, image: 'agent' });
    const { template } = job({ metadata, spec } as never, phase, 'j', 'w', 5).spec as { template: V1Pod };
    const options: ReviewOptions = {
      installation: {
        image,
        imagePullPolicy: 'Never',
        gateway: { address: '10.96.0.7', name: 'gateway' },
        control: { url: 'https://control' },
        closed: [],
        dns: [],
        sidecarResources: undefined,
      },
      agentKind: agentNamed,
      profileFor: () => ({ network: 'wide', tier }),
      mayNamePhase: (username) => username === JOBS,
      widened: () => undefined,
    };
    const request = { uid: 'u', namespace, operation: 'CREATE', object: template };
    const { allowed, patch = '', status } = review({ ...request, userInfo: { username: JOBS } }, options);
    assert.ok(allowed, status?.message);
    const [{ value }, { value: labels }] = JSON.parse(Buffer.from(patch, 'base64').toString());
    return { metadata: { ...template.metadata, labels }, spec: value };
  }

  /** @returns what the server has against it; nothing: '' */
  async function attempt({ metadata, spec }: V1Pod, change: (spec: V1Pod['spec']) => V1Pod['spec']) {
    const whole = { metadata: { ...metadata, name: `p-${made++}` }, spec: change(spec) };
    const answer = await jobs.create(PODS, whole as never, { place: { namespace } });
    return answer.ok ? '' : answer.error.message;
  }

  const withoutGate = (spec: V1Pod['spec']) =>
    ({ ...spec, initContainers: spec?.initContainers?.slice(1) }) as V1Pod['spec'];

  it('is let in as it was injected, in each phase and tier, for each agent, with repositories', async () => {
    for (const id of ['claude-code', 'codex', 'opencode', 'openclaw', 'custom'])
      for (const phase of PHASES)
        for (const [name, tier] of Object.entries(POD_TIERS))
          assert.equal(await attempt(pod(phase, id, tier), (spec) => spec), '', `${id} ${phase} ${name}`);
  });

  it('is not, when the credentials of its repositories are mounted beside the sidecar', async () => {
    const why = await attempt(pod('setup'), (spec) => {
      const [agent, ...rest] = spec?.containers ?? [];
      const volumeMounts = [...(agent?.volumeMounts ?? []), { name: 'tollgate-git', mountPath: '/git' }];
      return { ...spec, containers: [{ ...agent, volumeMounts }, ...rest] } as V1Pod['spec'];
    });
    assert.match(why, /the volumes of the sidecar can't be mounted in other containers/);
  });

  it('is not, without np-gate in front or with a volume of its own in the sidecar', async () => {
    assert.match(await attempt(pod('setup'), withoutGate), /are tollgate-np-gate and tollgate-sidecar/);
    const why = await attempt(pod('setup'), (spec) => {
      const [gate, sidecar, ...rest] = spec?.initContainers ?? [];
      const volumeMounts = [...(sidecar?.volumeMounts ?? []), { name: 'workspace', mountPath: '/w' }];
      return { ...spec, initContainers: [gate, { ...sidecar, volumeMounts }, ...rest] } as V1Pod['spec'];
    });
    assert.match(why, /as the webhook made them/);
  });
});
