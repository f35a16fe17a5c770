/** An AgentRunner's repositories, from its manifest through Job and admission to what the sidecar reads. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { agentNamed } from '../../core/agents/agents.ts';
import { root } from '../../scripts/test-files.ts';
import { podConfig } from '../../sidecar/pod/config.ts';
import { deployment, job } from '../runner/template.ts';
import { specOf } from '../runner/testing-drive.ts';
import { type ReviewOptions, review } from './review.ts';
import { POD_TIERS } from './tiers.ts';

const JOBS = 'system:serviceaccount:kube-system:job-controller';
const OPTIONS: ReviewOptions = {
  installation: {
    image: 'tollgate',
    imagePullPolicy: 'Never',
    gateway: { address: '10.96.0.7', name: 'gateway' },
    control: { url: 'https://control' },
    closed: [],
    dns: [],
    sidecarResources: undefined,
  },
  agentKind: agentNamed,
  profileFor: () => ({ network: 'wide', tier: POD_TIERS.locked }),
  mayNamePhase: (username) => username === JOBS,
  widened: () => undefined,
};
const GIT = [
  {
    name: 'app',
    url: 'https://git.example.com/a.git',
    secret: { name: 'git', key: 'token' },
    push: { branches: ['agent/*'] },
  },
  { name: 'docs', url: 'https://git.example.com/docs' },
];
type Phase = 'setup' | 'work' | 'teardown';

function runnerOf(git: readonly object[]): Parameters<typeof job>[0] {
  const metadata = { name: 'nightly', namespace: 'team', uid: 'u-1', resourceVersion: '1' };
  return {
    metadata,
    spec: specOf({ git, setup: { command: ['a'] }, teardown: { command: ['a'] } }),
  } as never;
}

const templateOf = (phase: Phase, git: readonly object[] = GIT) =>
  (job(runnerOf(git), phase, 'j', 'w', 5).spec as { template: V1Pod }).template;

function admitted(pod: V1Pod, username = JOBS): V1Pod {
  const request = { uid: 'u', namespace: 'team', operation: 'CREATE', object: pod, userInfo: { username } };
  const { allowed, patch = '', status } = review(request, OPTIONS);
  assert.ok(allowed, status?.message);
  const [spec] = JSON.parse(Buffer.from(patch, 'base64').toString()) as [{ value: V1Pod['spec'] }];
  return { ...pod, spec: spec.value } as V1Pod;
}

function sidecarOf({ spec }: V1Pod): { container: V1Container; config: ReturnType<typeof podConfig> } {
  const container = spec?.initContainers?.[1];
  assert.ok(container);
  const env = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value]));
  return { container, config: podConfig(env) };
}

describe('repositories of an AgentRunner', () => {
  it('reach the sidecar of teardown with the branches that it may push', () => {
    const { config } = sidecarOf(admitted(templateOf('teardown')));
    const [app, docs] = GIT;
    assert.deepEqual(config.repositories, [
      { name: 'app', url: app?.url, secret: app?.secret, branches: ['agent/*'] },
      { name: 'docs', url: docs?.url, branches: [] },
    ]);
    assert.deepEqual([config.phase, config.gitCredentials], ['teardown', '/var/run/tollgate/git']);
  });

  it('are only read in setup', () => {
    const { config } = sidecarOf(admitted(templateOf('setup')));
    assert.deepEqual(
      config.repositories.map(({ branches }) => branches),
      [[], []],
    );
  });

  it('are nowhere in work, neither of a task nor of a service, whatever its pod says', () => {
    const service = deployment(runnerOf(GIT), 'w', 1).spec as { template: V1Pod };
    const said = templateOf('work');
    const lying = {
      ...said,
      metadata: { ...said.metadata, annotations: templateOf('teardown').metadata?.annotations ?? {} },
    };
    for (const pod of [said, service.template, lying]) {
      const { spec, metadata } = admitted(pod);
      const { config } = sidecarOf({ spec: spec as NonNullable<typeof spec> });
      assert.deepEqual([config.phase, config.repositories], ['work', []]);
      assert.ok(!spec?.volumes?.some(({ name }) => name === 'tollgate-git'));
      assert.ok(pod === lying || !('tollgate.dev/git' in (metadata?.annotations ?? {})));
    }
  });

  it('are nothing that somebody gives to a pod of his own', () => {
    const { config } = sidecarOf(admitted(templateOf('teardown'), 'alice'));
    assert.deepEqual([config.phase, config.repositories], ['work', []]);
  });

  it('have their credentials mounted in the sidecar and nowhere else, each at its name', () => {
    const own = templateOf('teardown');
    const [agent] = own.spec?.containers ?? [];
    const greedy = { name: 'tollgate-git', mountPath: '/git' };
    const volume = { name: 'tollgate-git', secret: { secretName: 'another' } };
    const pod = {
      ...own,
      spec: {
        ...own.spec,
        containers: [{ ...agent, volumeMounts: [greedy] }],
        volumes: [volume],
      },
    } as V1Pod;
    const { spec } = admitted(pod);
    const volumes = spec?.volumes?.filter(({ name }) => name === 'tollgate-git');
    const items = [{ key: 'token', path: 'app' }];
    const secret = { name: 'git', items, optional: true };
    assert.deepEqual(volumes, [
      { name: 'tollgate-git', projected: { defaultMode: 0o444, sources: [{ secret }] } },
    ]);
    const mounted = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].filter(
      ({ volumeMounts }) => volumeMounts?.some(({ name }) => name === 'tollgate-git'),
    );
    assert.deepEqual(
      mounted.map(({ name }) => name),
      ['tollgate-sidecar'],
    );
    const again = admitted(admitted(pod)).spec;
    assert.deepEqual(again, spec, 'injecting twice is injecting once');
  });

  it('are mounted by a name that the admission policy lets into the sidecar, and nowhere else', () => {
    const policy = readFileSync(join(root, 'charts/tollgate/templates/admission/pods.yaml'), 'utf8');
    const listed = (before: string) => {
      const text = policy.slice(policy.indexOf(before) + before.length);
      return (/^\[([^\]]*)\]/.exec(text)?.[1] ?? '').replaceAll("'", '').split(', ');
    };
    const { container } = sidecarOf(admitted(templateOf('setup')));
    const mounted = (container.volumeMounts ?? []).map(({ name }) => name);
    assert.deepEqual(
      listed('variables.inits[1].volumeMounts.all(m, m.name in ').toSorted(),
      mounted.toSorted(),
    );
    // What the sidecar writes for agents they may read.
    const own = mounted.filter((name) => name !== 'tollgate-agent');
    assert.deepEqual(listed('c.volumeMounts.all(m, !(m.name in ').toSorted(), own.toSorted());
  });

  it('without a Secret need no volume, and none at all no variable', () => {
    const { spec } = admitted(templateOf('setup', [GIT[1] as object]));
    assert.ok(!spec?.volumes?.some(({ name }) => name === 'tollgate-git'));
    const none = templateOf('teardown', []);
    assert.ok(!('tollgate.dev/git' in (none.metadata?.annotations ?? {})));
    assert.deepEqual(sidecarOf(admitted(none)).config.repositories, []);
  });

  it('that are not as the operator writes them keep the pod out', () => {
    const pod = templateOf('teardown');
    const annotations = { ...pod.metadata?.annotations, 'tollgate.dev/git': '[{"name":"../x"}]' };
    const odd = { ...pod, metadata: { ...pod.metadata, annotations } };
    const request = {
      uid: 'u',
      namespace: 'team',
      operation: 'CREATE',
      object: odd,
      userInfo: { username: JOBS },
    };
    const { allowed, status } = review(request, OPTIONS);
    assert.equal(allowed, false);
    assert.match(
      status?.message ?? '',
      /tollgate\.dev\/git is not as the operator writes it: a repository has no good name/,
    );
  });
});
