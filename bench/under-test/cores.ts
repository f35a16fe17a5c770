/**
 * Who runs where: the proxy that is measured has the last core for itself; load, stand-in providers and this program
 * share the others.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Cores {
  /** As taskset takes them, such as "1" or "0,2-3". */
  readonly proxy: string;
  readonly load: string;
}

/** @throws Error when there is only one */
export function chooseCores(): Cores {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  const cores = expand(list);
  const proxy = cores.pop();
  if (proxy === undefined || cores.length === 0) {
    throw new Error(`measuring needs two cores, one of them for the proxy alone; here is "${list}"`);
  }
  return { proxy: String(proxy), load: cores.join(',') };
}

/** Keeps this process, with all its threads, on these cores. */
export function pinSelf(cores: string): void {
  execFileSync('taskset', ['-acp', cores, String(process.pid)], { stdio: 'ignore' });
}

function expand(list: string): number[] {
  return list.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
