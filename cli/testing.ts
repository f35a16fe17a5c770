/** Runs the command in a process of its own, as a user would. For tests. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HANG_MS } from '../test/support/hang.ts';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Compiled once for all of them. */
export const compiled: string = join(import.meta.dirname, '..', '.cache', 'compiled');

export const entry: string = join(import.meta.dirname, 'tollgate.ts');

/** @returns an empty folder of this test's own */
export function scratch(name: string): string {
  const output = process.env.TOLLGATE_TEST_OUTPUT ?? tmpdir();
  mkdirSync(output, { recursive: true });
  return mkdtempSync(join(output, `${name}-`));
}

/** @param env beside PATH and a home of its own; nothing else of ours is passed on */
export function runCli(
  args: readonly string[],
  env: Record<string, string> = {},
  input = '',
): Promise<Ended> {
  const child = spawn(process.execPath, [entry, ...args], {
    env: { PATH: process.env.PATH, HOME: scratch('home'), XDG_CACHE_HOME: compiled, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // Whoever hangs has failed; no exit code tells it.
    timeout: 2 * HANG_MS,
    killSignal: 'SIGKILL',
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.end(input);
  return new Promise((resolve) => {
    child.on('close', (code) =>
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
  });
}
