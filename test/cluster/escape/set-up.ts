/**
 * What all escape tests stand on: a cluster with Tollgate, a namespace that it governs, one that it does not, and hosts
 * outside to be reached.
 *
 *   escape-TOPIC        governed pods         the attempts have to fail here
 *   escape-TOPIC-free   pods without a fence  the same attempts, which have to succeed: else a test could not fail
 */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, startCluster } from '../cluster.ts';
import { run as command, until } from '../commands.ts';
import { IMAGES } from '../images.ts';
import { type Authority, makeAuthority } from '../outside/authority.ts';
import { startOutside } from '../outside/hosts.ts';
import { installTollgate, isBelieved, loadTollgate, NAMESPACE } from '../tollgate.ts';
import type { Attempt } from './inside/attempts.ts';

export type { Attempt } from './inside/attempts.ts';

/** Shown to nobody but the provider. */
export const KEY = 'sk-the-real-one';

/** For `before`: the first one may have to build the cluster. */
export const SET_UP = { timeout: 3_600_000 };
export const TIMEOUT = { timeout: 240_000 };

/** A request that a host outside was sent. */
export interface Seen {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Yard {
  readonly cluster: Cluster;
  /** The governed namespace. */
  readonly held: string;
  /** The one that is not. */
  readonly free: string;
  /** Of the hosts outside. All names below escape.example are its own. */
  readonly address: string;
  /** The host of a Provider. */
  readonly models: string;
  /** Whom sidecars believe, for more hosts outside. */
  readonly authority: Authority;
  /** What the hosts outside were asked for so far. */
  seen(): readonly Seen[];
  close(): Promise<void>;
}

/**
 * @param topic  part of the names of what is made
 * @param number  the last one of the address outside, of this topic alone
 * @param more  names of more hosts outside, below escape.example; addresses that they have beside their own
 */
export async function setUp(
  topic: string,
  number: number,
  {
    names = [],
    addresses = [],
  }: { readonly names?: readonly string[]; readonly addresses?: readonly string[] } = {},
): Promise<Yard> {
  const cluster = await startCluster((line) => console.log(line));
  const [held, free] = [`escape-${topic}`, `escape-${topic}-free`];
  const models = `models-${topic}.escape.example`;
  const address = cluster.outside.address(number);
  await cluster.loadImages('node', 'busybox');
  await loadTollgate(cluster);
  const authority = await makeAuthority();
  const { cert, key } = await authority.issue([models, ...names.map((name) => `${name}.escape.example`)]);
  const log = join(mkdtempSync(join(tmpdir(), 'tollgate-escape-')), 'seen.jsonl');
  for (const more of addresses)
    await command([...cluster.outside.enter, 'ip', 'addr', 'replace', more, 'dev', 'lo']);
  const stop = await startOutside(cluster, [
    ...[join(import.meta.dirname, 'outside-host.ts'), [address, ...addresses].join(','), cert, key, log],
  ]);
  cluster.outside.name(models, address);
  for (const name of names) cluster.outside.name(`${name}.escape.example`, address);
  await install(cluster, { trust: { extraCertificates: authority.certificate } });
  await clear(cluster, held, free, topic);
  await cluster.apply([
    namespace(held, { 'tollgate.dev/enabled': 'true' }),
    namespace(free),
    ...provider(topic, models),
  ]);
  await isBelieved(cluster, held, authority.certificate);
  await until(`the fences of ${held} are there`, async () => {
    const fences = await cluster.get<{ items: object[] }>(['networkpolicies', '-n', held]);
    return fences.items.length === 2;
  });
  return {
    ...{ cluster, held, free, address, models, authority },
    seen: () =>
      (existsSync(log) ? readFileSync(log, 'utf8') : '')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Seen),
    async close() {
      stop();
      for (const more of addresses)
        await command([...cluster.outside.enter, 'ip', 'addr', 'del', `${more}/32`, 'dev', 'lo']);
      await clear(cluster, held, free, topic);
    },
  };
}

/** Others may be at it as well. */
async function install(cluster: Cluster, values: Readonly<Record<string, unknown>>): Promise<void> {
  const isBusy = (error: Error) => /another operation|conflict|has been modified/i.test(error.message);
  await until(
    'Tollgate is installed',
    () =>
      installTollgate(cluster, values).then(
        () => true,
        (error: Error) => {
          if (isBusy(error)) return false;
          throw error;
        },
      ),
    { timeout: 600_000, every: 3_000 },
  );
}

async function clear(cluster: Cluster, held: string, free: string, topic: string): Promise<void> {
  const gone = (...what: string[]) =>
    cluster.kubectl(['delete', ...what, '--ignore-not-found', '--timeout=100s'], { timeout: 120_000 });
  await Promise.all([
    gone('namespace', held, free),
    gone('provider', `escape-${topic}`),
    gone('secret', '-n', NAMESPACE, `escape-${topic}`),
  ]);
}

export function namespace(name: string, labels: Readonly<Record<string, string>> = {}): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/** Of a wire that nobody else's tests use: two Providers of one wire need a route. */
function provider(topic: string, host: string): readonly object[] {
  const name = `escape-${topic}`;
  return [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: NAMESPACE, labels: { 'tollgate.dev/credential': 'true' } },
      stringData: { key: KEY },
    },
    {
      apiVersion: 'tollgate.dev/v1alpha1',
      kind: 'Provider',
      metadata: { name },
      spec: {
        url: `https://${host}/v1`,
        wires: ['openai-chat'],
        priceList: 'openai',
        auth: { secretRef: { name, key: 'key' } },
      },
    },
  ];
}

/** Arguments of Node for a program of inside/. */
export const program = (file: string) => run(text(file));

const text = (file: string) => readFileSync(join(import.meta.dirname, 'inside', file), 'utf8');
const run = (script: string) => ['--input-type=module-typescript', '-e', script];

export interface PodOptions {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: object;
  /** Of its container `agent`, which has `node`. */
  readonly agent?: object;
  /** Of its container `tools`, which has busybox. */
  readonly tools?: object;
}

/** A pod with the tools of an attacker, which waits. */
export function pod(namespace: string, name: string, options: PodOptions = {}): object {
  const { annotations = {}, labels = {}, spec = {}, agent = {}, tools = {} } = options;
  const user = { securityContext: { runAsUser: 1000 } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels, annotations },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      containers: [
        { name: 'agent', image: IMAGES.node, args: ['-e', 'setInterval(() => {}, 1e6)'], ...user, ...agent },
        { name: 'tools', image: IMAGES.busybox, command: ['sleep', '1000000'], ...user, ...tools },
      ],
      ...spec,
    },
  };
}

export const GOVERNED = { 'tollgate.dev/inject': 'true' } as const;

/** A pod as `pod`, that asks to be governed. */
export function governed(namespace: string, name: string, options: PodOptions = {}): object {
  return pod(namespace, name, { ...options, annotations: { ...GOVERNED, ...options.annotations } });
}

/** The twin of a governed pod: where that has the sidecar, this has what opens everything. */
export function naive(yard: Yard, name: string, options: PodOptions = {}): object {
  return pod(yard.free, name, {
    ...options,
    agent: { args: program('naive.ts'), env: [{ name: 'UPSTREAM', value: yard.models }], ...options.agent },
  });
}

/** Creates pods and waits until they run. */
export async function start(cluster: Cluster, ...pods: readonly object[]): Promise<void> {
  await cluster.apply(pods);
  await Promise.all(
    pods.map((one) => {
      const { metadata } = one as { metadata: { name: string; namespace: string } };
      const { name, namespace: of } = metadata;
      return cluster
        .kubectl(['wait', '-n', of, `pod/${name}`, '--for=condition=Ready', '--timeout=90s'], {
          timeout: 100_000,
        })
        .catch(async (error: Error) => {
          const log = await cluster
            .kubectl(['logs', '-n', of, name, '--all-containers', '--tail=5'])
            .catch(String);
          throw new Error(`${error.message}\n${log}`);
        });
    }),
  );
}

/** Makes all attempts at once, as the program of a pod's container `agent`. @returns name → what happened */
export async function attempt<Name extends string>(
  cluster: Cluster,
  namespace: string,
  from: string,
  attempts: Readonly<Record<Name, Attempt>>,
): Promise<Record<Name, string>> {
  const command = ['node', ...run(text('attempts.ts')), JSON.stringify(attempts)];
  const said = await cluster.kubectl(['exec', '-n', namespace, from, '-c', 'agent', '--', ...command]);
  return JSON.parse(said) as Record<Name, string>;
}

/** Runs a line of the shell as the user of a pod's container `tools`. @returns what it wrote, with its errors */
export function shell(cluster: Cluster, namespace: string, from: string, line: string): Promise<string> {
  const command = ['sh', '-c', `{ ${line}\n} 2>&1; true`];
  return cluster.kubectl(['exec', '-n', namespace, from, '-c', 'tools', '--', ...command]);
}
