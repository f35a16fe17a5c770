/** One look at a runner: what is seen, the time, and what both mean. A step is what one look leads to. */
import type { EventText } from '../../adapters/kube/event-record.ts';
import type { Claim, Deployment, Job, Pod, Runner, Running, Spec, Status } from './kinds.ts';
import { isGoing, isOwn, isOwnClaim, type Seen } from './seen.ts';

/** What is done once the status stands that leads to it. One at a time: whoever comes after a crash goes on from there. */
export type Write =
  | { readonly do: 'createClaim'; readonly name: string }
  /** Whether a claim goes when the runner goes. */
  | { readonly do: 'ownClaim'; readonly claim: Claim; readonly owned: boolean }
  | { readonly do: 'deleteClaim'; readonly claim: Claim }
  | { readonly do: 'createJob'; readonly running: Running; readonly seconds: number | undefined }
  | { readonly do: 'deleteJob'; readonly job: Job }
  | { readonly do: 'applyDeployment'; readonly replicas: 0 | 1 }
  | { readonly do: 'deleteDeployment'; readonly deployment: Deployment }
  | { readonly do: 'deletePod'; readonly pod: Pod }
  /** The finalizer. */
  | { readonly do: 'guard'; readonly on: boolean }
  | { readonly do: 'deleteRunner' };

/** Where it stands, for people: becomes the conditions. */
export interface Situation {
  readonly reason: string;
  readonly message: string;
  /** Its pod runs. */
  readonly ready?: boolean;
  /** It can't go on without help. */
  readonly stalled?: boolean;
}

export interface Step {
  /** Undefined: as it was. */
  readonly status?: Status;
  readonly write?: Write;
  readonly situation?: Situation;
  /** When to look again at the latest, in ms since the epoch. */
  readonly wakeAt?: number;
  readonly events?: readonly EventText[];
}

export interface Case {
  readonly seen: Seen;
  readonly now: number;
  readonly runner: Runner;
  readonly spec: Spec;
  /** As it stands, with the time of suspension brought up to date. */
  readonly was: Status;
  readonly deleting: boolean;
}

export function caseOf(seen: Seen, now: number): Case {
  const { runner } = seen;
  const { spend: _, ...status } = runner.status ?? {};
  return {
    seen,
    now,
    runner,
    spec: runner.spec,
    was: withSuspension(status, runner.spec.suspend, now),
    deleting: isGoing(runner),
  };
}

/** Time that it is suspended does not count for its deadline. */
function withSuspension(status: Status, suspend: boolean, now: number): Status {
  const { suspendedAt, ...rest } = status;
  if (status.finishedAt !== undefined || suspend === (suspendedAt !== undefined)) return status;
  if (suspend) return { ...status, suspendedAt: timeOf(now) };
  // A deadline begins with the first try.
  if (status.startedAt === undefined) return rest;
  const seconds = Math.max(0, Math.round((now - Date.parse(suspendedAt ?? '')) / 1000));
  return { ...rest, suspendedSeconds: (status.suspendedSeconds ?? 0) + seconds };
}

/** To the second, as Kubernetes writes times. */
export function timeOf(ms: number): string {
  return `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, -5)}Z`;
}

/** @returns when setup and work have to have ended, in ms since the epoch */
export function deadlineOf({ spec, was }: Case): number | undefined {
  const { startedAt, suspendedAt, suspendedSeconds = 0 } = was;
  if (spec.deadlineSeconds === undefined || startedAt === undefined) return undefined;
  if (suspendedAt !== undefined) return undefined;
  return Date.parse(startedAt) + (spec.deadlineSeconds + suspendedSeconds) * 1000;
}

export function isTask({ spec }: Case): boolean {
  return spec.mode === 'task';
}

/** Whether what is under way is the work of a service, which a Deployment runs and no Job. */
export function isServiceWork(c: Case): boolean {
  return !isTask(c) && c.was.running?.name === 'work';
}

/** @returns the running try's Job; `foreign` if one of its name is somebody else's */
export function runningJob({ seen, runner }: Case): Job | 'foreign' | undefined {
  if (seen.job === undefined) return undefined;
  return isOwn(seen.job, runner) ? seen.job : 'foreign';
}

/** What runs it, where that is there and the runner's own: that it has been there decides about the teardown. */
export function madeFor(c: Case): Job | Deployment | undefined {
  const { deployment } = c.seen;
  if (isServiceWork(c))
    return deployment !== undefined && isOwn(deployment, c.runner) ? deployment : undefined;
  const job = runningJob(c);
  return job === 'foreign' ? undefined : job;
}

export function workspaceOf({ seen, runner }: Case): Claim | 'foreign' | undefined {
  if (seen.claim === undefined) return undefined;
  return isOwnClaim(seen.claim, runner) ? seen.claim : 'foreign';
}

/** Whether a teardown is due, now or when the work has ended. */
export function owesTeardown({ spec, was }: Case): boolean {
  return spec.teardown !== undefined && was.outcomes?.teardown === undefined && was.finishedAt === undefined;
}

export function event(
  type: EventText['type'],
  reason: string,
  action: string,
  note: string,
): readonly EventText[] {
  return [{ type, reason, action, note }];
}
