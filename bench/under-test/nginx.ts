/** nginx, as the floor that a proxy is compared with and as a provider that answers at once. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { messageText } from '../traffic/reply.ts';
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
  // nginx reads no escapes but \' and \\ between single quotes.
  const reply = messageText().replace(/[\\']/g, '\\$&');
  const process = startNginx('provider', join(folder, name), cores, { port, reply });
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

function startNginx(
  configuration: 'floor' | 'provider',
  parent: string,
  cores: string,
  values: Readonly<Record<string, string | number>>,
): Started {
  const folder = join(parent, configuration);
  mkdirSync(folder, { recursive: true });
  const template = readFileSync(join(configurations, `${configuration}.conf`), 'utf8');
  const text = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = name === 'folder' ? folder : values[name];
    if (value === undefined) throw new Error(`${configuration}.conf names {${name}}, which nobody knows`);
    return String(value);
  });
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, text);
  return start({
    name: `nginx (${configuration})`,
    cores,
    command: ['nginx', '-p', folder, '-c', file, '-e', 'stderr'],
  });
}

/** @returns a port that was free a moment ago */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
