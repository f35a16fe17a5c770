/** What measuring needs from the system: nginx, wrk, taskset. Missing ones are installed, or the run fails. */
import { type ExecFileSyncOptions, execFileSync } from 'node:child_process';

/** Program, and the Debian package it is in. */
const PARTS = { nginx: 'nginx-light', wrk: 'wrk', taskset: 'util-linux' } as const;

/** @throws Error that says what to install when it can't be installed here */
export function installParts(say: (line: string) => void): void {
  const missing = Object.entries(PARTS).filter(([program]) => !isThere(program));
  if (missing.length === 0) return;
  const packages = missing.map(([, name]) => name);
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (!isThere('apt-get') || process.getuid?.() !== 0) {
    throw new Error(`missing: ${missing.map(([program]) => program).join(', ')}. As root: ${command}`);
  }
  say(`installing ${packages.join(', ')} (${command})`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet: ExecFileSyncOptions = { env, stdio: ['ignore', 'ignore', 'inherit'] };
  execFileSync('apt-get', ['update', '-qq'], quiet);
  execFileSync('apt-get', command.split(' ').slice(1), quiet);
  const still = packages.filter((_, i) => !isThere(missing[i]?.[0] ?? ''));
  if (still.length > 0) throw new Error(`installed, but still missing: ${still.join(', ')}`);
}

function isThere(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
