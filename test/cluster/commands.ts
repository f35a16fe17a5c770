/** Running a command to its end, and waiting until something is so. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Given to its standard input; without it that is empty. */
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Killed after this, ms; 60,000 if nothing is said. */
  readonly timeout?: number;
}

/** Runs a command to its end, whatever that is; one that can't be started ends with 127. */
export function attempt(command: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: options.timeout ?? 60_000,
    killSignal: 'SIGKILL',
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A program that ends before it has read everything is judged by how it ends.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  return new Promise((resolve) => {
    const end = (code: number, more = '') =>
      resolve({
        code,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString() + more,
      });
    child.once('error', ({ message }) => end(127, message));
    child.once('close', (code, signal) => end(code ?? 128, signal === null ? '' : `\nended by ${signal}`));
  });
}

/**
 * Runs a command that has to work.
 *
 * @returns what it wrote to its standard output
 * @throws Error with the command and the end of what it said
 */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await attempt(command, options);
  if (code === 0) return stdout;
  throw new Error(`${command.join(' ')}\nended with ${code}: ${tail(stderr.trim() || stdout.trim())}`);
}

/** @returns the last lines of a text */
export function tail(text: string, lines = 15): string {
  return text.split('\n').slice(-lines).join('\n');
}

/**
 * Waits until something is so.
 *
 * @param what  said in the error, such as "the node is Ready"
 * @param question  asked again and again, with `every` ms between; its errors end the wait at once
 * @throws Error after `timeout` ms
 */
export async function until(
  what: string | (() => string),
  question: () => boolean | Promise<boolean>,
  { timeout = 150_000, every = 50 } = {},
): Promise<void> {
  for (const deadline = performance.now() + timeout; !(await question()); await sleep(every)) {
    if (performance.now() <= deadline) continue;
    throw new Error(`not so after ${timeout / 1000} s: ${typeof what === 'string' ? what : what()}`);
  }
}
