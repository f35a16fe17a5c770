/** Real Redis servers for tests: each in a folder of its own, stopped by their own process id. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from '../../test/support/free-port.ts';
import { HANG_MS } from '../../test/support/hang.ts';
import { atEnd, type Scope } from '../../test/support/output.ts';
import type { RedisConfig } from './config.ts';

/**
 * @returns the name of Redis' program, which root has installed where it is not there
 * @throws Error when there is none: what a test needs is never left out
 */
function program(): string {
  const isThere = () => !spawnSync('redis-server', ['--version']).error;
  if (isThere()) return 'redis-server';
  if (process.getuid?.() !== 0) {
    throw new Error('redis-server is not installed. As root: apt-get install redis-server');
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  spawnSync('apt-get', ['update', '-qq'], { env });
  const { stderr } = spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'redis-server'], {
    encoding: 'utf8',
    env,
  });
  if (isThere()) return 'redis-server';
  throw new Error(`redis-server is not installed, and apt-get could not install it: ${stderr?.slice(-300)}`);
}

/** Settings as on Redis' command line, without the dashes. */
export type ServerSettings = Readonly<Record<string, string>>;

export class TestRedis {
  readonly #program = program();
  readonly #folder: string;
  readonly #settings: ServerSettings;
  #child: ChildProcess | undefined;
  /** Lines of a configuration file: what Sentinel begins with. */
  readonly #sentinel: string | undefined;
  readonly port: number;
  /** Its log. */
  output = '';

  private constructor(t: Scope, port: number, settings: ServerSettings, sentinel?: string) {
    this.port = port;
    this.#sentinel = sentinel;
    this.#settings = settings;
    this.#folder = mkdtempSync(join(tmpdir(), 'tollgate-redis-'));
    atEnd(t, async () => {
      await this.kill();
      rmSync(this.#folder, { recursive: true, force: true });
    });
  }

  /** @returns a server that answers; without persistence unless settings say so */
  static async start(t: Scope, settings: ServerSettings = {}, sentinel?: string): Promise<TestRedis> {
    const server = new TestRedis(t, await freePort(), settings, sentinel);
    await server.start();
    return server;
  }

  /** Starts it again after kill(), on the same files. */
  async start(): Promise<void> {
    const child = spawn(this.#program, this.#arguments(), { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
    for (const deadline = Date.now() + HANG_MS; ; await sleep(10)) {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
      try {
        if ((await this.run((redis) => redis.ping())) === 'PONG') return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
    }
  }

  #arguments(): string[] {
    if (this.#sentinel !== undefined) {
      const file = join(this.#folder, 'sentinel.conf');
      const here = `bind 127.0.0.1\nport ${this.port}\nunixsocket ${this.socket}\ndir ${this.#folder}\n`;
      writeFileSync(file, here + this.#sentinel);
      return [file, '--sentinel'];
    }
    const settings = {
      bind: '127.0.0.1',
      port: String(this.port),
      unixsocket: this.socket,
      dir: this.#folder,
      save: '',
      'repl-diskless-sync-delay': '0',
      'maxmemory-policy': 'noeviction',
      ...this.#settings,
    };
    return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  }

  /** Waits until it is a replica that has all of its primary. */
  async isLinked(): Promise<void> {
    for (const deadline = Date.now() + HANG_MS; ; await sleep(20)) {
      if (/master_link_status:up/.test(await this.run((redis) => redis.info('replication')))) return;
      if (Date.now() > deadline) throw new Error('it never became a replica');
    }
  }

  /** Waits until a replica has all that is written here. */
  async isFollowed(): Promise<void> {
    const replicas = await this.run(async (redis) => {
      await redis.set('written', 'by a test');
      await redis.del('written');
      return redis.wait(1, HANG_MS);
    });
    if (replicas < 1) throw new Error('it never had a replica');
  }

  get socket(): string {
    return join(this.#folder, 'socket');
  }

  config(more: Partial<RedisConfig> = {}): RedisConfig {
    return { server: { socket: this.socket }, minReplicas: 0, ...more };
  }

  /** As its default user, until the test ends. */
  connect(t: Scope): Redis {
    const redis = new Redis({ path: this.socket, protocol: 2 });
    redis.on('error', () => undefined);
    atEnd(t, () => redis.disconnect());
    return redis;
  }

  /** Something that Redis is asked beside the ledger. */
  async run<T>(ask: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis({ path: this.socket, lazyConnect: true, retryStrategy: () => null, protocol: 2 });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      return await ask(redis);
    } finally {
      redis.disconnect();
    }
  }

  /** With kill -9. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** As an operator does. */
  async shutDown(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** It goes on running and does nothing. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  goOn(): void {
    this.#child?.kill('SIGCONT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }
}

/**
 * @returns a Sentinel that alone decides on the primary on that port, by the name `ledger`, and knows its replica. It takes
 * nobody for dead before it is told to by isQuick(): a machine that stands still for a moment is no failover.
 */
export async function freshSentinel(t: Scope, port: number): Promise<TestRedis> {
  const lines = [
    `monitor ledger 127.0.0.1 ${port} 1`,
    `down-after-milliseconds ledger ${PATIENT_MS}`,
    'failover-timeout ledger 3000',
    'parallel-syncs ledger 1',
  ];
  const sentinel = await TestRedis.start(t, {}, lines.map((line) => `sentinel ${line}\n`).join(''));
  await knowsReplica(sentinel);
  return sentinel;
}

export const PATIENT_MS = 120_000;

/** Waits until a Sentinel knows a replica of `ledger`, which it can promote. */
export async function knowsReplica(sentinel: TestRedis): Promise<void> {
  for (const deadline = Date.now() + HANG_MS; ; await sleep(50)) {
    const replicas = await sentinel.run((redis) => redis.call('SENTINEL', 'REPLICAS', 'ledger'));
    if (/"flags","slave",.*"master-link-status","ok"/.test(JSON.stringify(replicas))) return;
    if (Date.now() > deadline) throw new Error(`Sentinel knows no replica: ${JSON.stringify(replicas)}`);
  }
}

/** From now on whoever says nothing for half a second is dead to a Sentinel, or only who says nothing for minutes. */
export async function isQuick(sentinel: TestRedis, quick: boolean): Promise<void> {
  const ms = quick ? 500 : PATIENT_MS;
  await sentinel.run((redis) => redis.call('SENTINEL', 'SET', 'ledger', 'down-after-milliseconds', ms));
}
