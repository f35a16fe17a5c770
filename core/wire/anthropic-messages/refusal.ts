/** How a refusal looks on this wire: as an error, or as a message that every client shows. */
import { sseEvent } from '../sse.ts';

/** Anthropic API reference, "Errors": the types that belong to the statuses we use. */
const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'invalid_request_error',
  413: 'request_too_large',
  415: 'invalid_request_error',
  421: 'invalid_request_error',
  429: 'rate_limit_error',
};

/** @returns the body of an error reply */
export function errorBody(status: number, message: string, requestId: string, code: string): Buffer {
  // What the API says for models without threads; official SDKs then send the whole conversation instead.
  const details = code === 'threads_off' ? { details: { error_code: 'thread_unsupported_request' } } : {};
  const error = { type: ERROR_TYPES[status] ?? 'api_error', message, ...details };
  return Buffer.from(JSON.stringify({ type: 'error', error, request_id: requestId, tollgate: { code } }));
}

/** @returns the event that ends a stream with an error */
export function errorEvent(message: string, code: string): Buffer {
  return sseEvent('error', { type: 'error', error: { type: 'api_error', message }, tollgate: { code } });
}

/** @returns an error reply's body as the event that stands for it in a stream */
export function asErrorEvent(body: Buffer): Buffer {
  return sseEvent('error', JSON.parse(body.toString()));
}

/** @returns a reply in which the model seems to say `text` and to be done; nothing was used */
export function messageBody(text: string, model: string, requestId: string): Buffer {
  return Buffer.from(JSON.stringify(message(model, requestId, [{ type: 'text', text }], 'end_turn')));
}

/** @returns the same as a stream */
export function messageStream(text: string, model: string, requestId: string): Buffer {
  return Buffer.concat([
    sseEvent('message_start', { type: 'message_start', message: message(model, requestId, [], null) }),
    textBlock(0, text),
    messageEnd('end_turn', 0),
  ]);
}

/** @returns the events of a block of text */
export function textBlock(index: number, text: string): Buffer {
  const start = { type: 'content_block_start', index, content_block: { type: 'text', text: '' } };
  const delta = { type: 'content_block_delta', index, delta: { type: 'text_delta', text } };
  return Buffer.concat([
    sseEvent('content_block_start', start),
    sseEvent('content_block_delta', delta),
    blockStop(index),
  ]);
}

/** @returns the event that ends a block */
export function blockStop(index: number): Buffer {
  return sseEvent('content_block_stop', { type: 'content_block_stop', index });
}

/** @returns the events that end a message */
export function messageEnd(stopReason: string, outputTokens: number): Buffer {
  const delta = { stop_reason: stopReason, stop_sequence: null };
  return Buffer.concat([
    sseEvent('message_delta', { type: 'message_delta', delta, usage: { output_tokens: outputTokens } }),
    sseEvent('message_stop', { type: 'message_stop' }),
  ]);
}

/** A real event of this wire that means nothing: clients that count only events are kept waiting too. */
export const KEEP_ALIVE: Buffer = sseEvent('ping', { type: 'ping' });

function message(model: string, requestId: string, content: unknown[], stopReason: string | null): unknown {
  return {
    id: `msg_tollgate_${requestId}`,
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason: stopReason,
    stop_sequence: null,
    usage: { input_tokens: 0, output_tokens: 0 },
  };
}
