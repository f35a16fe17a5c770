/** How Tollgate itself speaks on this wire: as a message that every client shows, or as an error. */
import type { JsonValue } from '../../json/read.ts';

/** What all chunks of a stream have in common. */
export interface ChunkHead {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

/** @returns one event with one line of data; this wire's events have no label */
export function dataEvent(data: unknown): Buffer {
  return Buffer.from(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
}

/** The event that ends a stream. */
export const DONE = '[DONE]';

/** @returns the event that ends a stream with an error */
export function errorEvent(message: string, code: string): Buffer {
  return dataEvent({ error: { message, type: 'server_error', param: null, code }, tollgate: { code } });
}

/** @returns an error reply's body as the event that stands for it in a stream */
export function asErrorEvent(body: Buffer): Buffer {
  return dataEvent(JSON.parse(body.toString()));
}

/** @returns a reply in which the model seems to say `text` and to be done; nothing was used */
export function messageBody(text: string, model: string, requestId: string): Buffer {
  const message = { role: 'assistant', content: text, refusal: null };
  const choice = { index: 0, message, logprobs: null, finish_reason: 'stop' };
  const head = { ...headOf(model, requestId), object: 'chat.completion' };
  return Buffer.from(JSON.stringify({ ...head, choices: [choice], usage: NOTHING_USED }));
}

/** @returns the same as a stream */
export function messageStream(text: string, model: string, requestId: string): Buffer {
  const head = headOf(model, requestId);
  return Buffer.concat([
    chunk(head, [deltaOf(0, { role: 'assistant', content: text })]),
    // In the last chunk and not behind it: only who asks for usage expects a chunk without choices.
    chunk(head, [deltaOf(0, {}, 'stop')], { usage: NOTHING_USED }),
    dataEvent(DONE),
  ]);
}

/** @returns the event of one chunk */
export function chunk(head: ChunkHead, choices: readonly object[], more: object = {}): Buffer {
  return dataEvent({ ...head, object: 'chat.completion.chunk', choices, ...more });
}

/** @returns what a chunk says of one choice */
export function deltaOf(
  index: number,
  delta: { readonly [name: string]: JsonValue },
  finishReason: string | null = null,
): object {
  return { index, delta, logprobs: null, finish_reason: finishReason };
}

/** Stands in chunks that are not a provider's. */
export const NO_HEAD: ChunkHead = { id: 'chatcmpl-tollgate', created: 0, model: '' };

/** A real chunk that means nothing: clients that count only events are kept waiting too. */
export const KEEP_ALIVE: Buffer = chunk(NO_HEAD, [{ index: 0, delta: {}, finish_reason: null }]);

const NOTHING_USED = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

const headOf = (model: string, requestId: string): ChunkHead => ({
  ...NO_HEAD,
  id: `chatcmpl-tollgate-${requestId}`,
  model,
});
