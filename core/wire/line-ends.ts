/**
 * Characters that may stand in JSON's strings as they are, and end a line for Python's splitlines (and so httpx) or others.
 *
 * Clients that split lines there, and go on when one cannot be read, would put a tool call together without that piece
 * of it: other arguments than those that were judged. Written with escapes, all clients read them alike.
 */
import type { SseEvent } from './sse.ts';
import { withData } from './sse.ts';

const LINE_ENDS = /[\x7f-\x9f\u2028\u2029]/g;

/** Whether a line of data has such a character. */
export function hasLineEnds(data: Buffer): boolean {
  return data.toString().search(LINE_ENDS) >= 0;
}

/** @returns the data with such characters escaped */
export function withoutLineEnds(data: Buffer): Buffer {
  const escaped = (one: string): string => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return Buffer.from(data.toString().replace(LINE_ENDS, escaped));
}

/** @returns the event's very bytes, or with such characters escaped where its data has any */
export function unsplittable(event: SseEvent): Buffer {
  const { data } = event;
  return data === undefined || !hasLineEnds(data) ? event.raw : withData(event, withoutLineEnds(data));
}
