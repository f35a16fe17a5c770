/**
 * How Redis is reached, and what is wanted of it.
 *
 * The functions run with their caller's rights, so a user needs the commands that they use, on keys with the prefix:
 * `ACL SETUSER tollgate on >… ` and MINIMAL_RIGHTS. `function|load` may be left to whoever deploys, with
 * `loadFunctions: false` here. Redis can't restrict which functions somebody calls: what those of others can do for this
 * user is bounded by the same commands and keys.
 */
import type { ConnectionOptions } from 'node:tls';
import type { RedisOptions } from 'ioredis';

/** What the user of the ledger needs, for the usual prefix; a test uses just these, and misses each. */
export const MINIMAL_RIGHTS =
  '~{tollgate}:* resetchannels -@all +fcall +wait +info +time +exists +del +pexpire +get +incr +incrby ' +
  '+hget +hset +hmget +hgetall +hkeys +hdel +sadd +srem +smembers +zadd +zrem +zrangebyscore ' +
  '+xadd +xrange +xlen +xdel +scan +unlink +function|load';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** One server, or the one that Sentinels name. */
export type RedisServer =
  | Address
  | { readonly socket: string }
  | {
      readonly sentinels: readonly Address[];
      /** The name under which Sentinels know the primary. */
      readonly name: string;
      readonly sentinelUsername?: string;
      readonly sentinelPassword?: string;
      readonly sentinelTls?: TlsOptions;
    };

export type TlsOptions = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'minVersion'>;

export interface RedisConfig {
  readonly server: RedisServer;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: TlsOptions;
  readonly db?: number;
  /** Of all keys: a name in braces and a colon. */
  readonly prefix?: string;
  /**
   * How many replicas a reservation has to be on before it counts: all that may be promoted. 0 for a single server. With
   * fewer than that, a failover could forget reservations.
   */
  readonly minReplicas: number;
  /** How long replicas may take, ms; at most 2,000. */
  readonly replicationMs?: number;
  /** How long any answer may take, ms. */
  readonly answerMs?: number;
  /** Whether to load the functions; else somebody else has. */
  readonly loadFunctions?: boolean;
}

export interface Settings {
  readonly prefix: string;
  readonly minReplicas: number;
  readonly replicationMs: number;
  readonly answerMs: number;
  readonly loadFunctions: boolean;
}

/** A reservation can be taken back as if it had never been for 5 s (HELD in library/leases.lua). */
const MOST_REPLICATION_MS = 2_000;

/** @throws RangeError that says what to write instead */
export function settingsOf(config: RedisConfig): Settings {
  const { prefix = '{tollgate}:', minReplicas, replicationMs = 1_000, answerMs = 4_000 } = config;
  if (!/^\{[\w.-]+\}:$/.test(prefix)) {
    throw new RangeError(
      `${JSON.stringify(prefix)} is not a prefix for keys: write a name, as in "{tollgate}:".`,
    );
  }
  if (!Number.isSafeInteger(minReplicas) || minReplicas < 0) {
    throw new RangeError(
      `minReplicas is ${minReplicas}: write how many replicas may be promoted, 0 for none.`,
    );
  }
  if (!(replicationMs >= 1 && replicationMs <= MOST_REPLICATION_MS)) {
    throw new RangeError(
      `replicationMs is ${replicationMs}: write 1 to ${MOST_REPLICATION_MS} milliseconds.`,
    );
  }
  if (!(answerMs > replicationMs)) {
    throw new RangeError(
      `answerMs is ${answerMs}: write more than replicas may take, ${replicationMs} milliseconds.`,
    );
  }
  const { loadFunctions = true } = config;
  return { prefix, minReplicas, replicationMs: Math.ceil(replicationMs), answerMs, loadFunctions };
}

/** @returns the options by which nothing is ever sent twice, or later than its caller waits for it */
export function clientOptions(
  config: RedisConfig,
  { answerMs }: Settings,
): RedisOptions & { replyMapping: 'legacy' } {
  const { server, username, password, tls, db } = config;
  return {
    ...serverOptions(server),
    // Of what Sentinels name: without it ioredis speaks plain TCP there, whatever `tls` says.
    ...(tls === undefined ? {} : { enableTLSForSentinelMode: true }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls: { ...tls } }),
    ...(db === undefined ? {} : { db }),
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: answerMs,
    socketTimeout: answerMs,
    connectTimeout: answerMs,
    retryStrategy: (times) => Math.min(times * 50, 1_000),
    // A primary that became a replica: ask again who is the primary.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    protocol: 2,
    replyMapping: 'legacy',
    disableClientInfo: true,
  };
}

function serverOptions(server: RedisServer): RedisOptions {
  if ('socket' in server) return { path: server.socket };
  if ('host' in server) return { host: server.host, port: server.port };
  const { sentinels, name, sentinelUsername, sentinelPassword, sentinelTls } = server;
  return {
    sentinels: sentinels.map(({ host, port }) => ({ host, port })),
    name,
    ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(sentinelTls === undefined ? {} : { sentinelTLS: { ...sentinelTls } }),
    // Told of a failover at once instead of by errors.
    failoverDetector: true,
    // Each round ends, and says why; connectForGood() begins the next. By itself ioredis would go on without a word.
    sentinelRetryStrategy: () => null,
  };
}
