/** A process and all that descend from it, as one: some proxies fork. What they use is read from /proc. */
import { readdirSync, readFileSync } from 'node:fs';
import { cpuSeconds, residentMb, wantedSeconds } from './process.ts';

/** @returns the process and its descendants that live now */
export function familyOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = alive(() => parentIn(readFileSync(`/proc/${name}/stat`, 'latin1')));
    if (parent !== undefined) parents.set(Number(name), parent);
  }
  return descendants(pid, parents);
}

/** @param parents process id to that of its parent. @returns `pid` and all below it */
export function descendants(pid: number, parents: ReadonlyMap<number, number>): number[] {
  const family = [pid];
  // Grows while it is walked.
  for (const member of family) {
    for (const [child, parent] of parents) if (parent === member) family.push(child);
  }
  return family;
}

/** @param stat text of /proc/PID/stat; the name in it may have blanks and parentheses. See proc_pid_stat(5) */
export function parentIn(stat: string): number {
  const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(parent);
}

/**
 * Begins to count.
 * @returns a function that says how much CPU time the family has used since, in all threads, seconds. What a process
 *   used that has ended by then is not in it.
 */
export function countCpu(pid: number): () => number {
  return counting(pid, cpuSeconds);
}

function counting(pid: number, secondsOf: (pid: number) => number): () => number {
  const read = () => new Map(familyOf(pid).map((member) => [member, alive(() => secondsOf(member)) ?? 0]));
  const before = read();
  return () => {
    let sum = 0;
    for (const [member, seconds] of read()) sum += seconds - (before.get(member) ?? 0);
    return sum;
  };
}

const QUIET_MS = 50;

/**
 * Resolves when the family has hardly wanted its core for a tenth of a second: calls that were broken off are at their
 * end, and what is done after a reply is done.
 * @param patienceMs after which it is not waited for any longer
 */
export async function settled(pid: number, patienceMs = 5_000): Promise<void> {
  const until = performance.now() + patienceMs;
  for (let quiet = 0; quiet < 2 && performance.now() < until; ) {
    const wanted = counting(pid, wantedSeconds);
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    quiet = wanted() * 1000 < QUIET_MS / 10 ? quiet + 1 : 0;
  }
}

/** @returns memory that is resident in all its processes, MB (10^6 bytes); what they share counts for each */
export function familyResidentMb(pid: number): number {
  return familyOf(pid).reduce((sum, member) => sum + (alive(() => residentMb(member)) ?? 0), 0);
}

/** @returns undefined when the process has ended meanwhile */
function alive<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
