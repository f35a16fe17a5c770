/** What `/fault` does to an answer. How the events of an API look, its form says. */
import type { ApiError } from './api-error.ts';
import { retryHeaders } from './http.ts';
import { parseJson } from './json.ts';
import type { StreamEvent } from './stream-event.ts';
import type { FaultKind } from './turn.ts';

/** How errors and usage look on one API, and which fields its clients read. */
export type Form = {
  /** The errors with which it turns a call down on purpose. */
  readonly errors: { readonly [kind in FaultKind]?: ApiError };
  /** The error of a provider that can't answer just now. */
  readonly overloaded: ApiError;
  errorJson(error: ApiError, requestId: string): string;
  /** The event that ends a stream with an error, after `sent` events. */
  brokenOff(error: ApiError, requestId: string, sent: number): Omit<StreamEvent, 'made'>;
  /** Whether it has answers that say of themselves that they failed. */
  readonly hasFailed: boolean;
  /** An event (or the body) without its usage. */
  withoutUsage(value: { [key: string]: unknown }): object;
  /** The field with the count of output tokens. */
  readonly outputField: string;
  /** The key whose text a delta carries, and usage that is wrong, as JSON. */
  readonly deltaKey: string;
  readonly wrongUsage: string;
};

/** An answer that says of itself that it failed: as a body, and as the event that ends a stream after `sent` events. */
export type Failed = { readonly json: string; event(sent: number): Omit<StreamEvent, 'made'> };

/** A reply that is not an answer: what `/fault` puts in its place. */
export type CannedReply = {
  readonly status: number;
  readonly contentType: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body: string | Buffer;
};

const html = (title: string): string =>
  `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1><p>[rehearsal]</p></body></html>\n`;

/** The reply of a fault in which the provider turns the call down before it says anything: it costs nothing. */
export function refusedReply(
  fault: FaultKind | undefined,
  stream: boolean,
  form: Form,
  requestId: string,
): CannedReply | undefined {
  if (fault === undefined) return undefined;
  const unavailable = !stream && (fault === 'error-event' || (fault === 'failed' && !form.hasFailed));
  const error = unavailable ? form.overloaded : form.errors[fault];
  if (error !== undefined) {
    const headers = retryHeaders(error.status);
    return {
      status: error.status,
      contentType: 'application/json',
      headers,
      body: form.errorJson(error, requestId),
    };
  }
  if (fault === 'html502') return { status: 502, contentType: 'text/html', body: html('502 Bad Gateway') };
  if (fault === 'redirect302') {
    return { status: 302, contentType: 'text/plain', headers: { location: '/rehearsal-redirect' }, body: '' };
  }
  return undefined;
}

/** The reply of a fault in which the answer was made, and is lost: status 200 and a body that is no answer. */
export function lostReply(
  fault: FaultKind | undefined,
  stream: boolean,
  json: string,
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
      return { status: 200, contentType: 'application/json', body: json.slice(0, json.length / 2) };
    default:
      return undefined;
  }
}

const hugeBytes = 20_000_000;

/** JSON text made `bytes` longer with blanks before its last brace. */
function padded(json: string, bytes: number): string {
  return `${json.slice(0, -1)}${' '.repeat(bytes)}}`;
}

function withoutUsage(json: string, form: Form): string {
  const value = parseJson(json);
  return value === undefined ? json : JSON.stringify(form.withoutUsage(value as { [key: string]: unknown }));
}

/** The key twice, a wrong value first; JSON.parse believes the second. */
function doubled(json: string, key: string, wrong: string): string {
  return json.replace(`"${key}":`, () => `"${key}":${wrong},"${key}":`);
}

/** Bends the events of a stream. What breaks off in the middle breaks off after half of its deltas. */
export function spoilEvents(
  fault: FaultKind | undefined,
  planned: Iterable<StreamEvent>,
  form: Form,
  requestId: string,
  failed?: Failed,
): Iterable<StreamEvent> {
  if (fault === undefined) return planned;
  const events = [...planned];
  const deltas = events.filter(({ part }) => part === 'delta');
  const middle = events.indexOf(deltas[Math.floor(deltas.length / 2)] as StreamEvent);
  const half = events.slice(0, middle);
  const made = half.at(-1)?.made ?? 0;
  const end = events.find(({ part }) => part === 'final');
  switch (fault) {
    case 'cut':
    case 'end-early':
      return half;
    case 'error-event':
      return [...half, { ...form.brokenOff(form.overloaded, requestId, half.length), made }];
    case 'failed': {
      const last = failed?.event(half.length) ?? form.brokenOff(form.overloaded, requestId, half.length);
      return [...half, { ...last, made }];
    }
    case 'no-usage':
      return events.map((one) => ({ ...one, data: withoutUsage(one.data, form) }));
    case 'usage-twice':
      return events.flatMap((one) =>
        one === end ? [{ ...one, data: halvedOutput(one.data, form.outputField) }, one] : [one],
      );
    case 'usage-late':
      return [
        ...events.map((one) => (one === end ? { ...one, data: withoutUsage(one.data, form) } : one)),
        ...(end ? [end] : []),
      ];
    case 'dup-keys':
      return events.map((one, index) => {
        if (index === middle) return { ...one, data: doubled(one.data, form.deltaKey, '"another text"') };
        return one === end ? { ...one, data: doubled(one.data, 'usage', form.wrongUsage) } : one;
      });
    case 'huge-event':
      return events.map((one, index) =>
        index === middle ? { ...one, data: padded(one.data, hugeBytes) } : one,
      );
    default:
      return events;
  }
}

function halvedOutput(json: string, field: string): string {
  return json.replace(
    new RegExp(`"${field}":(\\d+)`),
    (_, count) => `"${field}":${Math.floor(Number(count) / 2)}`,
  );
}

/** Bends the body of a reply that is not streamed. */
export function spoilBody(fault: FaultKind | undefined, json: string, form: Form, failed?: Failed): string {
  switch (fault) {
    case 'failed':
      return failed?.json ?? json;
    case 'end-early':
      return json.slice(0, json.length / 2);
    case 'no-usage':
    case 'usage-late':
      return withoutUsage(json, form);
    case 'usage-twice':
    case 'dup-keys':
      return doubled(json, 'usage', form.wrongUsage);
    case 'huge-event':
      return padded(json, hugeBytes);
    default:
      return json;
  }
}
