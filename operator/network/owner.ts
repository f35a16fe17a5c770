/** The object that events about a pod are told of, asked for step by step: that is rare enough. */
import { OWNERS } from '../../adapters/cluster/cluster.ts';
import type { KubeClient } from '../../adapters/kube/client.ts';
import type { Regarding } from '../../adapters/kube/event-record.ts';
import { apiVersionOf, controllerOf, type KubeObject, resource } from '../../adapters/kube/object.ts';
import { type Owned, type OwnerRef, ownersOf } from '../../core/cluster/workload.ts';

const PODS = resource('v1 Pod', 'pods');
const DEEPEST = 4;

/**
 * @returns its topmost owner that is believed (core/cluster/workload.ts), or the pod itself
 * @throws Error when the API server can't be asked
 */
export async function topmost(
  client: Pick<KubeClient, 'get'>,
  pod: KubeObject,
  signal?: AbortSignal,
): Promise<Regarding> {
  const { namespace = '' } = pod.metadata;
  const found: Regarding[] = [];
  let below = pod;
  while (found.length < DEEPEST) {
    const ref = controllerOf(below);
    const of = OWNERS.find((one) => apiVersionOf(one) === ref?.apiVersion && one.kind === ref.kind);
    if (ref === undefined || of === undefined) break;
    const answer = await client.get(of, { namespace, name: ref.name }, { signal });
    if (!answer.ok && answer.error.code !== 404) throw new Error(answer.error.message);
    if (!answer.ok) break;
    found.push({ of, object: answer.value });
    below = answer.value;
  }
  const find = ({ uid }: OwnerRef) =>
    found.find(({ object }) => object.metadata.uid === uid)?.object as Owned;
  const owner = ownersOf(pod as Owned, find).at(-1);
  const about = found.find(({ object }) => object.metadata.uid === owner?.metadata.uid);
  return about ?? { of: PODS, object: pod };
}
