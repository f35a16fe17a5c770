/** A cluster with Tollgate of this source in it: one that runs is used, and left running. */
import { type Cluster, startCluster } from '../../test/cluster/cluster.ts';
import { installTollgate, loadTollgate, NAMESPACE } from '../../test/cluster/tollgate.ts';
import type { Measuring } from './measuring.ts';

let started: Promise<Cluster> | undefined;

/** @param work may use the cluster; its own must be gone when it ends */
export async function withCluster<T>({ say }: Measuring, work: (cluster: Cluster) => Promise<T>): Promise<T> {
  started ??= prepare(say);
  return work(await started);
}

/** Ends the cluster if it was started here. */
export async function endCluster(): Promise<void> {
  const cluster = await started?.catch(() => undefined);
  if (cluster !== undefined && !cluster.wasRunning) await cluster.stop();
}

/** Lends a namespace that is enabled for Tollgate. */
export async function withNamespace<T>(cluster: Cluster, name: string, work: () => Promise<T>): Promise<T> {
  const labels = { 'tollgate.dev/enabled': 'true' };
  await cluster.kubectl(['delete', 'namespace', name, '--ignore-not-found'], { timeout: 300_000 });
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  try {
    return await work();
  } finally {
    await cluster.kubectl(['delete', 'namespace', name, '--ignore-not-found'], { timeout: 600_000 });
  }
}

async function prepare(say: (line: string) => void): Promise<Cluster> {
  say('a cluster with Tollgate in it');
  const cluster = await startCluster(say);
  await loadTollgate(cluster, say);
  await installTollgate(cluster);
  // An image of the same name is used by what starts anew.
  const deployments = ['operator', 'control', 'gateway'].map((name) => `deployment/tollgate-${name}`);
  await cluster.kubectl(['-n', NAMESPACE, 'rollout', 'restart', ...deployments]);
  for (const one of deployments)
    await cluster.kubectl(['-n', NAMESPACE, 'rollout', 'status', one, '--timeout=300s'], {
      timeout: 320_000,
    });
  return cluster;
}
