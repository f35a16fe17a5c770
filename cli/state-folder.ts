/** Where the state of this machine is kept. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface StateOptions {
  readonly state?: string;
  readonly rehearsal?: boolean;
}

/** Word for word what has to be added to a command so that it looks at the same folder; empty where nothing has to. */
export function stateFlags({ state, rehearsal }: StateOptions): string {
  const named = state === undefined ? [] : ['--state', quoted(state)];
  return [...(rehearsal === true ? ['--rehearsal'] : []), ...named].map((word) => ` ${word}`).join('');
}

/** As a shell wants it. */
function quoted(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * --state, else TOLLGATE_STATE, else the XDG state folder. Rehearsals have a folder of their own in each of them: nothing
 * is really spent there, so nothing of it may count against real budgets.
 */
export function stateFolder({ state, rehearsal }: StateOptions, env = process.env): string {
  const base =
    state ?? env.TOLLGATE_STATE ?? join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'tollgate');
  return rehearsal === true ? join(base, 'rehearsal') : base;
}
