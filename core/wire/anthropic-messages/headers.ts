/** Which headers go to the provider and which come back. Nothing is copied that does not stand here. */
import type { RequestView, UpstreamHeaders } from '../wire.ts';

/** Used when the agent names no version, or something that is none. */
const DEFAULT_VERSION = '2023-06-01';

/** @returns name, value, name, value, … as undici takes them */
export function upstreamHeaders({
  view,
  agent,
  betas,
  key,
}: Omit<UpstreamHeaders, 'view'> & {
  readonly view: Pick<RequestView, 'stream' | 'document'>;
}): string[] {
  const version = agent['anthropic-version'];
  const headers = [
    'accept',
    view.stream ? 'text/event-stream' : 'application/json',
    // A reply that we would have to decode could not be passed on as it came.
    'accept-encoding',
    'identity',
    'anthropic-version',
    typeof version === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(version) ? version : DEFAULT_VERSION,
    'user-agent',
    'tollgate',
  ];
  if (view.document !== undefined) headers.push('content-type', 'application/json');
  if (betas.length > 0) headers.push('anthropic-beta', betas.join(','));
  if (key !== undefined) headers.push('x-api-key', key);
  return headers;
}

const REPLY_HEADERS = /^(content-type|request-id|retry-after|x-should-retry|anthropic-ratelimit-[a-z-]+)$/;

/** Whether a header of the provider's reply goes to the agent; organisation and account stay here. */
export function passesBack(name: string): boolean {
  return REPLY_HEADERS.test(name);
}
