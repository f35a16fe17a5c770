/** Processes as /proc has them: a number alone is not one, it may be given anew; with its start time it is. */
import { readdirSync, readFileSync } from 'node:fs';

/** A process, as it is written down to be found, and ended, later. */
export interface Process {
  readonly pid: number;
  /** Clock ticks after the machine's start, field 22 of /proc/<pid>/stat (proc_pid_stat(5)). */
  readonly started: string;
}

/** @returns undefined if there is none, or it has ended */
export function processOf(pid: number): Process | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The second field, the name, may have spaces and brackets in it.
  const [state, ...rest] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  const started = rest[18];
  return started === undefined || state === 'Z' || state === 'X' ? undefined : { pid, started };
}

export function isAlive({ pid, started }: Process): boolean {
  return processOf(pid)?.started === started;
}

/** @returns the process that a parent has started, if there is one */
export function childOf(parent: number): Process | undefined {
  const pid = pids().find((one) => field(one, 'PPid')?.[0] === String(parent));
  return pid === undefined ? undefined : processOf(pid);
}

/** @returns the process that has number `inner` in the process namespace whose first process is `init` */
export function innerProcess(init: number, inner: number): Process | undefined {
  const depth = field(init, 'NSpid')?.length ?? 0;
  const pid = pids().find((one) => {
    const numbers = field(one, 'NSpid');
    return numbers?.length === depth && numbers.at(-1) === String(inner) && hasAncestor(one, init);
  });
  return pid === undefined ? undefined : processOf(pid);
}

function hasAncestor(pid: number, ancestor: number): boolean {
  for (let at = pid; at > 1; at = Number(field(at, 'PPid')?.[0] ?? 0)) if (at === ancestor) return true;
  return false;
}

/** Ends a process at once, if it is still that one. */
export function kill(process_: Process, signal: NodeJS.Signals = 'SIGKILL'): void {
  if (!isAlive(process_)) return;
  try {
    process.kill(process_.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function field(pid: number, name: string): string[] | undefined {
  const line = read(`/proc/${pid}/status`)?.match(new RegExp(`^${name}:\\s*(.*)$`, 'm'))?.[1];
  return line?.split(/\s+/);
}

/** A process may end at any moment, and its files with it. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
