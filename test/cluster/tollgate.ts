/** Tollgate in the cluster, by helm, as a user installs it; only the stores' images are this cluster's own. */
import { join } from 'node:path';
import { NAME as IMAGE, tollgateImage } from '../../images/image.ts';
import { root } from '../../scripts/test-files.ts';
import type { Cluster, Say } from './cluster.ts';
import { until } from './commands.ts';
import { IMAGES } from './images.ts';

export const NAMESPACE = 'tollgate-system';

const [repository = '', tag = ''] = IMAGE.split(/:(?=[^:]*$)/);

/** What this cluster has in the place of official images. */
const VALUES = {
  image: { repository, tag, pullPolicy: 'Never' },
  redis: { trial: { image: IMAGES.redis, command: [], args: redisArgs(), runAsUser: 999 } },
  mongodb: {
    trial: {
      image: IMAGES.mongo,
      command: [],
      args: ['-listen', '0.0.0.0:27017', '-data', '/tmp'],
      runAsUser: 999,
    },
  },
};

function redisArgs(): readonly string[] {
  return [
    ...['--bind', '0.0.0.0', '--protected-mode', 'no', '--save', '', '--appendonly', 'no'],
    ...['--maxmemory-policy', 'noeviction', '--dir', '/tmp'],
  ];
}

/** Makes the image of this source and loads it. */
export async function loadTollgate(cluster: Cluster, say?: Say): Promise<void> {
  await cluster.importImage(await tollgateImage(undefined, say));
}

export const CHART = join(root, 'charts/tollgate');

/**
 * Installs it, or upgrades what is installed. The image has to be loaded.
 *
 * @param values  laid over those of this cluster
 * @param chart  another than this source's
 * @returns what helm said
 * @throws Error with that
 */
export async function installTollgate(
  cluster: Cluster,
  values: Readonly<Record<string, unknown>> = {},
  chart = CHART,
): Promise<string> {
  await cluster.loadImages('redis', 'mongo');
  return cluster.helm(
    [
      ...['upgrade', '--install', 'tollgate', chart],
      ...['--namespace', NAMESPACE, '--create-namespace'],
      ...['--values', '-', '--wait', '--timeout', '10m'],
    ],
    { input: JSON.stringify(merged(VALUES, values)), timeout: 620_000 },
  );
}

/** Waits until sidecars of this namespace believe an authority of `trust.extraCertificates`; helm does not wait for that. */
export function isBelieved(cluster: Cluster, namespace: string, certificate: string): Promise<void> {
  const line = certificate.split('\n')[2] ?? '-';
  return until(
    `what is outside is believed in ${namespace}`,
    async () => {
      const args = ['get', 'configmap', '-n', namespace, 'tollgate-trust', '-o', 'yaml'];
      return (await cluster.kubectl(args).catch(String)).includes(line);
    },
    { timeout: 120_000, every: 500 },
  );
}

type Tree = Readonly<Record<string, unknown>>;

function merged(base: Tree, over: Tree): Tree {
  const both = Object.entries(over).map(([key, value]) => {
    const before = base[key];
    return [key, isTree(before) && isTree(value) ? merged(before, value) : value];
  });
  return { ...base, ...Object.fromEntries(both) };
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
