/** The fences of a namespace as objects of the API. */
import type { V1NetworkPolicy } from '@kubernetes/client-node';
import { type Intent, resource, type Stored } from '../../adapters/kube/object.ts';
import { fenceSpec } from '../../core/cluster/fences.ts';
import { FENCES, MANAGED_BY } from '../../core/cluster/names.ts';

export type NetworkPolicy = Stored<V1NetworkPolicy>;
/** As the API server has them; what is kept of those that are watched is adapters/cluster/fences.ts. */
export const NETWORK_POLICIES = resource<NetworkPolicy>(
  'networking.k8s.io/v1 NetworkPolicy',
  'networkpolicies',
);

export type FenceObject = Intent & { readonly spec: NonNullable<NetworkPolicy['spec']> };

/** @returns to be applied there */
export function fencesOf(namespace: string): readonly FenceObject[] {
  return (['narrow', 'wide'] as const).map((door) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: FENCES[door], namespace, labels: MANAGED_BY },
    spec: fenceSpec(door),
  }));
}
