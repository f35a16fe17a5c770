/** Where the state of this machine is kept. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface StateOptions {
  readonly state?: string;
  readonly rehearsal?: boolean;
}

/**
 * --state, else TOLLGATE_STATE, else the XDG state folder. Rehearsals have a folder of their own: nothing is really
 * spent there, so nothing of it may count against real budgets.
 */
export function stateFolder({ state, rehearsal }: StateOptions, env = process.env): string {
  const base =
    state ?? env.TOLLGATE_STATE ?? join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'tollgate');
  return rehearsal === true && state === undefined ? join(base, 'rehearsal') : base;
}
