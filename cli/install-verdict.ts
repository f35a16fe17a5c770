/** What has become of a pod that asked to be governed, in sentences for who ran `helm test`. */
import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { Json, Stored } from '../adapters/kube/object.ts';
import { GATE_CONTAINER, SIDECAR_CONTAINER, WEBHOOK_CONFIGURATION } from '../core/cluster/names.ts';

export type CheckedPod = Stored<V1Pod>;

export interface Verdict {
  readonly holds: boolean;
  readonly says: readonly string[];
}

/** @returns undefined as long as it is not decided */
export function verdictOf({ spec, status }: CheckedPod): Verdict | undefined {
  const inits = spec?.initContainers ?? [];
  if (inits[0]?.name !== GATE_CONTAINER || inits[1]?.name !== SIDECAR_CONTAINER) return no(NOT_INJECTED);
  const { initContainerStatuses = [], containerStatuses = [] } = status ?? {};
  const gate = ended(initContainerStatuses, GATE_CONTAINER);
  if (gate !== undefined && gate.exitCode !== 0) return no(networkIsOpen(gate.message ?? ''));
  const agent = ended(containerStatuses, spec?.containers[0]?.name ?? '');
  if (agent !== undefined)
    return agent.exitCode === 0
      ? { holds: true, says: HOLDS }
      : no(
          `Governance does not hold: inside of the pod it was found that\n${agent.message ?? '(it said nothing)'}`,
        );
  if (status?.phase !== 'Failed') return undefined;
  const sidecar = ended(initContainerStatuses, SIDECAR_CONTAINER);
  const why = status.message ?? sidecar?.message ?? status.reason ?? 'it does not say why';
  return no(`The pod that asked to be governed has failed: ${why}`);
}

/** @param error  the API server's words */
export function refused(error: string): Verdict {
  return no(
    `Injection does not hold: a pod that asks to be governed can't be made. ${error}. If the webhook did not answer: do the operator's pods run?`,
  );
}

/** What a pod is that came to nothing in time. */
export function tooLate({ status }: CheckedPod, seconds: number): Verdict {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const waits = all.flatMap(({ name, state, restartCount }) => {
    const { reason, message } = state?.waiting ?? {};
    if (reason !== undefined && reason !== 'PodInitializing')
      return [`${name}: ${reason} ${message ?? ''}`.trim()];
    return restartCount > 0 ? [`${name}: restarted ${restartCount} times`] : [];
  });
  const unmet = (status?.conditions ?? []).flatMap(({ status: is, message }) =>
    is === 'False' && message !== undefined ? [message] : [],
  );
  const why = [...new Set([...waits, ...unmet])].join('; ');
  return no(
    `After ${seconds} s the pod that asked to be governed has come to no end: ${why === '' ? (status?.phase ?? 'Pending') : why}`,
  );
}

const NOT_INJECTED = `Injection does not hold: the API server took a pod that asks to be governed, and it has no sidecar. The MutatingWebhookConfiguration ${WEBHOOK_CONFIGURATION} and the ValidatingAdmissionPolicy tollgate-pods are not in force; \`helm upgrade\` makes them again.`;

const HOLDS = [
  'A pod that asks to be governed is injected.',
  "Its network is closed: np-gate reached the gateway, and not the canary, the API server or the cluster's name servers.",
  'Its sidecar answers, its keys are dummies, and it has no token.',
];

/** @param said  the end of np-gate's log */
function networkIsOpen(said: string): string {
  const found = said
    .trim()
    .split('\n')
    .findLast((line) => line.includes('NOT proved'));
  return `The network does not hold. ${found ?? `np-gate failed: ${said.trim() || 'it said nothing'}`}. Does the cluster's network engine (CNI) run, and enforce NetworkPolicies for egress? Do the gateway's pods run?`;
}

function ended(statuses: readonly Json<V1ContainerStatus>[], of: string) {
  return statuses.find(({ name }) => name === of)?.state?.terminated;
}

function no(says: string): Verdict {
  return { holds: false, says: [says] };
}
