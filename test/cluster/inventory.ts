/** What is in a cluster, of whatever kind, and what was deleted from it in which order. */
import type { Cluster } from './cluster.ts';

interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion: string };
}

/** @returns "networkpolicies.networking.k8s.io NAMESPACE/NAME", "providers.tollgate.dev NAME", of all kinds there are */
export async function everything(cluster: Cluster): Promise<string[]> {
  const kinds = (await cluster.kubectl(['api-resources', '--verbs=list', '-o', 'name'])).trim().split('\n');
  const lists = await Promise.all(
    kinds.map(async (kind) => {
      const { items } = await cluster.get<{ items: Named[] }>([kind, '-A']);
      return items.map(({ metadata: { namespace, name } }) =>
        namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`,
      );
    }),
  );
  return lists.flat();
}

/** @returns the newest resourceVersion, of any kind: all have them from the one etcd */
export async function version(cluster: Cluster): Promise<string> {
  const { metadata } = JSON.parse(await cluster.kubectl(['get', '--raw', '/api/v1/namespaces?limit=1'])) as {
    metadata: { resourceVersion: string };
  };
  return metadata.resourceVersion;
}

interface WatchEvent {
  readonly type: string;
  readonly object: Named;
}

/**
 * What was deleted since, by name; of two of one name the last. A number is the moment: the revision of etcd.
 *
 * @param paths  below /apis or /api: "apps/v1/namespaces/x/deployments", "v1/nodes"
 */
export async function deletions(
  cluster: Cluster,
  since: string,
  paths: readonly string[],
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const path of paths) {
    const root = path.startsWith('v1/') ? '/api' : '/apis';
    const query = `watch=true&timeoutSeconds=3&resourceVersion=${since}`;
    const lines = (await cluster.kubectl(['get', '--raw', `${root}/${path}?${query}`])).trim().split('\n');
    const events = lines.filter(Boolean).map((line) => JSON.parse(line) as WatchEvent);
    for (const { type, object } of events) {
      if (type === 'ERROR') throw new Error(`${path}: ${JSON.stringify(object)}`);
      if (type === 'DELETED') found.set(object.metadata.name, Number(object.metadata.resourceVersion));
    }
  }
  return found;
}
