/**
 * The gateway's configuration: a file in YAML or JSON. Everything is checked at the start, and what is not known is
 * refused: a misspelt cap must not be no cap.
 */
import { isIP } from 'node:net';
import { ConfigError, parseConfig } from '../adapters/config/config.ts';
import type { KeySource } from '../adapters/tokens/keys.ts';
import type { Place } from '../core/egress/judge.ts';
import { PURPOSES, type Purpose } from '../core/egress/names.ts';
import { type Range, readRange } from './addresses.ts';
import { readPlace } from './directory.ts';
import { DEFAULT_LIMITS, type Limits, type PurposeLimits } from './limits.ts';

export interface EgressConfig {
  /** Ports of one address; 0 is any free one. */
  readonly listen: {
    readonly address: string;
    readonly narrow: number;
    readonly wide: number;
    readonly canary: number;
    readonly telemetry: number;
  };
  /** PEM files: an ECDSA certificate and its key. */
  readonly tls: { readonly cert: string; readonly key: string };
  /** Without an issuer: whoever issued our own token. */
  readonly tokens: { readonly issuer: string | undefined; readonly jwks: KeySource };
  readonly control: Place;
  /** Where governed pods are known from; nothing heard of them for staleMs, and only control is opened. */
  readonly directory: DirectorySource & { readonly staleMs: number };
  /** Ranges of pods, Services and nodes. */
  readonly clusterRanges: readonly Range[];
  /** Name servers, address or address:port; none means those of resolv.conf. */
  readonly nameServers: readonly string[];
  readonly encryptedHello: 'refuse' | 'pass';
  readonly graceMs: number;
  readonly limits: Limits;
}

export type DirectorySource = { readonly file: string } | { readonly apiServer: object };

/** A watch with nothing to tell is heard of after two minutes at the latest; below this it would count as silence. */
const LEAST_STALE_MS = 180_000;

/** @throws ConfigError */
export function readConfig(text: string): EgressConfig {
  const all = section(parseConfig(text), '', [
    'listen',
    'tls',
    'tokens',
    'control',
    'directory',
    'clusterRanges',
    'nameServers',
    'encryptedHello',
    'graceMs',
    'limits',
  ]);
  return {
    listen: readListen(all.listen),
    tls: readTls(all.tls),
    tokens: readTokens(all.tokens),
    control: readControl(all.control),
    directory: readDirectoryPlace(all.directory),
    clusterRanges: readRanges(all.clusterRanges),
    nameServers: texts(all.nameServers ?? [], 'nameServers'),
    encryptedHello: readEncryptedHello(all.encryptedHello ?? 'refuse'),
    graceMs: count(all.graceMs ?? 25_000, 'graceMs'),
    limits: readLimits(all.limits ?? {}),
  };
}

function readListen(value: unknown): EgressConfig['listen'] {
  const listen = section(value, 'listen', ['address', 'narrow', 'wide', 'canary', 'telemetry']);
  const address = text(listen.address ?? '::', 'listen.address');
  if (isIP(address) === 0) throw new ConfigError(`listen.address is no address: ${JSON.stringify(address)}`);
  const port = (name: 'narrow' | 'wide' | 'canary' | 'telemetry') =>
    count(listen[name], `listen.${name}`, 65_535);
  return {
    address,
    narrow: port('narrow'),
    wide: port('wide'),
    canary: port('canary'),
    telemetry: port('telemetry'),
  };
}

function readTls(value: unknown): EgressConfig['tls'] {
  const tls = section(value, 'tls', ['cert', 'key']);
  return { cert: text(tls.cert, 'tls.cert'), key: text(tls.key, 'tls.key') };
}

function readTokens(value: unknown): EgressConfig['tokens'] {
  const tokens = section(value, 'tokens', ['issuer', 'jwks']);
  const issuer = tokens.issuer === undefined ? undefined : text(tokens.issuer, 'tokens.issuer');
  const jwks = section(tokens.jwks, 'tokens.jwks', ['file', 'url', 'ca', 'tokenFile']);
  if (jwks.url === undefined)
    return {
      issuer: text(tokens.issuer, 'tokens.issuer'),
      jwks: { file: text(jwks.file, 'tokens.jwks.file') },
    };
  const url = text(jwks.url, 'tokens.jwks.url');
  if (jwks.file !== undefined || !URL.canParse(url) || new URL(url).protocol !== 'https:')
    throw new ConfigError(
      'tokens.jwks takes a file, or an https URL with the ca that signed its certificate',
    );
  const tokenFile = jwks.tokenFile === undefined ? undefined : text(jwks.tokenFile, 'tokens.jwks.tokenFile');
  if (issuer === undefined && tokenFile === undefined)
    throw new ConfigError(
      'tokens.issuer is missing; it is left out only where tokens.jwks.tokenFile says it',
    );
  return { issuer, jwks: { url, ca: text(jwks.ca, 'tokens.jwks.ca'), tokenFile } };
}

/** Control is a Service of the cluster, so that its address is private; and it always speaks TLS. */
function readControl(value: unknown): Place {
  const control = section(value, 'control', ['host', 'port']);
  try {
    return readPlace({ ...control, privateAddresses: true }, 'control');
  } catch (error) {
    throw new ConfigError((error as Error).message);
  }
}

function readDirectoryPlace(value: unknown): EgressConfig['directory'] {
  const directory = section(value, 'directory', ['file', 'apiServer', 'staleMs']);
  const staleMs = count(directory.staleMs ?? 600_000, 'directory.staleMs');
  if ((directory.file === undefined) === (directory.apiServer === undefined))
    throw new ConfigError('directory takes either file or apiServer');
  if (directory.apiServer === undefined) return { file: text(directory.file, 'directory.file'), staleMs };
  section(directory.apiServer, 'directory.apiServer', []);
  if (staleMs < LEAST_STALE_MS)
    throw new ConfigError(
      `directory.staleMs is at least ${LEAST_STALE_MS} with apiServer, which may have nothing to tell for two minutes`,
    );
  return { apiServer: {}, staleMs };
}

/** They may be public addresses, so that nobody can guess them. */
function readRanges(value: unknown): Range[] {
  const ranges = texts(value, 'clusterRanges');
  if (ranges.length === 0)
    throw new ConfigError('clusterRanges has to name the ranges of pods, Services and nodes');
  return ranges.map((one) => {
    const range = readRange(one);
    if (range === undefined) throw new ConfigError(`clusterRanges: ${JSON.stringify(one)} is no range`);
    return range;
  });
}

function readEncryptedHello(value: unknown): 'refuse' | 'pass' {
  if (value === 'refuse' || value === 'pass') return value;
  throw new ConfigError('encryptedHello is refuse or pass');
}

function readLimits(value: unknown): Limits {
  const { purposes: defaults, ...plain } = DEFAULT_LIMITS;
  const names = Object.keys(plain) as (keyof typeof plain)[];
  const given = section(value, 'limits', [...names, 'purposes']);
  const numbers = names.map((name) => [
    name,
    count(given[name] === undefined ? plain[name] : given[name], `limits.${name}`),
  ]);
  const purposes = section(given.purposes ?? {}, 'limits.purposes', PURPOSES);
  const each = PURPOSES.map((purpose) => [
    purpose,
    readPurposeLimits(purpose, purposes[purpose] ?? {}, defaults[purpose]),
  ]);
  return { ...Object.fromEntries(numbers), purposes: Object.fromEntries(each) } as Limits;
}

/** null is no cap. */
function readPurposeLimits(purpose: Purpose, value: unknown, defaults: PurposeLimits): PurposeLimits {
  const at = `limits.purposes.${purpose}`;
  const names = Object.keys(defaults) as (keyof PurposeLimits)[];
  const given = section(value, at, names);
  const read = names.map((name) => {
    const one = given[name];
    if (one === null && name.startsWith('bytes')) return [name, Number.POSITIVE_INFINITY];
    return [name, one === undefined ? defaults[name] : count(one, `${at}.${name}`)];
  });
  return Object.fromEntries(read) as unknown as PurposeLimits;
}

function section<K extends string>(
  value: unknown,
  at: string,
  known: readonly K[],
): Partial<Record<K, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ConfigError(`${at === '' ? 'the file' : at} has to be an object`);
  const unknown = Object.keys(value).find((name) => !known.includes(name as K));
  if (unknown === undefined) return value as Partial<Record<K, unknown>>;
  throw new ConfigError(
    `${at === '' ? unknown : `${at}.${unknown}`} is not known; there is ${known.join(', ')}`,
  );
}

function text(value: unknown, at: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new ConfigError(`${at} is missing or no text`);
}

function texts(value: unknown, at: string): string[] {
  if (!Array.isArray(value)) throw new ConfigError(`${at} is missing or no list`);
  return value.map((one, n) => text(one, `${at}[${n}]`));
}

function count(value: unknown, at: string, most = Number.MAX_SAFE_INTEGER): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new ConfigError(`${at} is missing or no whole number from 0 to ${most}`);
}
