/** What a governed pod may be and what may be changed of it, as a real API server judges it by the chart's policies. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Container, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import type { Access } from '../../adapters/kube/access.ts';
import type { Answer } from '../../adapters/kube/answer.ts';
import { KubeClient } from '../../adapters/kube/client.ts';
import { type KubeObject, resource } from '../../adapters/kube/object.ts';
import { RealApi } from '../../adapters/kube/testing-real-api.ts';
import { sdk } from '../../core/agents/agents.ts';
import { VERSION } from '../../core/version.ts';
import { type Installation, inject } from './inject.ts';
import { rendered } from './testing-chart.ts';
import { POD_TIERS } from './tiers.ts';

const namespace = 'agents';
const place = { place: { namespace } };
const PODS = resource('v1 Pod', 'pods');
/** How a scheduler says on which node a pod is to run. */
const POD_BINDINGS = resource('v1 Binding', 'pods');
const OLD_BINDINGS = resource('v1 Binding', 'bindings');
const NAMESPACES = resource('v1 Namespace', 'namespaces', false);
const ACCOUNTS = resource('v1 ServiceAccount', 'serviceaccounts');
const admission = (kind: string, plural: string) =>
  resource(`admissionregistration.k8s.io/v1 ${kind}`, plural, false);
const POLICIES = admission('ValidatingAdmissionPolicy', 'validatingadmissionpolicies');
const BINDINGS = admission('ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings');
const rbac = (kind: string, plural: string) =>
  resource(`rbac.authorization.k8s.io/v1 ${kind}`, plural, false);
const ROLES = rbac('ClusterRole', 'clusterroles');
const ROLE_BINDINGS = rbac('ClusterRoleBinding', 'clusterrolebindings');

const INSTALLATION: Installation = {
  image: `tollgate:${VERSION}`,
  imagePullPolicy: 'IfNotPresent',
  gateway: { address: '10.96.0.7', name: 'tollgate-gateway.tollgate-system.svc' },
  control: { url: 'https://tollgate-control.tollgate-system.svc:8443' },
  closed: [],
  dns: [],
  sidecarResources: undefined,
};

let pods = 0;

/** As the webhook hands it on. */
function governed(
  spec: Partial<V1PodSpec> = {},
  container: Partial<V1Container> = {},
  notes = {},
): KubeObject {
  const given: V1Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `p${++pods}`, annotations: { 'tollgate.dev/inject': 'true', ...notes } },
    spec: { containers: [{ name: 'agent', image: 'agent', ...container }], ...spec },
  };
  const tier = POD_TIERS.full_vm_tools;
  const injected = inject(given, { agent: sdk, phase: 'work', network: 'narrow', tier }, INSTALLATION);
  return JSON.parse(JSON.stringify(injected));
}

describe('a governed pod', { timeout: 1_200_000 }, () => {
  let api: RealApi;
  let access: Access;
  let admin: KubeClient;

  before(async () => {
    api = await RealApi.start();
    access = await api.access();
    admin = new KubeClient(access, 'test');
    const labels = { 'tollgate.dev/enabled': 'true' };
    await made(admin.create(NAMESPACES, { metadata: { name: namespace, labels } }));
    await made(admin.create(ACCOUNTS, { metadata: { name: 'default' } }, place));
    for (const object of await rendered('admission/pods.yaml'))
      await made(admin.create(object.kind === POLICIES.kind ? POLICIES : BINDINGS, object));
    // They are in force a little after they were written.
    while (!(await attempt(governed({ hostPID: true }))).includes("can't have hostNetwork")) await sleep(100);
  });
  after(async () => {
    await access?.close();
    await api?.stop();
  });

  async function made<T>(written: Promise<Answer<T>>): Promise<T> {
    const answer = await written;
    assert.ok(answer.ok, answer.ok ? '' : answer.error.message);
    return answer.value;
  }

  /** @returns what the server has against it; nothing: '' */
  async function attempt(pod: KubeObject): Promise<string> {
    const answer = await admin.create(PODS, pod, place);
    return answer.ok ? '' : answer.error.message;
  }

  it('is let in as the webhook makes it', async () => {
    assert.equal(await attempt(governed()), '');
  });

  const allowed: Readonly<Record<string, Partial<V1PodSpec>>> = {
    'a seccomp profile of its node': {
      securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'a.json' } },
    },
    'the AppArmor profile of the runtime': {
      securityContext: { appArmorProfile: { type: 'RuntimeDefault' } },
    },
    'categories of SELinux': {
      securityContext: { seLinuxOptions: { level: 's0:c1,c2', type: 'container_t' } },
    },
    'a safe sysctl, and IPv6 switched off': {
      securityContext: {
        sysctls: [
          { name: 'net.ipv4.tcp_syncookies', value: '1' },
          { name: 'net.ipv6.conf.all.disable_ipv6', value: '1' },
        ],
      },
    },
    'volumes of its namespace and its own': {
      volumes: [
        { name: 'a', persistentVolumeClaim: { claimName: 'a' } },
        { name: 'b', emptyDir: {} },
        { name: 'c', configMap: { name: 'c' } },
        { name: 'd', secret: { secretName: 'd' } },
        { name: 'e' },
      ],
    },
    'users of its own': { hostUsers: false },
  };
  for (const [what, spec] of Object.entries(allowed))
    it(`may have ${what}`, async () => assert.equal(await attempt(governed(spec)), ''));

  const refused: Readonly<
    Record<string, readonly [why: RegExp, spec?: Partial<V1PodSpec>, container?: object]>
  > = {
    'no seccomp profile, pod by pod': [
      /seccompProfile Unconfined/,
      { securityContext: { seccompProfile: { type: 'Unconfined' } } },
    ],
    'no seccomp profile, container by container': [
      /seccompProfile Unconfined/,
      {},
      { securityContext: { seccompProfile: { type: 'Unconfined' } } },
    ],
    'no seccomp profile but that of its containers': [
      /seccompProfile Unconfined/,
      { securityContext: { seccompProfile: { type: 'Unconfined' } } },
      { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
    ],
    'no AppArmor profile, pod by pod': [
      /appArmorProfile Unconfined/,
      { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
    ],
    'no AppArmor profile, container by container': [
      /appArmorProfile Unconfined/,
      {},
      { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
    ],
    'a type of SELinux that may more': [
      /seLinuxOptions of a governed pod/,
      {},
      { securityContext: { seLinuxOptions: { type: 'spc_t' } } },
    ],
    'a user of SELinux': [
      /seLinuxOptions of a governed pod/,
      { securityContext: { seLinuxOptions: { user: 'system_u' } } },
    ],
    'a right to ping by sysctl': [
      /sysctls but the safe ones/,
      { securityContext: { sysctls: [{ name: 'net.ipv4.ping_group_range', value: '0 1000' }] } },
    ],
    'IPv6 switched on by sysctl': [
      /sysctls but the safe ones/,
      { securityContext: { sysctls: [{ name: 'net.ipv6.conf.eth0.disable_ipv6', value: '0' }] } },
    ],
    'a sysctl that is not safe': [
      /sysctls but the safe ones/,
      { securityContext: { sysctls: [{ name: 'net.ipv4.ip_forward', value: '1' }] } },
    ],
    'a port of its node': [/a hostPort/, {}, { ports: [{ containerPort: 80, hostPort: 80 }] }],
    'files of its node': [/hostPath volumes/, { volumes: [{ name: 'a', hostPath: { path: '/' } }] }],
    'a volume that its node mounts from another host': [
      /such as nfs or iscsi/,
      { volumes: [{ name: 'a', nfs: { server: 'attacker.example', path: '/' } }] },
    ],
    'a volume of iSCSI': [
      /such as nfs or iscsi/,
      { volumes: [{ name: 'a', iscsi: { targetPortal: '192.0.2.1', iqn: 'iqn.2020-01.x:y', lun: 0 } }] },
    ],
    'a /proc without its masks': [
      /another procMount than Default/,
      { hostUsers: false },
      { securityContext: { procMount: 'Unmasked' } },
    ],
    'more capabilities': [
      /add capabilities/,
      {},
      { securityContext: { capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } } },
    ],
    root: [/can't run as root/, {}, { securityContext: { runAsUser: 0 } }],
  };
  for (const [what, [why, spec = {}, container = {}]] of Object.entries(refused))
    it(`can't have ${what}`, async () => assert.match(await attempt(governed(spec, container)), why));

  it("can't have any of it in an init container", async () => {
    const securityContext = { seccompProfile: { type: 'Unconfined' as const } };
    const initContainers = [{ name: 'own', image: 'own', securityContext }];
    assert.match(await attempt(governed({ initContainers })), /seccompProfile Unconfined/);
  });

  it("can't be without AppArmor by the annotation that was before the field", async () => {
    const note = { 'container.apparmor.security.beta.kubernetes.io/agent': 'unconfined' };
    assert.match(await attempt(governed({}, {}, note)), /appArmorProfile Unconfined/);
  });

  it('has the addresses that its kubelet writes, and nobody else', async () => {
    const { metadata } = await made(admin.create(PODS, governed(), place));
    const write = (as: KubeClient, address: string) =>
      as.merge(
        PODS,
        { namespace, name: metadata.name, subresource: 'status' },
        { status: { podIP: address, podIPs: [{ ip: address }] } },
      );
    const kubelet = new KubeClient(await node(), 'test');
    // Rights and policies are in force a little after they were written.
    while (!(await write(kubelet, '10.244.0.7')).ok) await sleep(100);
    let other = await write(admin, '10.244.0.8');
    for (; other.ok; other = await write(admin, '10.244.0.8')) {
      await made(write(kubelet, '10.244.0.7'));
      await sleep(100);
    }
    assert.match(other.error.message, /written by its kubelet alone/);
    await made(write(admin, '10.244.0.7'));
  });

  it('is bound to its node by a scheduler, who gives it nothing that it was not admitted with', async () => {
    const bind = async (name: string, metadata: object, old = false) => {
      const at = old ? place.place : { ...place.place, name, subresource: 'binding' };
      const body = { metadata: { name, ...metadata }, target: { kind: 'Node', name: 'a' } };
      const answer = await admin.create(old ? OLD_BINDINGS : POD_BINDINGS, body, { place: at });
      return answer.ok ? '' : answer.error.message;
    };
    const { metadata } = await made(admin.create(PODS, governed(), place));
    const { name } = metadata;
    // A policy is in force a little after it was written.
    while ((await bind('none', { annotations: { 'tollgate.dev/agent': 'x' } })).includes('not found'))
      await sleep(100);
    for (const given of [
      { annotations: { 'tollgate.dev/tool-profile': 'loose' } },
      { annotations: { other: 'x', 'tollgate.dev/kill': 'x' } },
      { labels: { 'tollgate.dev/phase': 'setup' } },
    ])
      for (const old of [false, true])
        assert.match(
          await bind(name, given, old),
          /a Binding has no annotations and labels of tollgate\.dev/,
        );
    assert.equal(await bind(name, { annotations: { other: 'x' } }), '');
    const now = await made(admin.get(PODS, { namespace, name }));
    const { annotations = {} } = now.metadata;
    assert.deepEqual(
      [annotations.other, annotations['tollgate.dev/tool-profile'], annotations['tollgate.dev/inject']],
      ['x', undefined, 'true'],
    );
  });

  /** A node, which an administrator speaks for. */
  async function node(): Promise<Access> {
    const rules = [{ apiGroups: [''], resources: ['pods/status'], verbs: ['patch'] }];
    const [apiGroup, name] = ['rbac.authorization.k8s.io', 'nodes-of-the-test'];
    const roleRef = { apiGroup, kind: 'ClusterRole', name };
    const subjects = [{ apiGroup, kind: 'Group', name: 'system:nodes' }];
    await made(admin.create(ROLES, { metadata: { name }, rules }));
    await made(admin.create(ROLE_BINDINGS, { metadata: { name }, roleRef, subjects }));
    const who = { 'impersonate-user': 'system:node:a', 'impersonate-group': 'system:nodes' };
    return {
      ...access,
      server: access.server,
      namespace,
      forget: () => access.forget(),
      close: async () => undefined,
      way: async () => {
        const { dispatcher, headers } = await access.way();
        return { dispatcher, headers: { ...headers, ...who } };
      },
    };
  }
});
