/**
 * What is to be done about an AgentRunner: pure, from what the API server has and the time.
 *
 *   seen ──> the first step that has something to say ──> status, then at most one write
 *
 * The status is written before the write that it leads to, and says by name what that makes. So whoever looks next, also
 * after a crash between any two writes, finds either what was made or what is still to be made.
 */
import type { EventText } from '../../adapters/kube/event-record.ts';
import { type Case, caseOf, type Situation, type Step, type Write } from './case.ts';
import { finished, next } from './finish.ts';
import type { Status } from './kinds.ts';
import { boundOf, leaving } from './leave.ts';
import { ended } from './record.ts';
import { running, SUSPENDED } from './run.ts';
import { isGuarded, type Seen } from './seen.ts';
import { stopping } from './stop.ts';
import { statusOf } from './view.ts';

export interface Decision {
  readonly status: Status;
  /** Done once the status stands; undefined while that has to be written first. */
  readonly write: Write | undefined;
  /** When to look again even if nothing changes, in ms since the epoch. */
  readonly wakeAt: number | undefined;
  /** Told once the status has been written. */
  readonly events: readonly EventText[];
}

/** @param now ms since the epoch */
export function decide(seen: Seen, now: number): Decision {
  const c = caseOf(seen, now);
  const step = stepOf(c);
  const { refused } = seen;
  const situation: Situation | undefined =
    refused === undefined || step.write === undefined
      ? step.situation
      : { reason: 'RequestRefused', message: refused.message, stalled: true };
  const times = [step.wakeAt, c.deleting && isGuarded(c.runner) ? boundOf(c) : undefined];
  const wakeAt = Math.min(...times.filter((time) => time !== undefined));
  return {
    status: statusOf(c, step.status ?? c.was, situation),
    write: step.write,
    wakeAt: Number.isFinite(wakeAt) ? wakeAt : undefined,
    events: step.events ?? [],
  };
}

/** From top to bottom; the first that has something to say is what happens. */
const STEPS: readonly ((c: Case) => Step | undefined)[] = [
  (c) => (c.was.finishedAt === undefined || c.deleting ? undefined : finished(c)),
  ended,
  leaving,
  stopping,
  (c) => (c.was.running === undefined ? undefined : running(c)),
  (c) => (c.spec.suspend ? { situation: SUSPENDED } : undefined),
  next,
];

function stepOf(c: Case): Step {
  for (const step of STEPS) {
    const taken = step(c);
    if (taken !== undefined) return taken;
  }
  return {};
}
