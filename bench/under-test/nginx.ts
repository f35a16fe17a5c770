/** nginx, as the floor that a proxy is compared with and as a provider that answers at once. */
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fillIn } from '../template.ts';
import type { WireTraffic } from '../traffic/wire.ts';
import { WIRES } from '../traffic/wires.ts';
import { accepting, type Started, start } from './process.ts';

const configurations = join(import.meta.dirname, '..', 'nginx');

export interface Floor {
  readonly process: Started;
  /** Ports of the way to the provider that answers with JSON, and to the one that answers with streams. */
  readonly json: number;
  readonly stream: number;
}

/**
 * @param cores as taskset takes them
 * @param providers ports to pass calls on to
 */
export async function startFloor(
  folder: string,
  cores: string,
  providers: { readonly json: number; readonly stream: number },
): Promise<Floor> {
  const json = await freePort();
  const stream = await freePort();
  const values = { json, stream, jsonProvider: providers.json, streamProvider: providers.stream };
  const process = startNginx('floor', folder, cores, values);
  await Promise.all([accepting(json), accepting(stream)]);
  return { process, json, stream };
}

export interface JsonProvider {
  readonly process: Started;
  readonly port: number;
  /** @returns how many calls have been answered since its start */
  calls(): Promise<number>;
}

/** @param name of a folder of its own, because there are several */
export async function startJsonProvider(folder: string, cores: string, name: string): Promise<JsonProvider> {
  const port = await freePort();
  const locations = WIRES.map(locationOf).join('\n');
  const process = startNginx('provider', join(folder, name), cores, { port, locations });
  await accepting(port);
  let asked = 0;
  return {
    process,
    port,
    async calls() {
      asked++;
      const status = await fetch(`http://127.0.0.1:${port}/calls`);
      // The third number of the third line; who asks is counted too.
      const [, , requests] = ((await status.text()).split('\n')[2] ?? '').trim().split(' ');
      return Number(requests) - asked;
    },
  };
}

/** @returns what a provider answers to calls of a wire, with the headers of the real API */
function locationOf({ path, replyHeaders, reply }: WireTraffic): string {
  const headers: string[] = [];
  for (let i = 0; i < replyHeaders.length; i += 2) {
    headers.push(`      add_header ${replyHeaders[i]} ${replyHeaders[i + 1]};`);
  }
  return [
    `    location = ${path} {`,
    '      default_type application/json;',
    ...headers,
    // nginx reads no escapes but \' and \\ between single quotes.
    `      return 200 '${JSON.stringify(reply()).replace(/[\\']/g, '\\$&')}';`,
    '    }',
  ].join('\n');
}

function startNginx(
  configuration: 'floor' | 'provider',
  parent: string,
  cores: string,
  values: Readonly<Record<string, string | number>>,
): Started {
  const folder = join(parent, configuration);
  mkdirSync(folder, { recursive: true });
  const file = fillIn(join(configurations, `${configuration}.conf`), folder, { ...values, folder });
  return start({
    name: `nginx (${configuration})`,
    cores,
    command: ['nginx', '-p', folder, '-c', file, '-e', 'stderr'],
  });
}

/** @returns a port that was free a moment ago */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
