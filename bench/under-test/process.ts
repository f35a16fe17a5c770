/** Processes that this program starts, pinned to cores; what they use, read from /proc; and their end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

export interface Started {
  readonly name: string;
  readonly pid: number;
  readonly child: ChildProcess;
  /** Resolves with its exit code, -1 after a signal. */
  readonly ended: Promise<number>;
}

export interface StartOptions {
  readonly name: string;
  readonly cores: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where it runs; where this program does. */
  readonly folder?: string;
  /** File for what it prints; else its errors stand between ours, and what it says is for firstLine(). */
  readonly log?: string;
}

const running = new Set<Started>();

/** taskset becomes the command, so that the process id is the command's own. */
export function start({ name, cores, command, env, folder, log }: StartOptions): Started {
  const output = log === undefined ? undefined : openSync(log, 'a');
  const child = spawn('taskset', ['-c', cores, ...command], {
    stdio: ['ignore', output ?? 'pipe', output ?? 'inherit'],
    env: { PATH: process.env.PATH, ...env },
    cwd: folder,
  });
  if (output !== undefined) closeSync(output);
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? -1));
  });
  const started: Started = { name, pid: child.pid ?? 0, child, ended };
  running.add(started);
  const forget = () => running.delete(started);
  ended.then(forget, forget);
  return started;
}

/** @returns the first line it prints that begins so: Node itself may print others, when flags ask for it */
export async function firstLine({ name, child, ended }: Started, begin = ''): Promise<string> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const line = new Promise<string>((resolve) => {
    lines.on('line', (text) => {
      if (text.startsWith(begin)) resolve(text);
    });
  });
  const early = ended.then((code) => {
    throw new Error(`${name} ended with code ${code} before it was ready`);
  });
  return Promise.race([line, early]);
}

/** Asks it to end, and after `patienceMs` no longer asks. @returns its exit code */
export async function stop({ child, ended }: Started, patienceMs = 30_000): Promise<number> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  const code = await ended;
  clearTimeout(timer);
  return code;
}

/** For the end of this program, however it ends. */
export function killAll(): void {
  for (const { child } of running) child.kill('SIGKILL');
}

/** @returns CPU time that the process has used in all its threads, seconds */
export function cpuSeconds(pid: number): number {
  return schedSeconds(pid, 1);
}

/** @returns the same, and how long they were ready to run and others had their core, seconds */
export function wantedSeconds(pid: number): number {
  return schedSeconds(pid, 2);
}

/** @param fields of schedstat to add up: time on a core, and time spent waiting for one, ns */
function schedSeconds(pid: number, fields: 1 | 2): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [used, waited] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ');
    nanoseconds += Number(used) + (fields === 2 ? Number(waited) : 0);
  }
  return nanoseconds / 1e9;
}

/** @returns how long its first thread was ready to run and another had the core, seconds */
export function waitedSeconds(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ')[1]) / 1e9;
}

/** @returns memory that is resident now, MB (10^6 bytes, and so the stricter reading of a bar) */
export function residentMb(pid: number): number {
  const kib = /^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return (Number(kib) * 1024) / 1e6;
}

/**
 * Resolves when something accepts connections.
 * @param process that does it
 * @throws Error after `patienceMs`, or when the process has ended
 */
export async function accepting(port: number, patienceMs = 10_000, process?: Started): Promise<void> {
  const until = performance.now() + patienceMs;
  while (!(await tryConnect(port))) {
    if (process !== undefined && process.child.exitCode !== null) {
      throw new Error(`${process.name} ended with code ${process.child.exitCode} before it was ready`);
    }
    if (performance.now() > until) throw new Error(`nothing listens on port ${port} after ${patienceMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function tryConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
