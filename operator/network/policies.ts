/**
 * The fence of governed pods: the NetworkPolicies of an enabled namespace. They are the same in all of them and never
 * change while pods are under them, since connections that are open survive a change.
 *
 *   pod, label tollgate.dev/network ── narrow ──> gateway, narrow port
 *                                   └─ wide ────> gateway, narrow and wide port
 *
 * Nothing comes in, and nothing else goes out: no DNS, no API server. What else selects these pods adds to this.
 */
import type { V1NetworkPolicy } from '@kubernetes/client-node';
import type { Intent, Stored } from '../../adapters/kube/object.ts';
import { resource } from '../../adapters/kube/object.ts';
import {
  FENCES,
  GATEWAY_PORTS,
  GOVERNED_LABEL,
  MANAGED_BY,
  NETWORK_LABEL,
} from '../../core/cluster/names.ts';
import type { Door } from '../../core/egress/names.ts';
import { SYSTEM_NAMESPACE } from '../../core/policy/snapshot.ts';

export type NetworkPolicy = Stored<V1NetworkPolicy>;
export const NETWORK_POLICIES = resource<NetworkPolicy>(
  'networking.k8s.io/v1 NetworkPolicy',
  'networkpolicies',
);

const DOORS: Readonly<Record<Door, readonly Door[]>> = { narrow: ['narrow'], wide: ['narrow', 'wide'] };

export type Fence = Intent & { readonly spec: NonNullable<NetworkPolicy['spec']> };

/** @returns the fences of one namespace, to be applied there */
export function fencesOf(namespace: string): readonly Fence[] {
  return (['narrow', 'wide'] as const).map((door) => fence(namespace, door));
}

function fence(namespace: string, door: Door): Fence {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: FENCES[door], namespace, labels: MANAGED_BY },
    spec: {
      podSelector: { matchLabels: { [GOVERNED_LABEL]: 'true', [NETWORK_LABEL]: door } },
      // No rule for what comes in.
      policyTypes: ['Ingress', 'Egress'],
      egress: [
        {
          to: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': SYSTEM_NAMESPACE } },
              podSelector: {
                matchLabels: {
                  'app.kubernetes.io/name': 'tollgate',
                  'app.kubernetes.io/component': 'gateway',
                },
              },
            },
          ],
          ports: DOORS[door].map((open) => ({ protocol: 'TCP', port: GATEWAY_PORTS[open] })),
        },
      ],
    },
  };
}
