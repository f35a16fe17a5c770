/**
 * From a name to a connection: resolved here, every address judged, and connected to one of those very addresses.
 *
 *   name ── A and AAAA ──> all judged ──> tried one after the other, each with a small start ──> the first that answers
 */
import { Resolver } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { type EgressRefusal, egressRefusal } from '../core/egress/refusals.ts';
import { judgeAddress, type Range } from './addresses.ts';

export interface DialLimits {
  /** For both answers of a name server, ms. */
  readonly nameMs: number;
  /** For all attempts together, ms. */
  readonly connectMs: number;
}

export interface Dialled {
  readonly socket: Socket;
  readonly address: string;
  /** Whether it is open only because a Provider says so. */
  readonly isPrivate: boolean;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly privateAddresses: boolean;
}

/** Why there is no connection. */
export class DialRefused extends Error {
  override readonly name = 'DialRefused';
  readonly refusal: EgressRefusal;

  constructor(code: EgressRefusal['code'], params: Record<string, string>) {
    super(code);
    this.refusal = egressRefusal(code, params);
  }
}

/** How tunnels get their connections. @throws DialRefused, or the signal's reason */
export type Dial = (target: Target, signal: AbortSignal) => Promise<Dialled>;

/** Addresses of one name: what large services give is about a dozen. */
const MOST_ADDRESSES = 64;
const MOST_ATTEMPTS = 8;
/** RFC 8305, 5: Connection Attempt Delay. */
const NEXT_ATTEMPT_MS = 250;

/** @param servers address or address:port of name servers; none means those of resolv.conf */
export function createDial(
  limits: DialLimits,
  cluster: readonly Range[],
  servers: readonly string[] = [],
): Dial {
  const resolver = new Resolver({ timeout: Math.ceil(limits.nameMs / 3), tries: 2 });
  if (servers.length > 0) resolver.setServers(servers);
  return async (target, signal) => {
    const found = await lookUp(resolver, target.host, limits.nameMs, signal);
    const isPrivate = judgeAll(target, found, cluster);
    const [socket, address] = await connectToOne(target, alternating(found), limits.connectMs, signal);
    return { socket, address, isPrivate };
  };
}

interface Found {
  readonly v4: readonly string[];
  readonly v6: readonly string[];
}

/** The name as it is: no search list and no hosts file, which other judges would not know of. */
async function lookUp(resolver: Resolver, host: string, ms: number, signal: AbortSignal): Promise<Found> {
  const timeout = AbortSignal.timeout(ms);
  const answers = Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const settled = await Promise.race([answers, aborted(AbortSignal.any([timeout, signal]))]);
  signal.throwIfAborted();
  if (settled === undefined) throw new DialRefused('name_timeout', { host, ms: String(ms) });
  const [v4, v6] = settled.map((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const found = { v4: v4 ?? [], v6: v6 ?? [] };
  const count = found.v4.length + found.v6.length;
  if (count > MOST_ADDRESSES) throw new DialRefused('name_addresses', { host, count: String(count) });
  if (count === 0) throw noAddress(host, settled, ms);
  return found;
}

const NO_SUCH_NAME = new Set(['ENOTFOUND', 'ENODATA']);
/** c-ares gave up waiting by itself. */
const NO_ANSWER = new Set(['ETIMEOUT']);

function noAddress(host: string, settled: readonly PromiseSettledResult<unknown>[], ms: number): DialRefused {
  const codes = settled.map((answer) =>
    answer.status === 'rejected' ? String((answer.reason as NodeJS.ErrnoException).code) : 'ENODATA',
  );
  const worse = codes.find((code) => !NO_SUCH_NAME.has(code));
  if (worse === undefined) return new DialRefused('name_not_found', { host });
  if (NO_ANSWER.has(worse)) return new DialRefused('name_timeout', { host, ms: String(ms) });
  return new DialRefused('name_failed', { host, why: worse });
}

/** @returns whether any of them is private; @throws DialRefused for the first that must not be */
function judgeAll({ host, privateAddresses }: Target, { v4, v6 }: Found, cluster: readonly Range[]): boolean {
  let isPrivate = false;
  for (const address of [...v4, ...v6]) {
    const verdict = judgeAddress(address, cluster);
    if (verdict.is === 'public') continue;
    if (verdict.is === 'refused' || !privateAddresses)
      throw new DialRefused('address_refused', { host, address, why: verdict.why });
    isPrivate = true;
  }
  return isPrivate;
}

/** IPv6 first, then by turns: a network on which one family is broken costs one delay. */
function alternating({ v4, v6 }: Found): string[] {
  const pairs = Array.from({ length: Math.max(v4.length, v6.length) }, (_, n) => [v6[n], v4[n]]);
  return pairs
    .flat()
    .filter((address) => address !== undefined)
    .slice(0, MOST_ATTEMPTS);
}

/** Staggered attempts; the first connection wins, and the others are given up. */
function connectToOne(
  { host, port }: Target,
  addresses: readonly string[],
  ms: number,
  signal: AbortSignal,
): Promise<[Socket, string]> {
  const attempts = new Set<Socket>();
  const { promise, resolve, reject } = Promise.withResolvers<[Socket, string]>();
  let next = 0;
  let why = '';
  let delay: NodeJS.Timeout | undefined;
  const attempt = () => {
    clearTimeout(delay);
    const address = addresses[next++];
    if (address === undefined) {
      if (attempts.size === 0) reject(new DialRefused('connect_failed', { host, why }));
      return;
    }
    const socket = connect({ host: address, port, allowHalfOpen: true, noDelay: true });
    attempts.add(socket);
    socket.once('connect', () => {
      attempts.delete(socket);
      socket.removeAllListeners();
      // Between here and its tunnel it must not end the process.
      socket.on('error', () => undefined);
      resolve([socket, address]);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      attempts.delete(socket);
      why = error.code ?? error.name;
      attempt();
    });
    delay = setTimeout(attempt, NEXT_ATTEMPT_MS);
  };
  const deadline = setTimeout(() => reject(new DialRefused('connect_timeout', { host, ms: String(ms) })), ms);
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  attempt();
  return promise.finally(() => {
    clearTimeout(delay);
    clearTimeout(deadline);
    signal.removeEventListener('abort', onAbort);
    for (const socket of attempts)
      socket
        .removeAllListeners()
        .on('error', () => undefined)
        .destroy();
  });
}

/** @returns a promise that is fulfilled, with nothing, when the signal is given */
function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
