/** As many requests as a server takes, by wrk: one thread, connections kept open, the next request after each reply. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Target } from '../traffic/request.ts';

export interface Saturation {
  readonly target: Target;
  readonly cores: string;
  /** File with the body of the request. */
  readonly body: string;
  readonly connections: number;
  readonly seconds: number;
}

/** @returns how many replies came. @throws Error when one was not a success */
export async function saturate({ target, cores, body, connections, seconds }: Saturation): Promise<number> {
  const { port, path, headers } = target;
  const wrk = [
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    // Slow proxies let calls wait; what is counted are replies.
    '--timeout=20s',
    '-s',
    join(import.meta.dirname, 'post.lua'),
    `http://127.0.0.1:${port}${path}`,
  ];
  const args = ['-c', cores, ...wrk, '--', body, ...headers];
  const { stdout } = await promisify(execFile)('taskset', args, { timeout: (seconds + 20) * 1000 });
  const line = stdout.split('\n').find((text) => text.startsWith('{')) ?? '{}';
  const { requests = 0, refused, failed } = JSON.parse(line) as Record<string, number>;
  if (requests === 0 || refused !== 0 || failed !== 0) {
    throw new Error(`of ${requests} calls to port ${port} ${refused} were refused and ${failed} failed`);
  }
  return requests;
}
