import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Runner, Spec } from './kinds.ts';
import { claimName, deploymentName, jobName } from './names.ts';
import { claim, deployment, job } from './template.ts';
import { specOf } from './testing-drive.ts';

interface Template {
  readonly metadata: {
    readonly labels: Record<string, string>;
    readonly annotations: Record<string, string>;
  };
  readonly spec: Record<string, unknown> & { readonly containers: readonly Container[] };
}
interface Container {
  readonly image: string;
  readonly command: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly [more: string]: unknown;
}

const runner = (spec: object = {}, name = 'nightly'): Runner => ({
  metadata: { name, namespace: 'team', uid: 'u-1', resourceVersion: '1' },
  spec: specOf(spec) as Spec,
});
const specOfJob = (spec: object, phase: 'setup' | 'work' | 'teardown' = 'work', seconds?: number) =>
  job(runner(spec), phase, 'j', 'w', seconds).spec as Record<string, unknown> & {
    readonly template: Template;
  };
const podOf = (spec: object = {}, phase: 'setup' | 'work' | 'teardown' = 'work') =>
  specOfJob(spec, phase).template;
const containerOf = (spec: object = {}, phase: 'setup' | 'work' | 'teardown' = 'work') => {
  const [container, ...more] = podOf(spec, phase).spec.containers;
  assert.ok(container);
  assert.deepEqual(more, []);
  return container;
};

describe('the pod of a phase', () => {
  it('asks to be governed, and says whose it is and which phase', () => {
    const { labels, annotations } = podOf(
      { agent: 'codex', toolProfile: 'coding', labels: { team: 'red' } },
      'setup',
    ).metadata;
    assert.deepEqual(labels, {
      team: 'red',
      'tollgate.dev/runner': 'nightly',
      'tollgate.dev/runner-uid': 'u-1',
      'tollgate.dev/phase': 'setup',
    });
    assert.deepEqual(annotations, {
      'tollgate.dev/inject': 'true',
      'tollgate.dev/agent': 'codex',
      'tollgate.dev/tool-profile': 'coding',
    });
    const plain = podOf({ agent: 'custom' }).metadata.annotations;
    assert.deepEqual(plain, { 'tollgate.dev/inject': 'true', 'tollgate.dev/agent': 'sdk' });
  });

  it('is as Pod Security "restricted" wants it, without a token', () => {
    const { spec } = podOf({ user: 2000 });
    assert.deepEqual(spec.securityContext, {
      runAsNonRoot: true,
      runAsUser: 2000,
      runAsGroup: 2000,
      fsGroup: 2000,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    });
    assert.deepEqual(containerOf().securityContext, {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
    assert.deepEqual([spec.automountServiceAccountToken, spec.enableServiceLinks], [false, false]);
    assert.equal(spec.serviceAccountName, 'default');
  });

  it('runs the phase’s own program on the workspace', () => {
    const setup = { command: ['git', 'clone'], image: 'git:2' };
    const container = containerOf(
      { setup, workspace: { mountPath: '/repo' }, imagePullPolicy: 'Always' },
      'setup',
    );
    assert.deepEqual(
      [container.image, container.command, container.workingDir],
      ['git:2', ['git', 'clone'], '/repo'],
    );
    assert.deepEqual(container.volumeMounts, [{ name: 'workspace', mountPath: '/repo' }]);
    assert.deepEqual(
      [container.imagePullPolicy, container.terminationMessagePolicy],
      ['Always', 'FallbackToLogsOnError'],
    );
    assert.deepEqual(podOf().spec.volumes, [
      { name: 'workspace', persistentVolumeClaim: { claimName: 'w' } },
    ]);
    assert.equal(containerOf().image, 'agent:1');
  });

  it('has its variables as they are, and a home that work has not written', () => {
    const env = [
      { name: 'A', value: '$(B) and $(C)' },
      { name: 'S', secret: { name: 'github', key: 'token' } },
    ];
    const container = containerOf({ work: { command: ['echo', '$(A)'], env } });
    assert.deepEqual(container.env, [
      { name: 'HOME', value: '/tmp' },
      { name: 'A', value: '$$(B) and $$(C)' },
      { name: 'S', valueFrom: { secretKeyRef: { name: 'github', key: 'token' } } },
    ]);
    assert.deepEqual(container.command, ['echo', '$$(A)']);
    const own = containerOf({ work: { command: ['a'], env: [{ name: 'HOME', value: '/home/me' }] } });
    assert.deepEqual(own.env, [{ name: 'HOME', value: '/home/me' }]);
  });

  it('has the resources, nodes, runtime class and secrets of its images', () => {
    const resources = { limits: { memory: '2Gi', cpu: 2 } };
    const more = {
      nodeSelector: { disk: 'ssd' },
      runtimeClassName: 'gvisor',
      imagePullSecrets: [{ name: 'registry' }],
    };
    assert.deepEqual(containerOf({ resources }).resources, resources);
    const { nodeSelector, runtimeClassName, imagePullSecrets } = podOf(more).spec;
    assert.deepEqual({ nodeSelector, runtimeClassName, imagePullSecrets }, more);
  });
});

describe('a Job', () => {
  it('is one try, and says when it was its node that was lost', () => {
    const spec = specOfJob({}, 'work', 90.2);
    assert.deepEqual(
      [spec.backoffLimit, spec.podReplacementPolicy, spec.activeDeadlineSeconds],
      [0, 'Failed', 91],
    );
    assert.equal(spec.template.spec.restartPolicy, 'Never');
    assert.equal('activeDeadlineSeconds' in specOfJob({}), false);
    assert.equal(specOfJob({}, 'work', -5).activeDeadlineSeconds, 1);
    const { ownerReferences } = job(runner(), 'work', 'j', 'w', 1).metadata;
    assert.deepEqual(ownerReferences, [
      {
        apiVersion: 'tollgate.dev/v1alpha1',
        kind: 'AgentRunner',
        name: 'nightly',
        uid: 'u-1',
        controller: true,
      },
    ]);
  });
});

describe('a workspace', () => {
  it('is as large as asked, of the class asked', () => {
    const made = claim(runner({ workspace: { size: '5Gi', storageClassName: 'fast' } }), 'w');
    assert.deepEqual(made.spec, {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '5Gi' } },
      storageClassName: 'fast',
    });
    assert.equal('storageClassName' in claim(runner(), 'w').spec, false);
  });
});

describe('a Deployment', () => {
  it('is known by what it was made from', () => {
    const hash = (spec: object, replicas: 0 | 1 = 1) =>
      deployment(runner({ mode: 'service', ...spec }), 'w', replicas).metadata.annotations?.[
        'tollgate.dev/template-hash'
      ];
    assert.equal(hash({}), hash({}));
    assert.equal(
      new Set([hash({}), hash({}, 0), hash({ image: 'b' }), hash({ labels: { a: 'b' } })]).size,
      4,
    );
    assert.equal(hash({}), hash({ kill: 'x' }), 'the kill switch restarts nothing');
  });
});

describe('names', () => {
  it('have at most 63 characters, and are never those of another runner', () => {
    assert.equal(jobName(runner(), 'setup', 2), 'nightly-setup-2');
    const [a, b] = ['a', 'b'].map((end) => runner({}, `${'x'.repeat(62)}${end}`));
    assert.ok(a && b);
    for (const name of [jobName(a, 'teardown', 1_000_000), claimName(a, 1_000_000), deploymentName(a)]) {
      assert.ok(name.length <= 63, name);
      assert.match(name, /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
    }
    assert.notEqual(jobName(a, 'work', 1), jobName(b, 'work', 1));
    const dashes = runner({}, `${'x'.repeat(30)}${'-'.repeat(32)}x`);
    assert.match(jobName(dashes, 'work', 1), /^x+-[0-9a-f]{10}-work-1$/);
  });
});
