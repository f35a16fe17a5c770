/** What comes when nothing runs: the next phase, or the end, and what is left of a task after that. */
import { begin, summary } from './begin.ts';
import {
  type Case,
  event,
  isTask,
  owesTeardown,
  type Situation,
  type Step,
  timeOf,
  workspaceOf,
} from './case.ts';
import type { End, Phase, Status } from './kinds.ts';
import { isGoing, isGuarded, isOwn } from './seen.ts';
import { alone } from './stop.ts';

/** Control writes what was spent, and whether the last call was refused, at most every ten seconds. */
const SPEND_MS = 15_000;

export function next(c: Case): Step {
  const phase = due(c);
  return phase === undefined ? finish(c) : begin(c, phase);
}

/** @returns the phase that comes next; undefined when none does */
export function due(c: Case): Phase | undefined {
  const { spec, was } = c;
  const { setup, work } = was.outcomes ?? {};
  if (!was.workspaceUsed) {
    if (spec.setup !== undefined && setup === undefined) return 'setup';
    return setup === undefined || setup === 'Succeeded' ? 'work' : undefined;
  }
  if (work === undefined) return 'work';
  return owesTeardown(c) ? 'teardown' : undefined;
}

/** A task is over; a service gets here only when its setup failed, which is no end: it may be looked at, and deleted. */
function finish(c: Case): Step {
  const stray = alone(c);
  if (stray !== undefined) return stray;
  const { was, now } = c;
  const { setup = '', work } = was.outcomes ?? {};
  const ended = lastOf(was, 'work');
  if (work !== undefined && ended?.finishedAt !== undefined) {
    const until = Date.parse(ended.finishedAt) + SPEND_MS;
    const told = Date.parse(c.runner.status?.spend?.at ?? '');
    if (now < until && !(told > Date.parse(ended.finishedAt))) {
      const message = `work has ended: ${summary(ended)}; its last model calls are being accounted for`;
      return { situation: { reason: 'Settling', message }, wakeAt: until };
    }
  }
  if (!isTask(c)) {
    const message = `setup failed: ${why(was, 'setup', setup)}; delete the AgentRunner and create it again`;
    return { situation: { reason: 'SetupFailed', message, stalled: true } };
  }
  const end = theEnd(c);
  const status: Status = { ...was, phase: end.phase, finishedAt: timeOf(now) };
  const type = end.phase === 'Succeeded' ? 'Normal' : 'Warning';
  return {
    status,
    situation: end.situation,
    events: event(type, end.situation.reason, 'Finish', end.situation.message),
  };
}

type Final = Extract<Status['phase'], 'Succeeded' | 'Failed' | 'Refused'>;

/** How a task ended. */
function theEnd({ runner, was }: Case): { readonly phase: Final; readonly situation: Situation } {
  const { setup, work, teardown } = was.outcomes ?? {};
  const refusal = runner.status?.spend?.lastRefusal;
  const failed = (reason: string, message: string) => ({
    phase: 'Failed' as const,
    situation: { reason, message },
  });
  const more =
    teardown === undefined || teardown === 'Succeeded'
      ? ''
      : `; teardown failed: ${why(was, 'teardown', teardown)}`;
  if (setup === 'DeadlineExceeded' || work === 'DeadlineExceeded')
    return failed('DeadlineExceeded', `it took longer than its deadlineSeconds, and was stopped${more}`);
  if (setup !== undefined && setup !== 'Succeeded')
    return failed('SetupFailed', `setup failed: ${why(was, 'setup', setup)}`);
  if (refusal) {
    const message = `its last model call was refused: ${refusal}; work ended: ${why(was, 'work', work ?? '')}${more}`;
    return { phase: 'Refused', situation: { reason: 'Refused', message } };
  }
  if (work === 'WorkspaceLost')
    return failed('WorkspaceLost', `its workspace ${was.workspace} was deleted, not by Tollgate`);
  if (work !== 'Succeeded')
    return failed('WorkFailed', `work failed: ${why(was, 'work', work ?? '')}${more}`);
  if (more !== '') return failed('TeardownFailed', `work succeeded${more}`);
  return { phase: 'Succeeded', situation: { reason: 'Succeeded', message: 'work succeeded' } };
}

function lastOf(was: Status, phase: Phase): End | undefined {
  return was.phases?.findLast(({ name }) => name === phase);
}

function why(was: Status, phase: Phase, outcome: string): string {
  const last = lastOf(was, phase);
  return last === undefined || outcome === 'WorkspaceLost' || outcome === 'Abandoned'
    ? outcome
    : summary(last);
}

/** A task that has ended: nothing waits for a teardown any longer, and one day the AgentRunner goes. */
export function finished(c: Case): Step {
  const { now, runner, spec, was } = c;
  const stray = alone(c);
  if (stray?.write !== undefined) return { write: stray.write };
  const claim = workspaceOf(c);
  if (claim !== undefined && claim !== 'foreign' && !isGoing(claim) && !isOwn(claim, runner))
    return { write: { do: 'ownClaim', claim, owned: true } };
  if (isGuarded(runner)) return { write: { do: 'guard', on: false } };
  if (spec.ttlSecondsAfterFinished === undefined) return {};
  const until = Date.parse(was.finishedAt ?? '') + spec.ttlSecondsAfterFinished * 1000;
  return now < until ? { wakeAt: until } : { write: { do: 'deleteRunner' } };
}
