/** What a watch says of a pod on its way to Ready. */
import type { KubeObject } from '../../../adapters/kube/object.ts';
import { GATE_CONTAINER, SIDECAR_CONTAINER } from '../../../core/cluster/names.ts';

interface ContainerStatus {
  readonly name: string;
  readonly started?: boolean;
  readonly state?: { readonly running?: object; readonly terminated?: object };
}

export type Pod = KubeObject & {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
};

/** What is waited for, in this order; the two in the middle are there in governed pods alone. */
export const STEPS = ['scheduled', 'gateEnded', 'sidecarRuns', 'sidecarReady', 'ready'] as const;
export type Step = (typeof STEPS)[number];

/** @returns what is true of it by now */
export function stepsOf({ status = {} }: Pod): Step[] {
  const { conditions = [], initContainerStatuses = [] } = status;
  const is = (type: string) => conditions.some((one) => one.type === type && one.status === 'True');
  const container = (name: string) => initContainerStatuses.find((one) => one.name === name);
  const sidecar = container(SIDECAR_CONTAINER);
  const holds: Readonly<Record<Step, boolean>> = {
    scheduled: is('PodScheduled'),
    gateEnded: container(GATE_CONTAINER)?.state?.terminated !== undefined,
    sidecarRuns: sidecar?.state?.running !== undefined,
    sidecarReady: sidecar?.started === true,
    ready: is('Ready'),
  };
  return STEPS.filter((step) => holds[step]);
}
