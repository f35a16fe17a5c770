/**
 * Where Redis is, as one URL, which is how Secrets have it:
 *
 *   redis://user:password@host:6379/0                       one server, or a managed one's primary endpoint
 *   redis+sentinel://user:password@h1:26379,h2:26379/name   the primary that Sentinels know by that name; /name/0 with a database
 *   rediss://…  rediss+sentinel://…                         the same over TLS, of Sentinels too
 *
 * redis and rediss are as IANA registered them; the form with Sentinels is that of several clients. User and password are
 * those of Redis; those of Sentinel, if it has its own, are `?sentinel_username=…&sentinel_password=…`.
 *
 * No error repeats anything of a URL: which part of a mistaken one is the password, nobody can tell.
 */
import { ConfigError } from '../config/config.ts';
import type { Address, RedisServer, TlsOptions } from './config.ts';

export interface RedisPlace {
  readonly server: RedisServer;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: TlsOptions;
  readonly db?: number;
}

const FORM =
  /^(?<scheme>rediss?)(?<sentinel>\+sentinel)?:\/\/(?:(?<user>[^:@/?#]*)(?::(?<password>[^@/?#]*))?@)?(?<hosts>[^@/?#]+)(?<path>\/[^@?#]*)?(?:\?(?<query>[^@#]*))?$/;
const HOST = /^(?:\[(?<six>[\da-fA-F:.]+)\]|(?<name>[\w.-]+))(?::(?<port>\d{1,5}))?$/;
const PORTS = { redis: 6379, sentinel: 26379 } as const;
const SENTINEL_FIELDS = ['sentinel_username', 'sentinel_password'];

/**
 * @param certificates  whom to believe, and who we are, where it is not left to public authorities
 * @throws ConfigError that says what to write instead, without anything of the URL
 */
export function redisPlace(url: string, certificates: TlsOptions = {}): RedisPlace {
  const {
    scheme,
    sentinel,
    user,
    password,
    hosts = '',
    path = '',
    query = '',
  } = FORM.exec(url)?.groups ?? {};
  if (scheme === undefined)
    throw new ConfigError(
      "Redis' URL is not understood. It has the form redis://user:password@host:6379/0, rediss:// for TLS, or redis+sentinel://user:password@host:26379,host:26379/name; other characters than letters, digits and -._~ in user and password are percent-encoded, such as %2F for /",
    );
  const tls = scheme === 'rediss' ? { ...certificates } : undefined;
  if (tls === undefined && Object.keys(certificates).length > 0)
    throw new ConfigError(
      'there are certificates for Redis, and its URL is one without TLS. Write rediss:// or rediss+sentinel://, or take ca.crt, tls.crt and tls.key out of its Secret',
    );
  const parts = path.split('/').slice(1).map(decoded);
  const addresses = hosts.split(',').map((host) => addressOf(host, sentinel ? PORTS.sentinel : PORTS.redis));
  const common = {
    ...(user ? { username: decoded(user) } : {}),
    ...(password ? { password: decoded(password) } : {}),
    ...(tls === undefined ? {} : { tls }),
  };
  return sentinel
    ? { ...common, ...bySentinels(addresses, parts, query, tls) }
    : { ...common, ...byAddress(addresses, parts, query) };
}

function byAddress(addresses: readonly Address[], parts: readonly string[], query: string) {
  const [server, ...more] = addresses;
  if (server === undefined || more.length > 0)
    throw new ConfigError(
      "Redis' URL names several hosts: only redis+sentinel:// takes those, of Sentinels. Redis Cluster is not supported",
    );
  if (query !== '')
    throw new ConfigError("Redis' URL has a query after a ?, and none is known. Leave it out");
  const [db, ...rest] = parts;
  if (rest.length > 0) throw pathIsLong();
  return { server, ...databaseOf(db) };
}

function bySentinels(
  sentinels: readonly Address[],
  parts: readonly string[],
  query: string,
  tls: TlsOptions | undefined,
) {
  const [name, db, ...rest] = parts;
  if (!name)
    throw new ConfigError(
      "Redis' URL has no name of the primary: write the one that Sentinel monitors after the hosts, as in redis+sentinel://host:26379/mymaster",
    );
  if (rest.length > 0) throw pathIsLong();
  const fields = new URLSearchParams(query);
  if ([...fields.keys()].some((key) => !SENTINEL_FIELDS.includes(key)))
    throw new ConfigError(
      `Redis' URL has a query after a ? that is not known: it takes ${SENTINEL_FIELDS.join(' and ')}`,
    );
  const [sentinelUsername, sentinelPassword] = SENTINEL_FIELDS.map((key) => fields.get(key) ?? undefined);
  const server: RedisServer = {
    sentinels,
    name,
    ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(tls === undefined ? {} : { sentinelTls: tls }),
  };
  return { server, ...databaseOf(db) };
}

function addressOf(text: string, usual: number): Address {
  const { six, name, port } = HOST.exec(text)?.groups ?? {};
  const host = six ?? name;
  const number = port === undefined ? usual : Number(port);
  if (host === undefined || number < 1 || number > 65_535)
    throw new ConfigError(
      "Redis' URL has a host that is none. Hosts are names or addresses, IPv6 in brackets, each with its port, such as redis-0.example:6379",
    );
  return { host, port: number };
}

function databaseOf(text: string | undefined): { db?: number } {
  if (text === undefined || text === '') return {};
  if (!/^\d{1,4}$/.test(text))
    throw new ConfigError("Redis' URL has a database that is no number, such as /0");
  return { db: Number(text) };
}

function pathIsLong(): ConfigError {
  return new ConfigError(
    "Redis' URL has more after its hosts than is known: a database, or with redis+sentinel:// the primary's name and a database",
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ConfigError("Redis' URL has a % that is no percent-encoding: write %25 for a % itself");
  }
}
