/** What all fault runs stand on: a cluster with Tollgate, a provider outside that keeps its own bill, and namespaces. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, startCluster } from '../cluster.ts';
import { until } from '../commands.ts';
import { IMAGES } from '../images.ts';
import { makeAuthority } from '../outside/authority.ts';
import { type Provider, startProvider } from '../outside/hosts.ts';
import { installTollgate, isBelieved, loadTollgate, NAMESPACE } from '../tollgate.ts';

/** For `before`: the first one may have to build the cluster. */
export const SET_UP = { timeout: 3_600_000 };

export interface Ground {
  readonly cluster: Cluster;
  readonly provider: Provider;
  readonly namespace: string;
  /** A name of its own, for a policy: counters are kept by name, and outlive what made them. */
  fresh(what: string): string;
  close(): Promise<void>;
}

/**
 * @param topic  part of the names of what is made
 * @param host  the last number of the provider's address, of this topic alone
 * @param paceMs  before each piece of an answer
 */
export async function setUp(
  topic: string,
  { host, paceMs = 5 }: { readonly host: number; readonly paceMs?: number },
): Promise<Ground> {
  const cluster = await startCluster((line) => console.log(line));
  await cluster.loadImages('node');
  await loadTollgate(cluster);
  const authority = await makeAuthority();
  const provider = await startProvider(cluster, authority, ['api.anthropic.com'], { host, paceMs });
  try {
    return await ready(cluster, provider, `faults-${topic}`, authority.certificate);
  } catch (error) {
    provider.stop();
    throw error;
  }
}

async function ready(
  cluster: Cluster,
  provider: Provider,
  namespace: string,
  certificate: string,
): Promise<Ground> {
  await installTollgate(cluster, { trust: { extraCertificates: certificate } });
  const clear = () =>
    cluster.kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--timeout=300s'], {
      timeout: 310_000,
    });
  await clear();
  await cluster.apply([
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { 'tollgate.dev/enabled': 'true' } },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'anthropic', namespace: NAMESPACE, labels: { 'tollgate.dev/credential': 'true' } },
      stringData: { key: 'sk-ant-the-real-one' },
    },
    {
      apiVersion: 'tollgate.dev/v1alpha1',
      kind: 'Provider',
      metadata: { name: 'anthropic' },
      spec: {
        url: 'https://api.anthropic.com',
        wires: ['anthropic-messages'],
        auth: { secretRef: { name: 'anthropic', key: 'key' } },
      },
    },
  ]);
  await isBelieved(cluster, namespace, certificate);
  await until(
    `the fences of ${namespace} are there`,
    async () =>
      (await cluster.get<{ items: object[] }>(['networkpolicies', '-n', namespace])).items.length === 2,
    { timeout: 300_000, every: 500 },
  );
  return {
    ...{ cluster, provider, namespace },
    fresh: (what) => `${what}-${Date.now().toString(36)}`,
    async close() {
      provider.stop();
      await clear();
    },
  };
}

/** A container that runs a program of inside/. */
export function container(file: string, env: Readonly<Record<string, string | number>> = {}): object {
  const script = readFileSync(join(import.meta.dirname, 'inside', file), 'utf8');
  return {
    name: 'agent',
    image: IMAGES.node,
    command: ['node', '--input-type=module-typescript', '-e', script],
    env: Object.entries(env).map(([name, value]) => ({ name, value: String(value) })),
    securityContext: { runAsUser: 1000 },
  };
}

/** One limit for all pods of the namespace together, for ever. @param usd such as "0.25" */
export function budget(namespace: string, name: string, usd: string): object {
  return {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'BudgetPolicy',
    metadata: { name, namespace },
    spec: { limits: [{ name: 'all', per: 'namespace', window: 'lifetime', usd }] },
  };
}

/** @returns the lines of JSON that programs with this label have written, with the pod that each is of */
export async function linesOf<Line extends object>(
  cluster: Cluster,
  namespace: string,
  selector: string,
): Promise<(Line & { readonly pod: string })[]> {
  const { items } = await cluster.get<{ items: { metadata: { name: string } }[] }>([
    ...['pods', '-n', namespace, '-l', selector],
  ]);
  const all = await Promise.all(
    items.map(async ({ metadata: { name } }) => {
      const text = await cluster.kubectl(['logs', '-n', namespace, name, '-c', 'agent']).catch(() => '');
      const lines = text.split('\n').filter((line) => line.startsWith('{'));
      return lines.map((line) => ({ ...(JSON.parse(line) as Line), pod: name }));
    }),
  );
  return all.flat();
}
