import { type ApiError, errorJson } from './errors.ts';
import type { StreamEvent } from './events.ts';
import { retryHeaders } from './http.ts';
import { isObject, parseJson } from './json.ts';
import type { FaultKind } from './turn.ts';

/** A reply that is not a message: what `/fault` puts in its place. */
export type CannedReply = {
  readonly status: number;
  readonly contentType: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body: string | Buffer;
};

const apiErrors: { readonly [kind in FaultKind]?: ApiError } = {
  http400: {
    status: 400,
    type: 'invalid_request_error',
    message: '[rehearsal] this request is refused on purpose',
  },
  http401: { status: 401, type: 'authentication_error', message: 'invalid x-api-key' },
  http403: { status: 403, type: 'permission_error', message: '[rehearsal] this key may not do that' },
  http404: { status: 404, type: 'not_found_error', message: 'model: rehearsal-no-such-model' },
  http429: {
    status: 429,
    type: 'rate_limit_error',
    message: '[rehearsal] this request would exceed the rate limit',
  },
  http500: { status: 500, type: 'api_error', message: 'Internal server error' },
  http529: { status: 529, type: 'overloaded_error', message: 'Overloaded' },
};

const overloaded: ApiError = { status: 529, type: 'overloaded_error', message: 'Overloaded' };

const html = (title: string): string =>
  `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1><p>[rehearsal]</p></body></html>\n`;

/** The reply of a fault in which the provider turns the call down before it says anything: it costs nothing. */
export function refusedReply(
  fault: FaultKind | undefined,
  stream: boolean,
  requestId: string,
): CannedReply | undefined {
  if (fault === undefined) return undefined;
  const error = fault === 'error-event' && !stream ? overloaded : apiErrors[fault];
  if (error !== undefined) {
    const headers = retryHeaders(error.status);
    return {
      status: error.status,
      contentType: 'application/json',
      headers,
      body: errorJson(error, requestId),
    };
  }
  if (fault === 'html502') return { status: 502, contentType: 'text/html', body: html('502 Bad Gateway') };
  if (fault === 'redirect302') {
    return { status: 302, contentType: 'text/plain', headers: { location: '/rehearsal-redirect' }, body: '' };
  }
  return undefined;
}

/** The reply of a fault in which the answer was made, and is lost: status 200 and a body that is no message. */
export function lostReply(
  fault: FaultKind | undefined,
  stream: boolean,
  message: string,
): CannedReply | undefined {
  switch (fault) {
    case 'garbage': {
      const noise = Buffer.from(Array.from({ length: 999 }, (_, index) => (index * 167 + 129) % 256));
      return {
        status: 200,
        contentType: stream ? 'text/event-stream; charset=utf-8' : 'application/json',
        body: noise,
      };
    }
    case 'html200':
      return { status: 200, contentType: 'text/html', body: html('Welcome to the network') };
    case 'bad-json':
      return { status: 200, contentType: 'application/json', body: message.slice(0, message.length / 2) };
    default:
      return undefined;
  }
}

const hugeBytes = 20_000_000;

/** JSON text made `bytes` longer with blanks before its last brace. */
function padded(json: string, bytes: number): string {
  return `${json.slice(0, -1)}${' '.repeat(bytes)}}`;
}

function withoutUsage(json: string): string {
  const { usage: _usage, ...event } = parseJson(json) as { usage?: unknown; message?: unknown };
  if (!isObject(event.message)) return JSON.stringify(event);
  const { usage: _inner, ...message } = event.message;
  return JSON.stringify({ ...event, message });
}

/** The key twice, a wrong value first; JSON.parse believes the second. */
function doubled(json: string, key: string, wrong: string): string {
  return json.replace(`"${key}":`, () => `"${key}":${wrong},"${key}":`);
}

/** Bends the events of a stream. What breaks off in the middle breaks off after half of its deltas. */
export function spoilEvents(
  fault: FaultKind | undefined,
  planned: Iterable<StreamEvent>,
  requestId: string,
): Iterable<StreamEvent> {
  if (fault === undefined) return planned;
  const events = [...planned];
  const deltas = events.filter(({ event }) => event === 'content_block_delta');
  const middle = events.indexOf(deltas[Math.floor(deltas.length / 2)] as StreamEvent);
  const half = events.slice(0, middle);
  const end = events.find(({ event }) => event === 'message_delta');
  switch (fault) {
    case 'cut':
    case 'end-early':
      return half;
    case 'error-event':
      return [
        ...half,
        { event: 'error', data: errorJson(overloaded, requestId), made: half.at(-1)?.made ?? 0 },
      ];
    case 'no-usage':
      return events.map((one) => ({ ...one, data: withoutUsage(one.data) }));
    case 'usage-twice':
      return events.flatMap((one) => (one === end ? [{ ...one, data: halvedOutput(one.data) }, one] : [one]));
    case 'usage-late':
      return [
        ...events.map((one) => (one === end ? { ...one, data: withoutUsage(one.data) } : one)),
        ...(end ? [end] : []),
      ];
    case 'dup-keys':
      return events.map((one, index) => {
        if (index === middle) return { ...one, data: doubled(one.data, 'text', '"another text"') };
        return one === end ? { ...one, data: doubled(one.data, 'usage', '{"output_tokens":1}') } : one;
      });
    case 'huge-event':
      return events.map((one, index) =>
        index === middle ? { ...one, data: padded(one.data, hugeBytes) } : one,
      );
    default:
      return events;
  }
}

function halvedOutput(json: string): string {
  return json.replace(
    /"output_tokens":(\d+)/,
    (_, count) => `"output_tokens":${Math.floor(Number(count) / 2)}`,
  );
}

/** Bends the body of a reply that is not streamed. */
export function spoilBody(fault: FaultKind | undefined, json: string): string {
  switch (fault) {
    case 'end-early':
      return json.slice(0, json.length / 2);
    case 'no-usage':
    case 'usage-late':
      return withoutUsage(json);
    case 'usage-twice':
    case 'dup-keys':
      return doubled(json, 'usage', '{"input_tokens":1,"output_tokens":1}');
    case 'huge-event':
      return padded(json, hugeBytes);
    default:
      return json;
  }
}
