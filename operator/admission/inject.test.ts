import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { AGENTS, sdk } from '../../core/agents/agents.ts';
import { codex } from '../../core/agents/codex.ts';
import { openclaw } from '../../core/agents/openclaw.ts';
import { SIDECAR_UID } from '../../core/cluster/names.ts';
import { type Injection, type Installation, inject } from './inject.ts';
import { POD_TIERS } from './tiers.ts';

const INSTALLATION: Installation = {
  image: 'tollgate@sha256:1',
  imagePullPolicy: 'IfNotPresent',
  gateway: { address: '10.96.0.7', name: 'tollgate-gateway.tollgate-system.svc' },
  control: { url: 'https://tollgate-control.tollgate-system.svc:8443' },
  closed: ['10.96.0.1:443', '169.254.169.254:80'],
  dns: ['10.96.0.10:53'],
  sidecarResources: { limits: { memory: '256Mi' } },
};
const HOW: Injection = { agent: sdk, phase: 'work', network: 'narrow', tier: POD_TIERS.locked };

const ACCOUNT = {
  name: 'kube-api-access-x1',
  projected: { sources: [{ serviceAccountToken: { path: 'token' } }] },
};

/** As the webhook sees it: the ServiceAccount's token is in it already. */
function pod(container: Partial<V1Container> = {}, spec: Partial<V1Pod['spec']> = {}): V1Pod {
  return {
    metadata: { name: 'p', labels: { app: 'triage' } },
    spec: {
      containers: [
        {
          name: 'agent',
          image: 'agent',
          volumeMounts: [{ name: ACCOUNT.name, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }],
          ...container,
        },
      ],
      initContainers: [{ name: 'own', image: 'own' }],
      volumes: [ACCOUNT],
      serviceAccountName: 'bot',
      ...spec,
    },
  };
}

const specOf = (given: V1Pod, how = HOW) => {
  const { spec } = inject(given, how, INSTALLATION);
  assert.ok(spec?.initContainers && spec.containers[0] && spec.volumes);
  return { ...spec, initContainers: spec.initContainers, volumes: spec.volumes, agent: spec.containers[0] };
};
const entriesOf = ({ env }: V1Container, name: string) => env?.filter((one) => one.name === name);

describe('a governed pod', () => {
  it('proves its network first, then has its sidecar, then its own init containers', () => {
    const { initContainers } = specOf(pod());
    assert.deepEqual(
      initContainers.map(({ name, restartPolicy }) => [name, restartPolicy]),
      [
        ['tollgate-np-gate', undefined],
        ['tollgate-sidecar', 'Always'],
        ['own', undefined],
      ],
    );
    const [gate] = initContainers;
    assert.deepEqual(gate?.args, [
      'np-gate',
      ...['--gateway', '10.96.0.7:8443', '--canary', '10.96.0.7:8445'],
      ...['--closed', '10.96.0.1:443', '--closed', '169.254.169.254:80'],
      ...['--dns', '10.96.0.10:53', '--warn', '$(TOLLGATE_HOST_IP):10250', '--link'],
    ]);
  });

  it('is the same when it is injected twice, and another when it is injected otherwise', () => {
    const once = inject(pod(), HOW, INSTALLATION);
    assert.deepEqual(inject(once, HOW, INSTALLATION), once);
    const other = { ...HOW, network: 'wide' as const, tier: POD_TIERS.full_vm_tools };
    assert.deepEqual(inject(once, other, INSTALLATION).metadata, inject(pod(), other, INSTALLATION).metadata);
  });

  it('has the label by which it is fenced', () => {
    const { metadata } = inject(pod(), { ...HOW, phase: 'setup', network: 'wide' }, INSTALLATION);
    assert.deepEqual(metadata?.labels, {
      app: 'triage',
      'tollgate.dev/governed': 'true',
      'tollgate.dev/phase': 'setup',
      'tollgate.dev/network': 'wide',
    });
  });

  it('shows its agent no token, no resolver and no address of a Service', () => {
    const { agent, volumes, ...spec } = specOf(pod());
    assert.equal(spec.automountServiceAccountToken, false);
    assert.equal(spec.enableServiceLinks, false);
    assert.equal(spec.dnsPolicy, 'None');
    assert.deepEqual(spec.dnsConfig, { nameservers: ['127.0.0.1'] });
    assert.ok(!volumes.some(({ name }) => name === ACCOUNT.name));
    assert.ok(!agent.volumeMounts?.some(({ name }) => name === ACCOUNT.name));
  });

  it('mounts tokens, spool and admin socket in the sidecar alone', () => {
    const { initContainers, agent } = specOf(pod());
    const mounts = (container: V1Container | undefined) =>
      (container?.volumeMounts ?? []).map(({ name }) => name);
    assert.deepEqual(mounts(initContainers[1]), [
      'tollgate-tokens',
      'tollgate-trust',
      'tollgate-spool',
      'tollgate-admin',
      'tollgate-agent',
    ]);
    for (const other of [initContainers[0], initContainers[2], agent])
      assert.deepEqual(
        mounts(other).filter((name) => name !== 'tollgate-tmp'),
        [],
        other?.name,
      );
  });

  it('has tokens for the gateway and for control, each for that alone', () => {
    const { volumes } = specOf(pod());
    const tokens = volumes.find(({ name }) => name === 'tollgate-tokens')?.projected?.sources;
    assert.deepEqual(
      tokens?.map(({ serviceAccountToken: token }) => [token?.audience, token?.path]),
      [
        ['tollgate-control', 'control'],
        ['tollgate-egress-gateway', 'gateway'],
      ],
    );
  });

  it('leads programs to the sidecar, whatever their own environment says', () => {
    const mine = { name: 'ANTHROPIC_BASE_URL', value: 'https://elsewhere' };
    const key = { name: 'OPENAI_API_KEY', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } };
    const { agent, initContainers } = specOf(pod({ env: [mine, key, { name: 'MINE', value: '1' }] }));
    assert.deepEqual(entriesOf(agent, 'ANTHROPIC_BASE_URL'), [
      { name: 'ANTHROPIC_BASE_URL', value: 'http://127.0.0.1:4141' },
    ]);
    assert.deepEqual(entriesOf(agent, 'OPENAI_API_KEY'), [{ name: 'OPENAI_API_KEY', value: 'tollgate' }]);
    assert.deepEqual(entriesOf(agent, 'HTTPS_PROXY'), [
      { name: 'HTTPS_PROXY', value: 'http://127.0.0.1:4142' },
    ]);
    assert.deepEqual(entriesOf(agent, 'NODE_USE_ENV_PROXY'), [{ name: 'NODE_USE_ENV_PROXY', value: '1' }]);
    assert.deepEqual(entriesOf(agent, 'MINE'), [{ name: 'MINE', value: '1' }]);
    assert.ok(
      entriesOf(initContainers[2] as V1Container, 'OPENAI_BASE_URL')?.length === 1,
      'its init containers too',
    );
  });

  it('puts files over those of agents that variables do not lead', () => {
    const mounted = (agent: Injection['agent']) =>
      specOf(pod(), { ...HOW, agent }).agent.volumeMounts?.filter(({ name }) => name === 'tollgate-agent');
    assert.deepEqual(mounted(codex), [
      {
        name: 'tollgate-agent',
        mountPath: '/etc/codex/managed_config.toml',
        subPath: 'codex.toml',
        readOnly: true,
      },
    ]);
    assert.equal(mounted(openclaw)?.[0]?.mountPath, '/etc/tollgate/openclaw.json');
    assert.deepEqual(mounted(sdk), []);
    const names = AGENTS.flatMap(({ pod: files }) => files?.files.map(({ name }) => name) ?? []);
    assert.equal(new Set(names).size, names.length);
  });

  it('is shut up as its tier asks where it is silent, and keeps what it says', () => {
    const silent = specOf(pod());
    assert.deepEqual(silent.securityContext, {
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    assert.deepEqual(silent.agent.securityContext, {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    });
    const says = specOf(
      pod({ securityContext: { readOnlyRootFilesystem: false } }, { securityContext: { runAsUser: 1000 } }),
    );
    assert.equal(says.agent.securityContext?.readOnlyRootFilesystem, false);
    assert.equal(says.securityContext?.runAsUser, 1000);
    assert.equal(
      specOf(pod(), { ...HOW, tier: POD_TIERS.full_vm_tools }).agent.securityContext?.readOnlyRootFilesystem,
      false,
    );
  });

  it('has a /tmp that can be written where the root can not, unless it brings one', () => {
    const tmp = (container: Partial<V1Container>) =>
      specOf(pod(container))
        .agent.volumeMounts?.filter(({ mountPath }) => mountPath === '/tmp')
        .map(({ name }) => name);
    assert.deepEqual(tmp({}), ['tollgate-tmp']);
    assert.deepEqual(tmp({ volumeMounts: [{ name: 'own', mountPath: '/tmp' }] }), ['own']);
    assert.deepEqual(tmp({ securityContext: { readOnlyRootFilesystem: false } }), []);
  });

  it('runs what is ours as a user of its own, with no right that it does not need', () => {
    for (const container of specOf(pod()).initContainers.slice(0, 2)) {
      const { runAsUser, runAsNonRoot, readOnlyRootFilesystem, privileged, capabilities } =
        container.securityContext ?? {};
      assert.deepEqual(
        [runAsUser, runAsNonRoot, readOnlyRootFilesystem, privileged, capabilities],
        [SIDECAR_UID, true, true, false, { drop: ['ALL'] }],
      );
    }
  });

  it('leaves the pod that it was given as it was', () => {
    const given = pod();
    const copy = structuredClone(given);
    inject(given, HOW, INSTALLATION);
    assert.deepEqual(given, copy);
  });
});
