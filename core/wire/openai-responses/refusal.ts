/** How a refusal looks on this wire: as an error, or as a message that every client shows. */
import { isObject, type JsonObject, type JsonValue } from '../../json/read.ts';
import { sseEvent } from '../sse.ts';
import {
  created,
  failed,
  message,
  messageEvents,
  NOTHING_USED,
  type OwnEvent,
  ownId,
  response,
  written,
} from './own.ts';

/** @returns the status with which a refusal of this status is sent: Codex asks five times again after a 403 */
export function refusalStatus(status: number): number {
  return status === 403 ? 400 : status;
}

/** @returns the events that end a stream, of which no event has been sent yet, with an error */
export function errorEvent(text: string, code: string): Buffer {
  const begun = response('resp_tollgate', '');
  return stream([created(begun), failed(begun, text, code)]);
}

/**
 * @returns an error reply's body as the events that stand for it in a stream. What a provider said keeps its code, by
 * which clients know whether to ask again.
 */
export function asErrorEvent(body: Buffer): Buffer {
  const { error, tollgate } = readError(body);
  const { message = '', code, type } = isObject(error) ? error : { message: error };
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  if (isObject(tollgate)) return errorEvent(text, String(tollgate.code));
  const begun = response('resp_tollgate', '');
  const said = [code, type].find((one) => typeof one === 'string') ?? 'server_error';
  const more = { status: 'failed', error: { code: said, message: text } };
  return stream([created(begun), { type: 'response.failed', response: { ...begun, ...more } }]);
}

/** Some hosts put their error into a list, or have it as text. */
function readError(body: Buffer): JsonObject {
  const value = JSON.parse(body.toString()) as JsonValue;
  const first = Array.isArray(value) ? value[0] : value;
  if (!isObject(first)) return { error: String(first) };
  return 'error' in first ? first : { error: first.detail ?? first };
}

/** @returns a reply in which the model seems to say `text` and to be done; nothing was used */
export function messageBody(text: string, model: string, requestId: string): Buffer {
  return Buffer.from(JSON.stringify(completed(text, model, requestId)));
}

/** @returns the same as a stream */
export function messageStream(text: string, model: string, requestId: string): Buffer {
  const begun = response(`resp_tollgate_${requestId}`, model);
  return stream([
    created(begun),
    { type: 'response.in_progress', response: begun },
    ...messageEvents(0, message(ownId(requestId, 0), text)),
    { type: 'response.completed', response: completed(text, model, requestId) },
  ]);
}

/** A real event of this wire that means nothing: clients that count only events are kept waiting too. */
export const KEEP_ALIVE: Buffer = sseEvent('keepalive', { type: 'keepalive', sequence_number: 0 });

function completed(text: string, model: string, requestId: string): JsonObject {
  return {
    ...response(`resp_tollgate_${requestId}`, model),
    status: 'completed',
    output: [message(ownId(requestId, 0), text)],
    usage: NOTHING_USED,
  };
}

function stream(events: readonly OwnEvent[]): Buffer {
  let number = 0;
  return written(events, () => number++);
}
