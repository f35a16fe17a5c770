/** Tries that have ended: written down, with what follows from them for the phase. */
import { cut } from '../../adapters/kube/event-record.ts';
import {
  type Case,
  deadlineOf,
  event,
  isServiceWork,
  madeFor,
  runningJob,
  type Step,
  timeOf,
} from './case.ts';
import { type JobEnd, jobEnd, podEnd } from './ends.ts';
import type { End, Outcome, Phase, Pod, Running, Status } from './kinds.ts';
import { endOf, isOver } from './seen.ts';

/** The last so many stand in the status. */
const MOST_ENDS = 32;
/** Pods that are lost with their nodes are no failure of the program, but not without end either. */
const MOST_DISRUPTIONS = 10;
/** The end of a Job is often known before that of its pod. */
const POD_MS = 5_000;

/** The try that was running has ended: it is written down. */
export function ended(c: Case): Step | undefined {
  const { running } = c.was;
  if (running === undefined) return undefined;
  if (isServiceWork(c)) return serviceEnded(c, running);
  const job = runningJob(c);
  if (job === 'foreign') return undefined;
  if (job === undefined || (running.uid !== undefined && job.metadata.uid !== running.uid)) {
    // Not there yet, unless it is known to have been.
    if (running.uid === undefined) return undefined;
    return record(c, running, { reason: running.stopping ?? 'Deleted', finishedAt: timeOf(c.now) });
  }
  const how = jobEnd(job);
  if (how === undefined) return undefined;
  const pod = podOf(c, job.metadata.uid);
  const at = endOf(job)?.at || timeOf(c.now);
  const waitUntil = Date.parse(at) + POD_MS;
  if (podEnd(pod) === undefined && how !== 'TimedOut' && c.now < waitUntil) return { wakeAt: waitUntil };
  // It failed because it was stopped.
  if (running.stopping !== undefined && how !== 'Succeeded')
    return record(c, running, { reason: running.stopping, finishedAt: at });
  const { exitCode, reason, message } = podEnd(pod) ?? {};
  return record(c, running, {
    reason: reasonOf(c, running, how, reason),
    finishedAt: at,
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(message === undefined ? {} : { message }),
  });
}

function serviceEnded(c: Case, running: Running): Step | undefined {
  if (running.stopping === undefined || madeFor(c) !== undefined) return undefined;
  if (c.seen.pods.some((pod) => !isOver(pod))) return undefined;
  return record(c, running, { reason: running.stopping, finishedAt: timeOf(c.now) });
}

function podOf({ seen }: Case, uid: string): Pod | undefined {
  return seen.pods.find(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid));
}

function reasonOf(c: Case, running: Running, how: JobEnd, found: string | undefined): string {
  if (how === 'TimedOut' && isOverall(c, running)) return 'DeadlineExceeded';
  return how === 'Failed' ? (found ?? how) : how;
}

/** Whether the deadline for all phases together was what bounded this try, and not its own time. */
function isOverall(c: Case, { name, startedAt }: Running): boolean {
  const deadline = deadlineOf(c);
  if (deadline === undefined || name === 'teardown') return false;
  const { timeoutSeconds } = c.spec[name] ?? {};
  return timeoutSeconds === undefined || deadline <= Date.parse(startedAt) + timeoutSeconds * 1000;
}

type Ending = Pick<End, 'reason' | 'finishedAt' | 'exitCode' | 'message'>;

export function record(c: Case, running: Running, ending: Ending): Step {
  const { running: _, ...rest } = c.was;
  const { name, attempt, job, startedAt, message } = running;
  const end: End = {
    name,
    attempt,
    job,
    startedAt,
    ...(message === undefined ? {} : { message }),
    ...ending,
  };
  const phases = [...(c.was.phases ?? []), end].slice(-MOST_ENDS);
  const status = consequences(c, neverBegun(c, running, { ...rest, phases }), name, ending.reason);
  const failed = !['Succeeded', 'Suspended'].includes(ending.reason);
  const exit = ending.exitCode === undefined ? '' : `, exit code ${ending.exitCode}`;
  const why = end.message === undefined || !failed ? '' : `: ${cut(end.message, 500)}`;
  const note = `${name} (try ${attempt}) ended: ${ending.reason}${exit}${why}`;
  return {
    status,
    events: event(failed ? 'Warning' : 'Normal', `${capital(name)}${ending.reason}`, 'Record', note),
  };
}

/** Work whose Job or Deployment was never made has not begun: there is nothing to be torn down. */
function neverBegun(c: Case, running: Running, status: Status): Status {
  const { name, attempt, uid } = running;
  const made = uid !== undefined || madeFor(c) !== undefined;
  if (name !== 'work' || attempt !== 1 || made) return status;
  const { workspaceUsed: _, ...rest } = status;
  return rest;
}

export const capital = (phase: Phase): string => phase.charAt(0).toUpperCase() + phase.slice(1);

/** What an end means for its phase: whether it is over, and what is counted. */
function consequences(c: Case, status: Status, phase: Phase, reason: string): Status {
  if (reason === 'Succeeded') return withOutcome(status, phase, 'Succeeded');
  if (reason === 'Suspended') return status;
  if (reason === 'DeadlineExceeded') return withOutcome(status, phase, 'DeadlineExceeded');
  // Stopped for the sake of the teardown.
  if (reason === 'Deleted' && c.deleting && phase !== 'teardown') return status;
  if (reason === 'Disrupted' && (status.disruptions?.[phase] ?? 0) < MOST_DISRUPTIONS)
    return renewed(counted(status, 'disruptions', phase), phase);
  const failed = counted(status, 'failures', phase);
  const { retries = 0 } = c.spec[phase] ?? {};
  return (failed.failures?.[phase] ?? 0) > retries
    ? withOutcome(failed, phase, 'Failed')
    : renewed(failed, phase);
}

/** What a setup that failed has left behind is no place to set up in again. */
function renewed(status: Status, phase: Phase): Status {
  if (phase !== 'setup' || status.workspaceUsed) return status;
  const { workspace: _, ...rest } = status;
  return rest;
}

function counted(status: Status, what: 'failures' | 'disruptions', phase: Phase): Status {
  return { ...status, [what]: { ...status[what], [phase]: (status[what]?.[phase] ?? 0) + 1 } };
}

export function withOutcome(status: Status, phase: Phase, outcome: Outcome): Status {
  return { ...status, outcomes: { ...status.outcomes, [phase]: outcome } };
}
