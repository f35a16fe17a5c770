/**
 * A pod that asks to be governed → the pod as it is to run.
 *
 *   [np-gate] [sidecar, native] [the pod's own init containers …] [its containers …]
 *
 * np-gate proves the network is shut before anything else starts; the sidecar is up before any program of the pod's.
 * Where the pod is silent, its security is filled in as the tier asks; where it says something, it stays, and the
 * admission policy says what of it can't be. Injecting twice is injecting once.
 */
import type { V1Container, V1EnvVar, V1Pod, V1PodSpec, V1Volume } from '@kubernetes/client-node';
import type { AgentKind } from '../../core/agents/agent.ts';
import { baseUrls } from '../../core/agents/base-urls.ts';
import {
  AUDIENCES,
  CANARY_PORT,
  DUMMY_KEY,
  GATE_CONTAINER,
  GATEWAY_PORTS,
  GOVERNED_LABEL,
  NETWORK_LABEL,
  PHASE_LABEL,
  PROXY_PORT,
  SIDECAR_CONTAINER,
  SIDECAR_PORT,
  SIDECAR_UID,
  TRUST_CONFIG_MAP,
  VOLUMES,
} from '../../core/cluster/names.ts';
import type { Door } from '../../core/egress/names.ts';
import type { GitRepository } from '../../core/git/repository.ts';
import type { PodTier } from './tiers.ts';

export type Phase = 'setup' | 'work' | 'teardown';

export interface Injection {
  readonly agent: AgentKind;
  readonly phase: Phase;
  /** Which of the gateway's ports the pod reaches. */
  readonly network: Door;
  readonly tier: PodTier;
  /** Those that the pod reaches through the sidecar's git route; never in work. */
  readonly repositories?: readonly GitRepository[];
}

/** What is the same for all pods of an installation. */
export interface Installation {
  /** With its digest, where it has one. */
  readonly image: string;
  readonly imagePullPolicy: string;
  /** The gateway's Service: its address, as pods have no DNS, and the name that its certificate has. */
  readonly gateway: { readonly address: string; readonly name: string };
  readonly control: { readonly url: string };
  /** address:port that a governed pod must not reach, beside the canary; np-gate tries them. */
  readonly closed: readonly string[];
  /** address:port of the cluster's name servers. */
  readonly dns: readonly string[];
  readonly sidecarResources: V1Container['resources'];
}

const HOST_IP = 'TOLLGATE_HOST_IP';
const KUBELET_PORT = 10_250;
const TOKEN_SECONDS = 3600;
const TOKENS = '/var/run/tollgate/tokens';
const TRUST = '/var/run/tollgate/trust';
const SPOOL = '/var/lib/tollgate';
const ADMIN = '/var/run/tollgate/admin';
const AGENT_FILES = '/var/run/tollgate/agent';
const GIT_FILES = '/var/run/tollgate/git';
const URL = `http://127.0.0.1:${SIDECAR_PORT}`;
const PROXY = `http://127.0.0.1:${PROXY_PORT}`;

/** @returns another pod; the one given is not changed */
export function inject(pod: V1Pod, how: Injection, installation: Installation): V1Pod {
  const { spec } = pod;
  if (spec === undefined) return pod;
  const labels = {
    ...pod.metadata?.labels,
    [GOVERNED_LABEL]: 'true',
    [PHASE_LABEL]: how.phase,
    [NETWORK_LABEL]: how.network,
  };
  const own = withoutOurs(spec);
  const container = (given: V1Container) => governed(given, how);
  return {
    ...pod,
    metadata: { ...pod.metadata, labels },
    spec: {
      ...own,
      initContainers: [
        gate(installation),
        sidecar(installation, how),
        ...(own.initContainers ?? []).map(container),
      ],
      containers: own.containers.map(container),
      volumes: [...(own.volumes ?? []), ...volumes(), ...gitVolume(how)],
      securityContext: { ...podSecurity(how.tier), ...own.securityContext },
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      // Names are resolved at the gateway; a resolver that nobody asks is what closes that way out.
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['127.0.0.1'] },
    },
  };
}

/** The spec without what an injection before put in, and without the token that the ServiceAccount brought. */
function withoutOurs(spec: V1PodSpec): V1PodSpec {
  const isOurs = (name: string) => name.startsWith('tollgate-');
  const gone = new Set(
    (spec.volumes ?? [])
      .filter((volume) => isOurs(volume.name) || isTokenVolume(volume))
      .map(({ name }) => name),
  );
  const strip = (container: V1Container): V1Container => {
    if (container.volumeMounts === undefined) return container;
    return { ...container, volumeMounts: container.volumeMounts.filter(({ name }) => !gone.has(name)) };
  };
  return {
    ...spec,
    initContainers: (spec.initContainers ?? []).filter(({ name }) => !isOurs(name)).map(strip),
    containers: spec.containers.filter(({ name }) => !isOurs(name)).map(strip),
    volumes: (spec.volumes ?? []).filter(({ name }) => !gone.has(name)),
  };
}

/** The API server's own plugin adds it before webhooks are asked. */
function isTokenVolume({ name, projected }: V1Volume): boolean {
  return (
    name.startsWith('kube-api-access-') && projected?.sources?.some((s) => s.serviceAccountToken) === true
  );
}

function gate({ image, imagePullPolicy, gateway, closed, dns }: Installation): V1Container {
  const { narrow } = GATEWAY_PORTS;
  return {
    name: GATE_CONTAINER,
    image,
    imagePullPolicy,
    // Why it did not let the pod start stands in the pod's status, for kubectl describe.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    args: [
      'np-gate',
      ...['--gateway', `${gateway.address}:${narrow}`],
      ...['--canary', `${gateway.address}:${CANARY_PORT}`],
      ...closed.flatMap((address) => ['--closed', address]),
      ...dns.flatMap((address) => ['--dns', address]),
      // Many engines let a pod reach its own node, whatever its policy says.
      ...['--warn', `$(${HOST_IP}):${KUBELET_PORT}`],
      '--link',
    ],
    env: [{ name: HOST_IP, valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } }],
    resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    securityContext: ours(),
  };
}

function sidecar(
  { image, imagePullPolicy, gateway, control, sidecarResources }: Installation,
  how: Injection,
): V1Container {
  return {
    name: SIDECAR_CONTAINER,
    image,
    imagePullPolicy,
    restartPolicy: 'Always',
    args: ['sidecar', '--pod'],
    env: [
      { name: 'TOLLGATE_CONTROL_URL', value: control.url },
      { name: 'TOLLGATE_GATEWAY_NAME', value: gateway.name },
      { name: 'TOLLGATE_GATEWAY_NARROW', value: `${gateway.address}:${GATEWAY_PORTS.narrow}` },
      { name: 'TOLLGATE_GATEWAY_AGENT', value: `${gateway.address}:${GATEWAY_PORTS[how.network]}` },
      { name: 'TOLLGATE_TOKENS', value: TOKENS },
      { name: 'TOLLGATE_TRUST', value: `${TRUST}/ca.crt` },
      { name: 'TOLLGATE_SPOOL', value: SPOOL },
      { name: 'TOLLGATE_ADMIN', value: `${ADMIN}/admin.sock` },
      { name: 'TOLLGATE_AGENT_FILES', value: AGENT_FILES },
      { name: 'TOLLGATE_AGENT', value: how.agent.id },
      { name: 'TOLLGATE_PHASE', value: how.phase },
      ...gitVariables(how),
    ],
    startupProbe: {
      exec: { command: ['tollgate', 'sidecar', '--is-ready'] },
      periodSeconds: 1,
      // It waits itself: cli/pod-ready.ts.
      timeoutSeconds: 10,
      failureThreshold: 20,
    },
    ...(sidecarResources === undefined ? {} : { resources: sidecarResources }),
    securityContext: ours(),
    volumeMounts: [
      { name: VOLUMES.tokens, mountPath: TOKENS, readOnly: true },
      { name: VOLUMES.trust, mountPath: TRUST, readOnly: true },
      { name: VOLUMES.spool, mountPath: SPOOL },
      { name: VOLUMES.admin, mountPath: ADMIN },
      { name: VOLUMES.agent, mountPath: AGENT_FILES },
      ...gitVolume(how).map(({ name }) => ({ name, mountPath: GIT_FILES, readOnly: true })),
    ],
  };
}

function ours(): NonNullable<V1Container['securityContext']> {
  return {
    runAsUser: SIDECAR_UID,
    runAsGroup: SIDECAR_UID,
    runAsNonRoot: true,
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
    privileged: false,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

function volumes(): V1Volume[] {
  const token = (audience: string, path: string) => ({
    serviceAccountToken: { audience, path, expirationSeconds: TOKEN_SECONDS },
  });
  return [
    {
      name: VOLUMES.tokens,
      projected: {
        // The kubelet gives tokens to the one user that the pod's containers share, or to all; ours must read them.
        defaultMode: 0o444,
        sources: [token(AUDIENCES.control, 'control'), token(AUDIENCES.gateway, 'gateway')],
      },
    },
    { name: VOLUMES.trust, configMap: { name: TRUST_CONFIG_MAP } },
    { name: VOLUMES.spool, emptyDir: { sizeLimit: '256Mi' } },
    { name: VOLUMES.admin, emptyDir: { sizeLimit: '1Mi' } },
    { name: VOLUMES.agent, emptyDir: { sizeLimit: '1Mi' } },
    { name: VOLUMES.tmp, emptyDir: {} },
  ];
}

function gitVariables({ repositories = [] }: Injection): V1EnvVar[] {
  if (repositories.length === 0) return [];
  return [
    { name: 'TOLLGATE_GIT', value: JSON.stringify(repositories) },
    { name: 'TOLLGATE_GIT_CREDENTIALS', value: GIT_FILES },
  ];
}

/** The kubelet brings what stands in the Secrets, so that no part of Tollgate needs the right to read them. */
function gitVolume({ repositories = [] }: Injection): V1Volume[] {
  const sources = repositories.flatMap(({ name, secret }) =>
    // One that is not there is told to whoever needs it, and does not keep the pod from starting.
    secret === undefined
      ? []
      : [{ secret: { name: secret.name, items: [{ key: secret.key, path: name }], optional: true } }],
  );
  return sources.length === 0 ? [] : [{ name: VOLUMES.git, projected: { defaultMode: 0o444, sources } }];
}

/** Which user, the image says; that it is not root, the kubelet checks. */
function podSecurity({ nonRoot }: PodTier): NonNullable<V1PodSpec['securityContext']> {
  return { ...(nonRoot ? { runAsNonRoot: true } : {}), seccompProfile: { type: 'RuntimeDefault' } };
}

/** Hardly a program does without one. */
const TMP = { name: VOLUMES.tmp, mountPath: '/tmp' };

function governed(container: V1Container, { agent, tier }: Injection): V1Container {
  const address = { url: URL, key: DUMMY_KEY };
  const set: Readonly<Record<string, string>> = {
    ...baseUrls(address),
    [agent.keyVariable]: DUMMY_KEY,
    ...agent.environment(address),
    HTTP_PROXY: PROXY,
    HTTPS_PROXY: PROXY,
    http_proxy: PROXY,
    https_proxy: PROXY,
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
    // Node's own fetch asks for it, and goes nowhere without.
    NODE_USE_ENV_PROXY: '1',
    ...agent.pod?.environment,
  };
  const own = (container.env ?? []).filter(({ name }) => !(name in set));
  const env: V1EnvVar[] = [...own, ...Object.entries(set).map(([name, value]) => ({ name, value }))];
  const files = (agent.pod?.files ?? []).map(({ path, name }) => ({
    name: VOLUMES.agent,
    mountPath: path,
    subPath: name,
    readOnly: true,
  }));
  const mounts = container.volumeMounts ?? [];
  const readOnly = container.securityContext?.readOnlyRootFilesystem ?? tier.readOnlyRoot;
  const tmp = readOnly && !mounts.some(({ mountPath }) => mountPath === '/tmp') ? [TMP] : [];
  return {
    ...container,
    env,
    volumeMounts: [...mounts, ...tmp, ...files],
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: tier.readOnlyRoot,
      ...container.securityContext,
    },
  };
}
