/** A try that has to end before its time: the reason is written down, then it is deleted, then waited for. */
import {
  type Case,
  deadlineOf,
  event,
  isServiceWork,
  madeFor,
  runningJob,
  type Situation,
  type Step,
  timeOf,
} from './case.ts';
import type { Job, Running } from './kinds.ts';
import { MOST_MS, obstacleOf } from './obstacle.ts';
import { record } from './record.ts';
import { endOf, isGoing, isOver, isOwn } from './seen.ts';

/** Refused pods are often those of others than the runner's author: policies, quotas, an admission that is away. */
const MOST_DENIED_MS = 6 * MOST_MS;

interface Stop {
  readonly why: NonNullable<Running['stopping']>;
  readonly message?: string;
}

/** Whatever runs has to make way, or be waited for. */
export function stopping(c: Case): Step | undefined {
  const { running } = c.was;
  if (running === undefined) return undefined;
  if (running.stopping === undefined) {
    const stop = wanted(c, running);
    return stop === undefined ? undefined : intend(c, running, stop);
  }
  const situation = stoppingSituation(running);
  if (isServiceWork(c)) {
    const { deployment } = c.seen;
    if (deployment === undefined || isGoing(deployment) || !isOwn(deployment, c.runner)) return { situation };
    return { situation, write: { do: 'deleteDeployment', deployment } };
  }
  const job = runningJob(c);
  if (job === undefined || job === 'foreign')
    return record(c, running, { reason: running.stopping, finishedAt: timeOf(c.now) });
  return isGoing(job) ? { situation } : { situation, write: { do: 'deleteJob', job } };
}

function intend(c: Case, running: Running, { why, message }: Stop): Step {
  const text = message === undefined ? {} : { message };
  const made = madeFor(c);
  const uid = made === undefined ? {} : { uid: made.metadata.uid };
  const status = { ...c.was, running: { ...running, ...uid, stopping: why, ...text } };
  const note = `${running.name} (try ${running.attempt}) is stopped: ${message ?? REASONS[why]}`;
  return { status, events: event('Normal', 'Stopping', 'Stop', note) };
}

const REASONS: Readonly<Record<Stop['why'], string>> = {
  Suspended: 'it is suspended',
  DeadlineExceeded: 'its deadline is over',
  NotStarted: 'it could not start',
  Deleted: 'it is being deleted',
};

function stoppingSituation({ name, stopping = 'Deleted' }: Running): Situation {
  return { reason: 'Stopping', message: `${name} is stopped, and its pod waited for: ${REASONS[stopping]}` };
}

function wanted(c: Case, { name }: Running): Stop | undefined {
  if (c.deleting) return name === 'teardown' ? tooLong(c) : { why: 'Deleted' };
  // A service that is suspended is a Deployment without a pod.
  if (isServiceWork(c)) return undefined;
  if (c.spec.suspend) return { why: 'Suspended' };
  const deadline = deadlineOf(c);
  if (name !== 'teardown' && deadline !== undefined && c.now >= deadline) return { why: 'DeadlineExceeded' };
  return tooLong(c);
}

/** What does not start is given up, so that the next try, or the end, comes. */
function tooLong({ seen, now }: Case): Stop | undefined {
  for (const pod of seen.pods.filter((one) => !isOver(one))) {
    const obstacle = obstacleOf(pod);
    const since = Date.parse(pod.metadata.creationTimestamp ?? '');
    if (obstacle?.mostMs !== undefined && now >= since + obstacle.mostMs)
      return { why: 'NotStarted', message: obstacle.message };
  }
  const made = Date.parse(seen.job?.metadata.creationTimestamp ?? '');
  if (seen.denied !== undefined && now >= made + MOST_DENIED_MS)
    return { why: 'NotStarted', message: `its pod is not let in: ${seen.denied}` };
  return undefined;
}

/** Whatever else of the runner is there ends first: at most one pod runs at a time. */
export function alone(c: Case): Step | undefined {
  const { seen, runner, was } = c;
  const current = was.running?.job;
  const others = seen.jobs.filter(({ metadata }) => metadata.name !== current || isServiceWork(c));
  const left = others.find((job) => endOf(job) === undefined && !isGoing(job));
  if (left !== undefined)
    return { situation: waiting(left.metadata.name), write: { do: 'deleteJob', job: left } };
  const { deployment } = seen;
  if (deployment !== undefined && !isServiceWork(c) && isOwn(deployment, runner)) {
    const situation = waiting(deployment.metadata.name);
    return isGoing(deployment) ? { situation } : { situation, write: { do: 'deleteDeployment', deployment } };
  }
  const going = others.find((job) => endOf(job) === undefined);
  if (going !== undefined) return { situation: waiting(going.metadata.name) };
  const pod = seen.pods.find((one) => !isOver(one) && !isOfCurrent(c, one.metadata.ownerReferences));
  return pod === undefined ? undefined : { situation: waiting(pod.metadata.name) };
}

function isOfCurrent(c: Case, owners: Job['metadata']['ownerReferences']): boolean {
  if (isServiceWork(c)) return owners?.some(({ kind }) => kind === 'ReplicaSet') ?? false;
  const job = runningJob(c);
  return (
    job !== undefined && job !== 'foreign' && (owners?.some(({ uid }) => uid === job.metadata.uid) ?? false)
  );
}

export function waiting(name: string): Situation {
  return { reason: 'Stopping', message: `waits until ${name} has ended: one pod runs at a time` };
}
