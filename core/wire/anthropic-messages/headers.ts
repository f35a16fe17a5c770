/** Which headers go to the provider and which come back. Nothing is copied that does not stand here. */
import type { Betas } from '../wire.ts';

/** Used when the agent names no version, or something that is none. */
const DEFAULT_VERSION = '2023-06-01';

export interface UpstreamHeaders {
  /** The agent's anthropic-version header. */
  readonly version: string | undefined;
  readonly betas: readonly string[];
  readonly stream: boolean;
  readonly hasBody: boolean;
  /** undefined: the provider takes none. */
  readonly key: string | undefined;
}

/** @returns name, value, name, value, … as undici takes them */
export function upstreamHeaders({ version, betas, stream, hasBody, key }: UpstreamHeaders): string[] {
  const headers = [
    'accept',
    stream ? 'text/event-stream' : 'application/json',
    // A reply that we would have to decode could not be passed on as it came.
    'accept-encoding',
    'identity',
    'anthropic-version',
    version !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(version) ? version : DEFAULT_VERSION,
    'user-agent',
    'tollgate',
  ];
  if (hasBody) headers.push('content-type', 'application/json');
  if (betas.length > 0) headers.push('anthropic-beta', betas.join(','));
  if (key !== undefined) headers.push('x-api-key', key);
  return headers;
}

/** Betas that reach the provider: those that the tables know, and those that its Provider allows. */
export function passedBetas(
  betas: Betas,
  allowed: ReadonlySet<string>,
): { passed: string[]; removed: string[] } {
  const passed = [...betas.known, ...betas.unknown.filter((name) => allowed.has(name))];
  return { passed, removed: betas.unknown.filter((name) => !allowed.has(name)) };
}

const REPLY_HEADERS = /^(content-type|request-id|retry-after|x-should-retry|anthropic-ratelimit-[a-z-]+)$/;

/** Whether a header of the provider's reply goes to the agent; organisation and account stay here. */
export function passesBack(name: string): boolean {
  return REPLY_HEADERS.test(name);
}
