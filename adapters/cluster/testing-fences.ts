/** The fences of a namespace on a fake API server, as the operator makes them. */
import { fenceSpec } from '../../core/cluster/fences.ts';
import { FENCES } from '../../core/cluster/names.ts';
import type { FakeApi } from '../kube/testing-api.ts';

export const POLICIES = 'networking.k8s.io/networkpolicies';

export function putFences({ store }: FakeApi, namespace: string): void {
  for (const door of ['narrow', 'wide'] as const)
    store.put(POLICIES, { metadata: { name: FENCES[door], namespace }, spec: fenceSpec(door) });
}
