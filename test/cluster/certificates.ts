/** Who is who in the cluster: one authority, certificates for servers and clients, kubeconfigs; made anew at each start. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './commands.ts';
import { INSIDE, NODE } from './machine.ts';
import { NETWORK } from './network.ts';
import { state } from './places.ts';

interface Subject {
  readonly name: string;
  /** The user that Kubernetes sees (kubernetes.io, "X509 client certificates"). */
  readonly user: string;
  readonly group?: string;
  /** Names and addresses of a server. */
  readonly names?: string;
}

/** Users and groups are those that Kubernetes' own roles are bound to. */
const SUBJECTS: readonly Subject[] = [
  {
    name: 'apiserver',
    user: 'kube-apiserver',
    names: [
      ...['kubernetes', 'kubernetes.default', 'kubernetes.default.svc'].map((name) => `DNS:${name}`),
      `DNS:kubernetes.default.svc.${NETWORK.domain}`,
      ...[NETWORK.node, NETWORK.api, '127.0.0.1'].map((address) => `IP:${address}`),
    ].join(','),
  },
  { name: 'kubelet-server', user: NODE, names: `DNS:${NODE},IP:${NETWORK.node}` },
  { name: 'admin', user: 'admin', group: 'system:masters' },
  { name: 'apiserver-kubelet', user: 'kube-apiserver-kubelet-client', group: 'system:masters' },
  { name: 'controller-manager', user: 'system:kube-controller-manager' },
  { name: 'scheduler', user: 'system:kube-scheduler' },
  { name: 'kubelet', user: `system:node:${NODE}`, group: 'system:nodes' },
  { name: 'kube-proxy', user: 'system:kube-proxy' },
];

/** Of the cluster's clients, those that read a kubeconfig. */
const CLIENTS = ['admin', 'controller-manager', 'scheduler', 'kubelet', 'kube-proxy'] as const;

const folder = join(state, 'certificates');

/** @returns where the machine has a key or certificate, such as `ca.crt` */
export const certificate = (file: string) => `${INSIDE.state}/certificates/${file}`;

/** @returns where the machine has a client's kubeconfig */
export const kubeconfig = (client: (typeof CLIENTS)[number]) =>
  `${INSIDE.state}/certificates/${client}.kubeconfig`;

/** Everything may be done with this one; its path is one of this machine, not of the cluster's. */
export const adminKubeconfig = join(folder, 'admin.kubeconfig');

/** Writes all of them to the state folder. */
export async function makeCertificates(): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const ca = [
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
  ];
  await make('ca', '/CN=tollgate-test-cluster', ca);
  await Promise.all(SUBJECTS.map(makeOne));
  for (const client of CLIENTS) writeFileSync(join(folder, `${client}.kubeconfig`), kubeconfigOf(client));
  // Tokens of ServiceAccounts are signed with it.
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(join(folder, 'tokens.key'), pem, { mode: 0o600 });
  writeFileSync(join(folder, 'tokens.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
}

async function makeOne({ name, user, group, names }: Subject): Promise<void> {
  const use = names === undefined ? 'clientAuth' : 'serverAuth';
  await make(name, `${group === undefined ? '' : `/O=${group}`}/CN=${user}`, [
    ...['-CA', join(folder, 'ca.crt'), '-CAkey', join(folder, 'ca.key')],
    ...['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', `extendedKeyUsage=${use}`],
    ...(names === undefined ? [] : ['-addext', `subjectAltName=${names}`]),
  ]);
}

async function make(name: string, subject: string, more: readonly string[]): Promise<void> {
  await run([
    ...['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'],
    ...['-days', '365', '-subj', subject, '-config', '/dev/null', ...more],
    ...['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)],
  ]);
}

/** A kubeconfig names its files relative to itself, so that it is good within the machine and outside of it. */
function kubeconfigOf(client: string): string {
  const name = 'tollgate';
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name, cluster: { server: `https://${NETWORK.node}:6443`, 'certificate-authority': 'ca.crt' } },
    ],
    users: [{ name: client, user: { 'client-certificate': `${client}.crt`, 'client-key': `${client}.key` } }],
    contexts: [{ name, context: { cluster: name, user: client } }],
    'current-context': name,
  });
}
