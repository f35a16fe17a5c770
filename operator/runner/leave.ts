/**
 * An AgentRunner that is being deleted.
 *
 *   what runs is stopped ── work had begun? ── teardown, once, within its time ── workspace ── finalizer
 *
 * Without the finalizer there is nothing to do: what is owned goes with it.
 */
import { begin } from './begin.ts';
import { type Case, event, owesTeardown, type Situation, type Step, workspaceOf } from './case.ts';
import { withOutcome } from './record.ts';
import { isGoing, isGuarded, isOwn } from './seen.ts';

/** Beside the time that teardown itself may take: for what runs to stop, and for pods to start. */
const GRACE_MS = 600_000;

/** @returns until when a deletion waits for teardown, in ms since the epoch */
export function boundOf({ runner, spec }: Case): number {
  const { timeoutSeconds = 0, retries = 0 } = spec.teardown ?? {};
  return (
    Date.parse(runner.metadata.deletionTimestamp ?? '') + timeoutSeconds * (retries + 1) * 1000 + GRACE_MS
  );
}

/** @param c nothing runs but a teardown, or its time is over */
export function leaving(c: Case): Step | undefined {
  if (!c.deleting) return undefined;
  if (!isGuarded(c.runner)) return { situation: LEAVING };
  // Who orphans what belongs to it wants it to go on without us.
  if (c.runner.metadata.finalizers?.includes('orphan')) return release();
  if (c.was.workspaceUsed !== true || !owesTeardown(c)) return clear(c);
  const why = impossible(c);
  if (why !== undefined) return abandon(c, why);
  // What runs is stopped, or is the teardown itself.
  return c.was.running === undefined ? begin(c, 'teardown') : undefined;
}

/** @returns why no teardown can run any more */
function impossible(c: Case): string | undefined {
  if (c.now >= boundOf(c)) return 'its time is over';
  if (c.seen.refused?.terminating) return 'its namespace is being deleted, and nothing can be made there';
  if (c.was.running !== undefined) return undefined;
  const claim = workspaceOf(c);
  return claim === undefined || claim === 'foreign' || isGoing(claim) ? 'its workspace is gone' : undefined;
}

function abandon(c: Case, why: string): Step {
  const { running: _, ...rest } = c.was;
  const note = `teardown is given up, since ${why}; what work left is lost`;
  return {
    status: withOutcome(rest, 'teardown', 'Abandoned'),
    events: event('Warning', 'TeardownAbandoned', 'Delete', note),
  };
}

/** A workspace that has no owner does not go by itself. */
function clear(c: Case): Step {
  const claim = workspaceOf(c);
  if (claim !== undefined && claim !== 'foreign' && !isGoing(claim) && !isOwn(claim, c.runner))
    return { situation: LEAVING, write: { do: 'deleteClaim', claim } };
  return release();
}

function release(): Step {
  return { situation: LEAVING, write: { do: 'guard', on: false } };
}

const LEAVING: Situation = { reason: 'Deleting', message: 'it is being deleted' };
