/** Which headers go to a provider that speaks OpenAI's APIs, and which come back. Nothing is copied that is not here. */
import type { AgentHeaders, Betas, RequestView, UpstreamHeaders } from '../wire.ts';

/** @returns name, value, name, value, … as undici takes them */
export function upstreamHeaders({
  view,
  betas,
  key,
}: Pick<UpstreamHeaders, 'betas' | 'key'> & {
  readonly view: Pick<RequestView, 'stream' | 'document'>;
}): string[] {
  const headers = [
    'accept',
    view.stream ? 'text/event-stream' : 'application/json',
    // A reply that we would have to decode could not be passed on as it came.
    'accept-encoding',
    'identity',
    'user-agent',
    'tollgate',
  ];
  if (view.document !== undefined) headers.push('content-type', 'application/json');
  if (betas.length > 0) headers.push('openai-beta', betas.join(','));
  if (key !== undefined) headers.push('authorization', `Bearer ${key}`);
  return headers;
}

/** OpenAI API reference, "Debugging requests"; retry-after-ms and x-should-retry are what official SDKs go by. */
const REPLY_HEADERS =
  /^(content-type|x-request-id|retry-after|retry-after-ms|x-should-retry|openai-processing-ms|x-ratelimit-[a-z-]+)$/;

/** Whether a header of the provider's reply goes to the agent; organisation, project and account stay here. */
export function passesBack(name: string): boolean {
  return REPLY_HEADERS.test(name);
}

/** @returns what the header `openai-beta` asks for: `name=version`, several with commas; none changes what is judged */
export function readBetas(headers: AgentHeaders): Betas {
  const names = String(headers['openai-beta'] ?? '')
    .split(',')
    .map((name) => name.trim());
  return { known: [], unknown: [...new Set(names.filter((name) => name !== ''))] };
}
