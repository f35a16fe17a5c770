/**
 * Reads a watch: one JSON event a line (API concepts, "Efficient detection of changes").
 *
 * What is not such an event ends it with an ERROR, since nobody can tell which change is lost with it; a watch from the
 * last good resourceVersion gets it again.
 */
import type { Readable } from 'node:stream';
import { type ApiError, isRecord, localError, statusError } from './answer.ts';
import { Deadline } from './deadline.ts';
import { Lines } from './lines.ts';
import { isObject, type KubeObject } from './object.ts';

export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }
  /** Always the last one. */
  | { readonly type: 'ERROR'; readonly error: ApiError };

/** etcd keeps 1.5 MB of an object; as JSON it is longer. */
const MOST_LINE_BYTES = 32 * 1024 * 1024;

/**
 * Ends without a word when the server ends the watch between two events, or the signal says so.
 *
 * @param body destroyed at the end, however it comes
 * @param idleMs how long there may be no byte: a connection that was lost without a sign is silent for ever
 */
export async function* readWatch<T extends KubeObject>(
  body: Readable,
  what: string,
  idleMs: number,
  signal?: AbortSignal,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const idle = new Deadline(idleMs, signal);
  idle.signal.addEventListener('abort', () => body.destroy(), { once: true });
  if (idle.over !== undefined) body.destroy();
  const lines = new Lines(MOST_LINE_BYTES);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      idle.again();
      for (const line of lines.push(chunk)) {
        if (idle.over !== undefined) break;
        const event = readEvent<T>(line, what);
        yield event;
        if (event.type === 'ERROR') return;
      }
    }
    if (idle.over === undefined && lines.held > 0) {
      yield unreadable(what, 'HalfLine', 'it ended inside of an event');
    }
  } catch (error) {
    if (idle.over === undefined) yield { type: 'ERROR', error: explain(error, what) };
  } finally {
    idle.done();
  }
  if (idle.over === 'timeout') {
    yield {
      type: 'ERROR',
      error: localError('timeout', 'Idle', what, `nothing came for ${idleMs / 1000} s`),
    };
  }
}

function readEvent<T extends KubeObject>(line: string, what: string): WatchEvent<T> {
  const event = parsed(line);
  const object = isRecord(event) ? event.object : undefined;
  if (!isRecord(event) || !isRecord(object)) return unreadable(what, 'Garbage', 'a line is no event');
  if (event.type === 'ERROR') {
    const code = typeof object.code === 'number' ? object.code : 0;
    return { type: 'ERROR', error: statusError(what, code, object) };
  }
  const metadata = isRecord(object.metadata) ? object.metadata : {};
  const { resourceVersion } = metadata;
  if (typeof resourceVersion !== 'string' || resourceVersion === '') {
    return unreadable(what, 'Garbage', 'an event has no resourceVersion');
  }
  if (event.type === 'BOOKMARK') return { type: 'BOOKMARK', resourceVersion };
  if (event.type !== 'ADDED' && event.type !== 'MODIFIED' && event.type !== 'DELETED') {
    return unreadable(what, 'Garbage', 'an event has no type that is known');
  }
  if (!isObject<T>(object)) return unreadable(what, 'Garbage', "an event's object has no name or UID");
  return { type: event.type, object };
}

function explain(error: unknown, what: string): ApiError {
  if (error instanceof RangeError) return localError('unreadable', 'TooLong', what, error.message);
  if (error instanceof TypeError) return localError('unreadable', 'Garbage', what, 'a line is not UTF-8');
  const { code, message } = error as NodeJS.ErrnoException;
  return localError('network', code ?? 'Network', what, `the connection broke: ${message}`);
}

function unreadable(what: string, reason: string, why: string): { type: 'ERROR'; error: ApiError } {
  return { type: 'ERROR', error: localError('unreadable', reason, what, why) };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
