/** As many requests as a server takes, by wrk: one thread, connections kept open, the next request after each reply. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HEADERS } from '../traffic/request.ts';

export interface Saturation {
  readonly port: number;
  readonly cores: string;
  /** File with the body of the request. */
  readonly body: string;
  readonly connections: number;
  readonly seconds: number;
}

/** @returns how many replies came. @throws Error when one was not a success */
export async function saturate({ port, cores, body, connections, seconds }: Saturation): Promise<number> {
  const url = `http://127.0.0.1:${port}/v1/messages`;
  const wrk = [
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '-s',
    join(import.meta.dirname, 'post.lua'),
    url,
  ];
  const args = ['-c', cores, ...wrk, '--', body, ...HEADERS];
  const { stdout } = await promisify(execFile)('taskset', args, { timeout: (seconds + 20) * 1000 });
  const line = stdout.split('\n').find((text) => text.startsWith('{')) ?? '{}';
  const { requests = 0, refused, failed } = JSON.parse(line) as Record<string, number>;
  if (requests === 0 || refused !== 0 || failed !== 0) {
    throw new Error(`of ${requests} calls to port ${port} ${refused} were refused and ${failed} failed`);
  }
  return requests;
}
