/**
 * One connection to Redis, by which the library's functions are called.
 *
 *   connect ──> noeviction? functions there? ──> calls ──(lost)──> rejected at once; connects again, and asks again
 *
 * Nothing is sent twice by itself: who called knows whether that would be right.
 */
import { Redis } from 'ioredis';
import { LedgerUnavailable } from '../../core/ports.ts';
import { clientOptions, type RedisConfig, type Settings, settingsOf } from './config.ts';
import { librarySource, libraryVersion } from './library.ts';

/** What a function answers: its first word says what the rest is. */
export type Reply = readonly [string, ...(string | number)[]];
export type Arguments = readonly (string | number)[];

export interface ConnectionOptions {
  /** Of the library, for tests of releases side by side. */
  readonly version?: string;
  /** The library itself, for tests that set its clock. */
  readonly source?: string;
}

/** How long what was found bad is left alone, ms. */
const LOOK_AGAIN_MS = 1_000;
const CONNECT_AGAIN_MS = 100;

export class Connection {
  readonly #redis: Redis;
  readonly #version: string;
  readonly #source: string;
  readonly settings: Settings;
  /** Settled once what is there was looked at; undefined while nothing is there. */
  #checked: Promise<void> | undefined;
  /** When it was found bad last, on the monotonic clock. */
  #foundBadAt: number | undefined;
  #isClosed = false;
  /** Why there is no connection, as far as anybody said. */
  #lost = 'there is no connection';

  private constructor(config: RedisConfig, options: ConnectionOptions) {
    this.settings = settingsOf(config);
    this.#version = options.version ?? libraryVersion();
    this.#source = options.source ?? librarySource(this.#version);
    this.#redis = new Redis(clientOptions(config, this.settings));
    // Each lost connection is an error to whoever waits for an answer; here it would end the process.
    this.#redis.on('error', ({ message }: Error) => {
      this.#lost = message.replace(/\.$/, '');
    });
    connectForGood(this.#redis, () => this.#isClosed);
    this.#redis.on('ready', () => this.#look());
    this.#redis.on('close', () => {
      this.#checked = undefined;
    });
  }

  /** @throws LedgerUnavailable when Redis can't be reached or must not be used; RangeError for a wrong config */
  static async open(config: RedisConfig, options: ConnectionOptions = {}): Promise<Connection> {
    const connection = new Connection(config, options);
    try {
      await connection.#redis.connect().catch(() => {
        throw new LedgerUnavailable(`Redis can't be reached: ${connection.#lost}`);
      });
      await connection.#usable();
      return connection;
    } catch (error) {
      connection.close();
      throw unavailable(error);
    }
  }

  /** @returns what the function answers; rejects with LedgerUnavailable, and then it may have run all the same */
  async call(name: string, args: Arguments): Promise<unknown> {
    try {
      await this.#usable();
      return await this.#redis.fcall(...this.#command(name, args));
    } catch (error) {
      this.#loadAgain(error);
      throw unavailable(error);
    }
  }

  /**
   * Several calls in one round trip, and how many replicas have what they wrote.
   * @returns one answer or error for each call; rejects with LedgerUnavailable if no answer is worth anything
   */
  async callTogether(
    calls: readonly { readonly name: string; readonly args: Arguments }[],
  ): Promise<{ readonly answers: readonly (readonly [Error | null, unknown])[]; readonly replicas: number }> {
    const { minReplicas, replicationMs } = this.settings;
    try {
      await this.#usable();
      const pipeline = this.#redis.pipeline();
      for (const { name, args } of calls) pipeline.fcall(...this.#command(name, args));
      // By the same connection: WAIT is about what was written by it.
      pipeline.wait(minReplicas, replicationMs);
      const answers = (await pipeline.exec()) ?? [];
      const [lost, replicas] = answers.at(-1) ?? [new Error('there was no answer'), 0];
      if (lost) throw lost;
      for (const [error] of answers) this.#loadAgain(error);
      return {
        answers: answers.slice(0, -1).map(([error, answer]) => [error && unavailable(error), answer]),
        replicas: Number(replicas),
      };
    } catch (error) {
      throw unavailable(error);
    }
  }

  /** Removes keys that begin so, and whose rest is wanted. */
  async remove(begin: string, isWanted: (key: string) => boolean): Promise<void> {
    try {
      for await (const rests of this.rests(begin)) {
        const wanted = rests.filter(isWanted).map((rest) => `${begin}${rest}`);
        if (wanted.length > 0) await this.#redis.unlink(...wanted);
      }
    } catch (error) {
      throw unavailable(error);
    }
  }

  /** Keys that begin so, without that beginning, some at a time; one may come twice. All keys are looked through. */
  async *rests(begin: string): AsyncGenerator<string[]> {
    try {
      await this.#usable();
      for await (const keys of this.#redis.scanStream({ match: `${begin}*`, count: 500 }))
        yield (keys as string[]).map((key) => key.slice(begin.length));
    } catch (error) {
      throw unavailable(error);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#redis.disconnect();
  }

  #command(name: string, args: Arguments): [string, number, ...(string | number)[]] {
    return [`tollgate_${this.#version}_${name}`, 1, this.settings.prefix, ...args];
  }

  /** Somebody removed the functions: the next try finds them again. */
  #loadAgain(error: unknown): void {
    if (error instanceof Error && error.message.includes('Function not found')) this.#look();
  }

  #usable(): Promise<void> {
    if (this.#foundBadAt !== undefined && performance.now() - this.#foundBadAt > LOOK_AGAIN_MS) this.#look();
    if (this.#checked) return this.#checked;
    return Promise.reject(new LedgerUnavailable(`Redis can't be reached: ${this.#lost}. It is tried again.`));
  }

  #look(): void {
    this.#foundBadAt = undefined;
    this.#checked = this.#check();
    this.#checked.catch(() => {
      this.#foundBadAt = performance.now();
    });
  }

  /** Also after each new connection: another server may be behind it. */
  async #check(): Promise<void> {
    const [, policy] = /maxmemory_policy:(\S+)/.exec(await this.#redis.info('memory')) ?? [];
    if (policy !== 'noeviction') {
      throw new LedgerUnavailable(
        `Redis may throw away what was spent when its memory is full: its maxmemory-policy is ${policy}. Set it to noeviction.`,
      );
    }
    if (this.settings.loadFunctions) await this.#redis.function('LOAD', 'REPLACE', this.#source);
    else await this.#redis.fcall(...this.#command('standing', []));
  }
}

/**
 * The client gives up for good when it is told of a failover just while it connects again (ioredis 6.0.0: the end of an
 * attempt that was broken off counts as its own). Here it never may.
 */
export function connectForGood(redis: Redis, isClosed: () => boolean): void {
  redis.on('end', () => {
    setTimeout(() => {
      if (!isClosed() && redis.status === 'end') redis.connect().catch(() => undefined);
    }, CONNECT_AGAIN_MS).unref();
  });
}

/** Without its cause: errors of the client carry the arguments of their commands, a password among them. */
export function unavailable(error: unknown): Error {
  if (error instanceof LedgerUnavailable) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new LedgerUnavailable(`Redis does not do its part: ${message}${remedy(message)}`);
}

function remedy(message: string): string {
  if (/^NOPERM|The user executing the script can't/.test(message)) {
    return '. Its user lacks a right: adapters/redis/config.ts lists what it needs.';
  }
  if (message.includes('Function not found'))
    return '. Load them, or let Tollgate load them (loadFunctions).';
  if (message.startsWith('OOM'))
    return ' Its memory is full: give it more, or find out why entries are not fetched.';
  return '';
}
