/** Pods for tests of the cluster. */

import type { Cluster } from './cluster.ts';
import { until } from './commands.ts';
import { IMAGES } from './images.ts';

export interface PodSpec {
  readonly containers?: readonly object[];
  readonly [field: string]: unknown;
}

/** A pod of the namespace `default` that ends when its containers do, and is removed without waiting. */
export function pod(name: string, spec: PodSpec, labels: Readonly<Record<string, string>> = {}): object {
  const common = { restartPolicy: 'Never', terminationGracePeriodSeconds: 0 };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name, ...labels } },
    spec: { ...common, ...spec },
  };
}

/** A container with a shell, which runs a script. */
export function shell(name: string, script: string, more: object = {}): object {
  return { name, image: IMAGES.busybox, command: ['sh', '-ec', script], ...more };
}

/** A container that runs JavaScript. */
export function node(name: string, script: string, more: object = {}): object {
  return { name, image: IMAGES.node, args: ['-e', script], ...more };
}

interface Pod {
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** Runs a pod to its end. @returns what its containers wrote. @throws Error with that when it fails */
export async function finish(cluster: Cluster, name: string, spec: PodSpec): Promise<string> {
  await cluster.apply(pod(name, spec));
  let phase = '';
  await until(`pod ${name} has ended`, async () => {
    ({ phase } = (await cluster.get<Pod>(['pod', name])).status);
    return phase === 'Succeeded' || phase === 'Failed';
  });
  const output = await cluster.kubectl(['logs', name, '--all-containers']);
  if (phase === 'Failed') throw new Error(`pod ${name} failed: ${output}`);
  return output.trim();
}

/** Waits until a pod is Ready. @returns its address */
export async function ready(cluster: Cluster, name: string): Promise<string> {
  let address = '';
  await until(`pod ${name} is Ready`, async () => {
    const { conditions = [], podIP = '' } = (await cluster.get<Pod>(['pod', name])).status;
    address = podIP;
    return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  });
  return address;
}

/** How a pod's attempt to open a TCP connection ended. */
export type Reached = 'open' | 'ECONNREFUSED' | 'EHOSTUNREACH' | 'timeout' | string;

/** Has a running pod with `node` open connections. @param targets  name: host:port */
export async function reach<Name extends string>(
  cluster: Cluster,
  from: string,
  targets: Readonly<Record<Name, string>>,
): Promise<Record<Name, Reached>> {
  const script = `
    const tries = Object.entries(JSON.parse(process.argv[1])).map(([name, target]) => new Promise((resolve) => {
      const [host, port] = target.split(':');
      const end = (how) => { socket.destroy(); resolve([name, how]); };
      const socket = require('node:net').connect({ host, port: Number(port) }, () => end('open'));
      socket.setTimeout(3000, () => end('timeout'));
      socket.on('error', ({ code }) => end(code));
    }));
    Promise.all(tries).then((ends) => console.log(JSON.stringify(Object.fromEntries(ends))));`;
  const command = ['node', '-e', script, JSON.stringify(targets)];
  return JSON.parse(await cluster.kubectl(['exec', from, '--', ...command])) as Record<Name, Reached>;
}

/**
 * A script for Node that asks stores in the words of their protocols, and writes a line for each: PING, and `ismaster`
 * as an OP_QUERY, which every MongoDB answers.
 *
 * @param targets  host:port
 */
export function askStores(targets: {
  readonly redis: readonly string[];
  readonly mongo: readonly string[];
}): string {
  return `
  const targets = ${JSON.stringify(targets)};
  const net = require('node:net');
  const ask = (target, bytes, read) => new Promise((resolve) => {
    const [host, port] = target.split(':');
    const socket = net.connect({ host, port: Number(port) }, () => socket.write(bytes));
    socket.on('data', (data) => { resolve(read(data)); socket.destroy(); });
    socket.on('error', ({ message }) => resolve(message));
  });
  const int = (value) => { const four = Buffer.alloc(4); four.writeInt32LE(value); return four; };
  const field = Buffer.concat([Buffer.from('\\x10ismaster\\0'), int(1)]);
  const document = Buffer.concat([int(field.length + 5), field, Buffer.from([0])]);
  const body = Buffer.concat([int(0), Buffer.from('admin.$cmd\\0'), int(0), int(-1), document]);
  const query = Buffer.concat([int(16 + body.length), int(1), int(0), int(2004), body]);
  const isMaster = (data) => 'ismaster ' + data[data.indexOf('ismaster') + 9];
  (async () => {
    for (const target of targets.redis) console.log(await ask(target, 'PING\\r\\n', (data) => String(data).trim()));
    for (const target of targets.mongo) console.log(await ask(target, query, isMaster));
  })();`;
}
