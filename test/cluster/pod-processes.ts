/** Programs of pods as the machine sees them: the way to stop one that no API server takes part in. */
import { readdirSync, readFileSync } from 'node:fs';

/**
 * @param uid  of the pod, which stands in the names of its control groups
 * @param word  that stands in the command line
 * @throws Error when there is none
 */
export function signalPod(uid: string, word: string, signal: NodeJS.Signals): void {
  const found = readdirSync('/proc').filter(
    (pid) =>
      /^\d+$/.test(pid) &&
      read(`/proc/${pid}/cgroup`).includes(`pod${uid}`) &&
      read(`/proc/${pid}/cmdline`).includes(word),
  );
  if (found.length === 0) throw new Error(`no program of pod ${uid} has ${word} in its command line`);
  for (const pid of found) process.kill(Number(pid), signal);
}

/** A process may end at any moment, and its files with it. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
