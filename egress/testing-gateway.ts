/** A gateway in this process, with real ports and real TLS; only the way to hosts is another one: all are on loopback. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect as connectPlain, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, createServer as createTls, type TLSSocket, type TlsOptions } from 'node:tls';
import { createLog } from '../adapters/telemetry/log.ts';
import { ISSUER, POD, TestCluster } from '../adapters/tokens/testing-tokens.ts';
import { HANG_MS } from '../test/support/hang.ts';
import { atEnd, outputFolder, type Scope } from '../test/support/output.ts';
import { SELF_SIGNED } from '../test/support/tls.ts';
import { type EgressConfig, readConfig } from './config.ts';
import { DialRefused, type Target } from './dial.ts';
import { type DirectoryState, MemoryDirectory, type PodDirectory, readDirectory } from './directory.ts';
import { type RunningEgress, startEgressGateway } from './main.ts';
import type { EgressRecord } from './record.ts';

export const HOST = 'host.example.com';
export const PROVIDER = 'api.provider.example';
export const CONTROL = 'control.tollgate.svc';

type PodChange = Record<string, unknown>;

export class TestEgress {
  readonly running: RunningEgress;
  readonly cluster: TestCluster;
  readonly directory: MemoryDirectory;
  readonly records: EgressRecord[];
  /** What was dialled. */
  readonly dialled: Target[];
  readonly folder: string;

  constructor(
    parts: Pick<TestEgress, 'running' | 'cluster' | 'directory' | 'records' | 'dialled' | 'folder'>,
  ) {
    this.running = parts.running;
    this.cluster = parts.cluster;
    this.directory = parts.directory;
    this.records = parts.records;
    this.dialled = parts.dialled;
    this.folder = parts.folder;
  }

  /** What is known of pods from now on. */
  knows(change: PodChange = {}, more: Partial<Record<keyof DirectoryState, unknown>> = {}): void {
    this.directory.replace(stateOf(change, more));
  }

  /** @returns a connection over TLS, with nothing sent */
  async dialDoor(door: 'narrow' | 'wide' = 'wide'): Promise<TLSSocket> {
    const raw = connectPlain({ port: this.running.ports[door], host: '127.0.0.1', allowHalfOpen: true });
    raw.on('error', () => undefined);
    const socket = connect({ socket: raw, rejectUnauthorized: false });
    socket.allowHalfOpen = true;
    socket.on('error', () => undefined);
    RAW.set(socket, raw);
    await once(socket, 'secureConnect');
    return socket;
  }

  /** Sends these bytes, and reads an answer's header and what it announces. */
  async send(bytes: string | Buffer, door: 'narrow' | 'wide' = 'wide'): Promise<Answer> {
    const socket = await this.dialDoor(door);
    socket.write(bytes);
    return readAnswer(socket);
  }

  /** A good CONNECT, but for what is said. */
  async connect({ door = 'wide', ...more }: ConnectOptions = {}): Promise<Answer> {
    return this.send(await this.header(more), door);
  }

  async header({
    target = `${HOST}:443`,
    purpose = 'agent',
    token,
    headers = [],
    host,
  }: ConnectOptions = {}): Promise<string> {
    const bearer = token ?? (await this.cluster.token());
    const lines = [
      `CONNECT ${target} HTTP/1.1`,
      `Host: ${host ?? target}`,
      `Proxy-Authorization: Bearer ${bearer}`,
      `Tollgate-Purpose: ${purpose}`,
      ...headers,
    ];
    return `${lines.join('\r\n')}\r\n\r\n`;
  }

  /** @returns the record, once there are so many */
  async recorded(count = 1): Promise<EgressRecord> {
    for (const deadline = Date.now() + HANG_MS; this.records.length < count; ) {
      if (Date.now() > deadline) throw new Error(`there are ${this.records.length} records, not ${count}`);
      await sleep(5);
    }
    const record = this.records[count - 1];
    if (record === undefined) throw new Error('there is no record');
    return record;
  }
}

export interface ConnectOptions {
  readonly door?: 'narrow' | 'wide';
  readonly target?: string;
  readonly host?: string;
  readonly purpose?: string;
  readonly token?: string;
  readonly headers?: readonly string[];
}

export interface Answer {
  readonly status: number;
  /** Of the refusal header. */
  readonly code: string | undefined;
  readonly head: string;
  readonly body: string;
  readonly socket: TLSSocket;
}

/** Status 0: it was closed without an answer. */
export async function readAnswer(socket: TLSSocket): Promise<Answer> {
  let text = '';
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const whole = new Promise<void>((resolve) => {
    socket.on('data', function onData(piece: Buffer) {
      text += piece.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/.exec(text)?.[1] ?? 0);
      if (end < 0 || text.length < end + 4 + length) return;
      socket.off('data', onData).pause();
      resolve();
    });
  });
  socket.on('end', () => {
    if (text === '') socket.destroy();
  });
  await Promise.race([whole, closed]);
  const [head = '', body = ''] = text.split('\r\n\r\n');
  return {
    status: Number(head.split(' ')[1] ?? 0),
    code: /^tollgate-refusal: (\S+)/m.exec(head)?.[1],
    head,
    body: Buffer.from(body, 'latin1').toString(),
    socket,
  };
}

const RAW = new WeakMap<Socket, Socket>();

/** Breaks the connection off. To destroy it would end it as if all had been said. */
export function reset(socket: Socket): void {
  RAW.get(socket)?.resetAndDestroy();
}

/** Waits until the other side has ended it, in whatever way. */
export async function over(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    if (socket.destroyed || socket.readableEnded) resolve();
    for (const event of ['end', 'close', 'error']) socket.once(event, () => resolve());
    socket.resume();
  });
  socket.destroy();
}

export function stateOf(
  change: PodChange = {},
  more: Partial<Record<keyof DirectoryState, unknown>> = {},
): DirectoryState {
  const network = { access: 'allowlist', hosts: [HOST, `${HOST}:8443`, PROVIDER, CONTROL] };
  return readDirectory({
    pods: [{ ...POD, phase: 'work', network, ...change }],
    gone: [],
    providers: [
      { host: PROVIDER },
      { host: 'plain.provider.example', port: 8000, tls: false, privateAddresses: true },
    ],
    ...more,
  });
}

export interface EgressOptions {
  readonly config?: object;
  readonly dialMs?: number;
  readonly known?: boolean;
  /** In the place of the one that knows() fills. */
  readonly directory?: PodDirectory;
}

/** @param upstream port of loopback where all hosts are; undefined: nobody takes the connection */
export async function startTestEgress(
  t: Scope,
  upstream: number | undefined,
  { config = {}, dialMs = 0, known = true, directory: given }: EgressOptions = {},
): Promise<TestEgress> {
  const folder = outputFolder(t);
  const cluster = await TestCluster.create();
  const paths = {
    jwks: join(folder, 'jwks.json'),
    cert: join(folder, 'tls.crt'),
    key: join(folder, 'tls.key'),
  };
  writeFileSync(paths.jwks, cluster.jwks());
  writeFileSync(paths.cert, SELF_SIGNED.cert);
  writeFileSync(paths.key, SELF_SIGNED.key);
  const directory = new MemoryDirectory();
  if (known) directory.replace(stateOf());
  const records: EgressRecord[] = [];
  const dialled: Target[] = [];
  const dial = async (target: Target, signal: AbortSignal) => {
    dialled.push(target);
    if (dialMs > 0) await sleep(dialMs, undefined, { signal });
    if (upstream === undefined)
      throw new DialRefused('connect_failed', { host: target.host, why: 'ECONNREFUSED' });
    const socket = connectPlain({ port: upstream, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    return { socket, address: '127.0.0.1', isPrivate: target.privateAddresses };
  };
  const log = await createLog('silent', false);
  const running = await startEgressGateway(configOf(paths, config), log, {
    dial,
    directory: given ?? directory,
    records: { write: (record) => records.push(record) },
  });
  atEnd(t, () => running.stop(0));
  return new TestEgress({ running, cluster, directory, records, dialled, folder });
}

function configOf(
  { jwks, cert, key }: { jwks: string; cert: string; key: string },
  change: object,
): EgressConfig {
  return readConfig(
    JSON.stringify({
      listen: { address: '127.0.0.1', narrow: 0, wide: 0, canary: 0, telemetry: 0 },
      tls: { cert, key },
      tokens: { issuer: ISSUER, jwks: { file: jwks } },
      control: { host: CONTROL, port: 8443 },
      directory: { file: 'none' },
      clusterRanges: ['10.244.0.0/16'],
      ...change,
    }),
  );
}

/** A host that speaks TLS and tells what it gets. */
export async function startTlsHost(
  t: Scope,
  onConnection: (socket: TLSSocket) => void,
  options: TlsOptions = {},
): Promise<number> {
  const server = createTls({ ...SELF_SIGNED, allowHalfOpen: true, ...options } as TlsOptions, (socket) => {
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  return listenForTest(t, server);
}

export async function startPlainHost(t: Scope, onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  return listenForTest(t, server);
}

async function listenForTest(t: Scope, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it has no port');
  return address.port;
}

/** TLS inside of a tunnel, as an agent speaks it. */
export function innerTls({ socket }: Answer, servername: string, options: object = {}): TLSSocket {
  const inner = connect({ socket, servername, rejectUnauthorized: false, ...options });
  inner.on('error', () => undefined);
  return inner;
}
