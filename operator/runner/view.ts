/** A runner's status for people: its phase, and the conditions Ready, Stalled and Finished. */
import { type Case, isTask, type Situation, timeOf } from './case.ts';
import { due } from './finish.ts';
import type { Condition, Status } from './kinds.ts';
import { capital } from './record.ts';

/** @param situation undefined: the conditions say it already */
export function statusOf(c: Case, next: Status, situation: Situation | undefined): Status {
  const { generation = 0, uid } = c.runner.metadata;
  const status = { ...next, observedGeneration: generation, session: uid, phase: phaseOf(c, next) };
  const said = situation ?? (next.conditions === undefined ? FIRST : undefined);
  return said === undefined ? status : { ...status, conditions: conditionsOf(c, status, said) };
}

const FIRST: Situation = { reason: 'Starting', message: 'it begins' };

function phaseOf(c: Case, status: Status): NonNullable<Status['phase']> {
  if (status.finishedAt !== undefined) return status.phase ?? 'Failed';
  if (c.spec.suspend && !c.deleting) return 'Suspended';
  if (status.running !== undefined) return capital(status.running.name) as 'Setup' | 'Work' | 'Teardown';
  const phase = due({ ...c, was: status });
  if (phase === undefined) return c.deleting || isTask(c) ? (status.phase ?? 'Pending') : 'Failed';
  return status.startedAt === undefined ? 'Pending' : (capital(phase) as 'Setup' | 'Work' | 'Teardown');
}

interface Row {
  readonly type: string;
  readonly holds: boolean;
  readonly reason: string;
  readonly message: string;
}

const NO = { holds: false, reason: 'No', message: '' };

function conditionsOf(c: Case, status: Status, said: Situation): Condition[] {
  const { reason, message, ready = false, stalled = false } = said;
  const finished = status.finishedAt !== undefined;
  const rows: readonly Row[] = [
    { type: 'Ready', holds: ready, reason, message },
    stalled ? { type: 'Stalled', holds: true, reason, message } : { ...NO, type: 'Stalled' },
    finished ? { type: 'Finished', holds: true, reason, message } : { ...NO, type: 'Finished' },
  ];
  const fitting = rows.filter(({ type }) => type !== 'Finished' || isTask(c));
  return fitting.map(({ type, holds, ...why }) => {
    const before = c.was.conditions?.find((one) => one.type === type);
    const is = holds ? 'True' : 'False';
    const since = before?.status === is ? before.lastTransitionTime : timeOf(c.now);
    return {
      type,
      status: is,
      ...why,
      observedGeneration: c.runner.metadata.generation ?? 0,
      lastTransitionTime: since,
    };
  });
}
