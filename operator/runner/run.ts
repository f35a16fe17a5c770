/** A try that runs: its Job or Deployment is made, and watched. */
import { closed, guard, taken } from './begin.ts';
import {
  type Case,
  deadlineOf,
  isServiceWork,
  runningJob,
  type Situation,
  type Step,
  workspaceOf,
} from './case.ts';
import type { Pod, Running } from './kinds.ts';
import { TEMPLATE_HASH } from './kinds.ts';
import { isReady, isStarted, type Obstacle, obstacleOf, PATIENCE_MS } from './obstacle.ts';
import { isGoing, isOver, isOwn } from './seen.ts';
import { alone, waiting } from './stop.ts';
import { deployment } from './template.ts';

/** A pod that nobody makes within that time is not merely late. */
export const POD_MS = 10_000;
const LOOK_MS = 30_000;

export function running(c: Case): Step {
  const { running: now } = c.was;
  if (now === undefined) return {};
  const guarded = now.name === 'work' ? guard(c, 'work') : undefined;
  if (guarded !== undefined) return guarded;
  return isServiceWork(c) ? serving(c) : trying(c, now);
}

function trying(c: Case, running: Running): Step {
  const job = runningJob(c);
  if (job === 'foreign') return { situation: taken('Job', running.job), wakeAt: c.now + LOOK_MS };
  if (job === undefined) {
    const first = closed(c) ?? alone(c);
    if (first !== undefined) return first;
    // Only a setup's is not yet filled with anything.
    if (running.name === 'setup' && c.seen.claim === undefined)
      return { write: { do: 'createClaim', name: c.was.workspace ?? '' } };
    return { write: { do: 'createJob', running, seconds: secondsFor(c, running) } };
  }
  if (running.uid === undefined)
    return { status: { ...c.was, running: { ...running, uid: job.metadata.uid } } };
  const stray = alone(c);
  if (stray?.write !== undefined) return stray;
  const pod = c.seen.pods.find(
    (one) => !isOver(one) && one.metadata.ownerReferences?.some(({ uid }) => uid === job.metadata.uid),
  );
  return watched(c, pod, running.name, Date.parse(job.metadata.creationTimestamp ?? ''));
}

/** @returns how long its Job may take: its own time, or what is left of that for all */
function secondsFor(c: Case, { name }: Running): number | undefined {
  const deadline = deadlineOf(c);
  const left = deadline === undefined || name === 'teardown' ? undefined : (deadline - c.now) / 1000;
  const { timeoutSeconds } = c.spec[name] ?? {};
  const bounds = [timeoutSeconds, left].filter((bound) => bound !== undefined);
  return bounds.length === 0 ? undefined : Math.min(...bounds);
}

function serving(c: Case): Step {
  const { seen, runner, spec, was } = c;
  const there = seen.deployment;
  if (there !== undefined && !isOwn(there, runner))
    return { situation: taken('Deployment', there.metadata.name), wakeAt: c.now + LOOK_MS };
  const stray = alone(c);
  if (stray !== undefined) return stray;
  const claim = workspaceOf(c);
  if (claim === undefined || claim === 'foreign' || isGoing(claim)) {
    const message = `its workspace ${was.workspace} was deleted, not by Tollgate; delete the AgentRunner and create it again`;
    return { situation: { reason: 'WorkspaceLost', message, stalled: true } };
  }
  const left = seen.pods.find((one) => !isOver(one));
  // Somebody has deleted it; its pod is on its way out.
  if (there !== undefined && isGoing(there)) return { situation: waiting(there.metadata.name) };
  if (there === undefined && left !== undefined) return { situation: waiting(left.metadata.name) };
  const replicas = spec.suspend ? 0 : 1;
  const wanted = deployment(runner, was.workspace ?? '', replicas);
  const hash = wanted.metadata.annotations?.[TEMPLATE_HASH];
  if (there?.metadata.annotations?.[TEMPLATE_HASH] !== hash || there?.spec?.replicas !== replicas)
    return closed(c) ?? { write: { do: 'applyDeployment', replicas } };
  if (was.running !== undefined && was.running.uid !== there.metadata.uid)
    return { status: { ...was, running: { ...was.running, uid: there.metadata.uid } } };
  const pod = seen.pods.find((one) => !isOver(one));
  const loose = seen.pods.find(
    (one) => !isOver(one) && !isGoing(one) && obstacleOf(one)?.reason === 'Ungoverned',
  );
  if (loose !== undefined)
    return { situation: denied('it has no sidecar'), write: { do: 'deletePod', pod: loose } };
  if (spec.suspend)
    return {
      situation:
        pod === undefined
          ? SUSPENDED
          : { reason: 'Stopping', message: 'its pod is stopped: it is suspended' },
    };
  const refused = there.status?.conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  );
  if (pod === undefined && refused !== undefined) return { situation: denied(refused.message ?? '') };
  return watched(c, pod, 'work', Date.parse(there.metadata.creationTimestamp ?? ''));
}

export const SUSPENDED: Situation = {
  reason: 'Suspended',
  message: 'it is suspended: set spec.suspend to false, and the phase that ran begins anew',
};

function denied(why: string): Situation {
  return { reason: 'PodRefused', message: `its pod is not let in: ${why}`, stalled: true };
}

function watched(c: Case, pod: Pod | undefined, phase: string, since: number): Step {
  const deadline = deadlineOf(c);
  const due = phase === 'teardown' || deadline === undefined ? [] : [deadline];
  if (pod === undefined) {
    const why = c.seen.denied;
    const situation =
      why === undefined ? { reason: 'Starting', message: `${phase} waits for its pod` } : denied(why);
    return { situation, wakeAt: Math.min(...due, Math.max(since + POD_MS, c.now + (why ? LOOK_MS : 1000))) };
  }
  const obstacle = obstacleOf(pod);
  if (obstacle !== undefined) return blocked(c, pod, obstacle, due);
  const situation = situationOf(c, pod, phase);
  return due.length === 0 ? { situation } : { situation, wakeAt: Math.min(...due) };
}

function blocked(c: Case, pod: Pod, { reason, message, mostMs }: Obstacle, due: readonly number[]): Step {
  const since = Date.parse(pod.metadata.creationTimestamp ?? '');
  const stalled = c.now >= since + PATIENCE_MS;
  const situation = { reason, message, ...(stalled ? { stalled } : {}) };
  const times = [
    ...due,
    ...(stalled ? [] : [since + PATIENCE_MS]),
    ...(mostMs === undefined ? [] : [since + mostMs]),
  ];
  return times.length === 0 ? { situation } : { situation, wakeAt: Math.min(...times) };
}

function situationOf({ spec, was, seen }: Case, pod: Pod, phase: string): Situation {
  if (isGoing(pod)) return { reason: 'Stopping', message: `its pod ${pod.metadata.name} is ending` };
  const attempt = was.running?.attempt ?? 1;
  const which = attempt > 1 ? `${phase} (try ${attempt})` : phase;
  const up = spec.mode === 'service' && phase === 'work' ? isReady(pod) : isStarted(pod);
  if (!up) return { reason: 'Starting', message: `${which} is starting` };
  if (spec.kill)
    return { reason: 'Killed', message: `${which} runs, but no call of it is made: ${spec.kill}` };
  if (seen.widened !== undefined) {
    const message = `${which} runs, but no call of it is made, as its network is wider than its fence: ${seen.widened}`;
    return { reason: 'EgressWidened', message };
  }
  return { reason: 'Running', message: `${which} runs`, ready: true };
}
