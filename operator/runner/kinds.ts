/** The kinds that runners are made of, and the little of each that is kept in memory. */
import type { V1Deployment, V1Job, V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node';
import { type KubeObject, type ObjectMeta, resource, type Stored } from '../../adapters/kube/object.ts';
import type { AgentRunner } from '../../core/policy/types.generated.ts';

export type Spec = AgentRunner['spec'];
export type WholeStatus = NonNullable<AgentRunner['status']>;
/** What of the status is the operator's: spend is written by control, with its own field manager. */
export type Status = Omit<WholeStatus, 'spend'>;
export type Runner = KubeObject & { readonly spec: Spec; readonly status?: WholeStatus };

export type Phase = 'setup' | 'work' | 'teardown';
export type Running = NonNullable<Status['running']>;
/** A try that has ended. */
export type End = NonNullable<Status['phases']>[number];
export type Condition = NonNullable<Status['conditions']>[number];
export type Outcome = NonNullable<NonNullable<Status['outcomes']>['setup']>;

export type Job = Stored<V1Job>;
export type Pod = Stored<V1Pod>;
export type Claim = Stored<V1PersistentVolumeClaim>;
export type Deployment = Stored<V1Deployment>;

export const RUNNERS = resource<Runner>('tollgate.dev/v1alpha1 AgentRunner', 'agentrunners');
export const JOBS = resource<Job>('batch/v1 Job', 'jobs');
export const PODS = resource<Pod>('v1 Pod', 'pods');
export const CLAIMS = resource<Claim>('v1 PersistentVolumeClaim', 'persistentvolumeclaims');
export const DEPLOYMENTS = resource<Deployment>('apps/v1 Deployment', 'deployments');

export const FINALIZER = 'tollgate.dev/teardown';

type Kept = 'name' | 'namespace' | 'uid' | 'resourceVersion' | 'creationTimestamp' | 'deletionTimestamp';

function slimMetadata({ metadata }: KubeObject): ObjectMeta {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp } = metadata;
  const { labels, ownerReferences, annotations } = metadata;
  const kept: Pick<ObjectMeta, Kept> = {
    name,
    uid,
    resourceVersion,
    ...(namespace === undefined ? {} : { namespace }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  };
  const hash = annotations?.[TEMPLATE_HASH];
  return {
    ...kept,
    ...(labels === undefined ? {} : { labels }),
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
    ...(hash === undefined ? {} : { annotations: { [TEMPLATE_HASH]: hash } }),
  };
}

/** On Deployments: what they were made from, so that they are written only when that has changed. */
export const TEMPLATE_HASH = 'tollgate.dev/template-hash';

export function slimJob(job: Job): Job {
  const { conditions, startTime, completionTime } = job.status ?? {};
  const status = {
    ...(conditions === undefined ? {} : { conditions }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(completionTime === undefined ? {} : { completionTime }),
  };
  return { metadata: slimMetadata(job), status };
}

export function slimPod(pod: Pod): Pod {
  const { conditions, containerStatuses, initContainerStatuses, message, phase, reason } = pod.status ?? {};
  const status = {
    ...(conditions === undefined ? {} : { conditions: conditions.filter(({ type }) => KEPT.has(type)) }),
    ...(containerStatuses === undefined ? {} : { containerStatuses }),
    ...(initContainerStatuses === undefined ? {} : { initContainerStatuses }),
    ...(message === undefined ? {} : { message }),
    ...(phase === undefined ? {} : { phase }),
    ...(reason === undefined ? {} : { reason }),
  };
  return { metadata: slimMetadata(pod), status };
}

const KEPT: ReadonlySet<string> = new Set(['PodScheduled', 'Ready', 'DisruptionTarget']);

export function slimClaim(claim: Claim): Claim {
  const { phase } = claim.status ?? {};
  return { metadata: slimMetadata(claim), status: phase === undefined ? {} : { phase } };
}

export function slimDeployment(deployment: Deployment): Deployment {
  const { replicas, selector } = deployment.spec ?? {};
  const { availableReplicas, conditions, observedGeneration } = deployment.status ?? {};
  const status = {
    ...(availableReplicas === undefined ? {} : { availableReplicas }),
    ...(conditions === undefined ? {} : { conditions }),
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
  };
  const spec = { selector: selector ?? {}, template: {}, ...(replicas === undefined ? {} : { replicas }) };
  return { metadata: slimMetadata(deployment), spec, status };
}
