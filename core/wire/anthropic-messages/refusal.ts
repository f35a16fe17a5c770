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

/** @returns a reply in which the model seems to say `text` and to be done; nothing was used */
export function messageBody(text: string, model: string, requestId: string): Buffer {
  return Buffer.from(JSON.stringify(message(model, requestId, [{ type: 'text', text }], 'end_turn')));
}

/** @returns the same as a stream */
export function messageStream(text: string, model: string, requestId: string): Buffer {
  const delta = { stop_reason: 'end_turn', stop_sequence: null };
  const start = { type: 'text', text: '' };
  return Buffer.concat([
    sseEvent('message_start', { type: 'message_start', message: message(model, requestId, [], null) }),
    sseEvent('content_block_start', { type: 'content_block_start', index: 0, content_block: start }),
    sseEvent('content_block_delta', {
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'text_delta', text },
    }),
    sseEvent('content_block_stop', { type: 'content_block_stop', index: 0 }),
    sseEvent('message_delta', { type: 'message_delta', delta, usage: { output_tokens: 0 } }),
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
