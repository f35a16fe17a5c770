/** All that a decision about one runner is made from: what the API server has, and nothing that only a process knows. */
import { controllerOf, type KubeObject } from '../../adapters/kube/object.ts';
import { type Claim, type Deployment, FINALIZER, type Job, type Pod, type Runner } from './kinds.ts';
import { RUNNER_UID_LABEL } from './names.ts';

export interface Seen {
  readonly runner: Runner;
  /** Whether its namespace is enabled: elsewhere nobody would put a sidecar beside the agent. */
  readonly enabled: boolean;
  /** The runner's own, finished ones too. */
  readonly jobs: readonly Job[];
  /** The one with the name that status.running has, whoever made it; looked for with the API server itself. */
  readonly job?: Job | undefined;
  /** The runner's own. */
  readonly claims: readonly Claim[];
  /** The one with the name that status.workspace has, whoever made it; looked for with the API server itself. */
  readonly claim?: Claim | undefined;
  /** The one with the name that a service's would have, whoever made it. */
  readonly deployment?: Deployment | undefined;
  /** Of its Jobs and of its Deployment, and of those that are gone by now. */
  readonly pods: readonly Pod[];
  /** Why the Job's pod is not made, as the Job controller was told. */
  readonly denied?: string | undefined;
  /** Why the network of a pod that runs is wider than its fence. */
  readonly widened?: string | undefined;
  /** What the API server had against the last write; it is tried again now and then. */
  readonly refused?: Refusal | undefined;
}

export interface Refusal {
  readonly message: string;
  /** The namespace is going: nothing can be made in it any more. */
  readonly terminating: boolean;
}

/** Whether it was made for this very runner, and not for one of its name. */
export function isOwn(object: KubeObject, runner: Runner): boolean {
  return controllerOf(object)?.uid === runner.metadata.uid;
}

/** Claims have no owner while a teardown is due. */
export function isOwnClaim(claim: Claim, runner: Runner): boolean {
  const { labels = {} } = claim.metadata;
  return isOwn(claim, runner) || (!controllerOf(claim) && labels[RUNNER_UID_LABEL] === runner.metadata.uid);
}

/** Also when the Job that made it is gone: as long as it runs, nothing else may. */
export function isOwnPod({ metadata }: Pod, runner: Runner): boolean {
  return metadata.labels?.[RUNNER_UID_LABEL] === runner.metadata.uid;
}

export function isGuarded({ metadata }: Runner): boolean {
  return metadata.finalizers?.includes(FINALIZER) ?? false;
}

export function isGoing({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** @returns how a Job ended; undefined while it runs */
export function endOf(
  job: Job,
): { readonly ok: boolean; readonly reason: string; readonly at: string } | undefined {
  const { conditions = [], completionTime } = job.status ?? {};
  const end = conditions.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
  if (end === undefined) return undefined;
  const at = completionTime ?? end.lastTransitionTime ?? '';
  return { ok: end.type === 'Complete', reason: end.reason ?? '', at };
}

/** Whether no program of it runs any more. */
export function isOver({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}
