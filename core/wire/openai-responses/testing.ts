/** For tests of this wire: streams as the real API writes them. */
import type { GuardOptions, RequestView, ToolJudge } from '../wire.ts';
import { GuardedStream } from './stream.ts';

/** What a test may say otherwise. */
export interface Otherwise extends Partial<Pick<GuardOptions, 'cap' | 'outruns'>> {
  readonly view?: Pick<RequestView, 'cacheWrite'>;
}

export function guardWith(judge: ToolJudge, otherwise: Otherwise = {}): GuardedStream {
  const view = { cacheWrite: '5m' } as const;
  return new GuardedStream({ judge, view, cap: 100_000, outruns: () => false, ...otherwise });
}

export type Fields = { readonly [field: string]: unknown };

/** @returns one event, as the real API writes it: a label, one line of data; numbers come with stream() */
export function event(type: string, fields: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

/** @returns the events with numbers from 0 up, as a stream has them; those that cannot be read stay as they are */
export function stream(...events: readonly string[]): string {
  let number = 0;
  return events
    .join('')
    .replace(/^data: \{"type":"[^"]*"/gm, (start) => `${start},"sequence_number":${number++}`);
}

export const RESPONSE: Fields = {
  id: 'resp_01',
  object: 'response',
  created_at: 1,
  status: 'in_progress',
  error: null,
  incomplete_details: null,
  model: 'gpt-5.4',
  output: [],
  tools: [{ type: 'function', name: 'Lookup', parameters: { type: 'object', properties: {} } }],
  tool_choice: 'auto',
  usage: null,
};

export const USAGE: Fields = {
  input_tokens: 10,
  input_tokens_details: { cached_tokens: 4, cache_write_tokens: 0 },
  output_tokens: 5,
  output_tokens_details: { reasoning_tokens: 2 },
  total_tokens: 15,
};

export const CREATED: string = event('response.created', { response: RESPONSE });
export const START: string = CREATED + event('response.in_progress', { response: RESPONSE });
export const PING: string = event('keepalive');

/** @returns the end of a response with this output */
export function end(output: readonly object[] = [], more: Fields = {}): string {
  return event('response.completed', {
    response: { ...RESPONSE, status: 'completed', output, usage: USAGE, ...more },
  });
}

export const added = (output_index: number, item: object): string =>
  event('response.output_item.added', { output_index, item });
export const done = (output_index: number, item: object): string =>
  event('response.output_item.done', { output_index, item });

export function textItem(index: number, text: string, id = `msg_${index}`): Fields {
  return {
    id,
    type: 'message',
    status: 'completed',
    role: 'assistant',
    content: [{ type: 'output_text', annotations: [], logprobs: [], text }],
  };
}

/** @returns the events of a message, but for its end */
export function openText(output_index: number, ...texts: readonly string[]): string {
  const item = textItem(output_index, '');
  const at = { item_id: item.id, output_index, content_index: 0 };
  const part = { type: 'output_text', annotations: [], logprobs: [], text: '' };
  return (
    added(output_index, { ...item, status: 'in_progress', content: [] }) +
    event('response.content_part.added', { ...at, part }) +
    texts
      .map((delta) => event('response.output_text.delta', { ...at, delta, logprobs: [], obfuscation: 'x' }))
      .join('')
  );
}

/** @returns all events of a message */
export function text(output_index: number, ...texts: readonly string[]): string {
  const item = textItem(output_index, texts.join(''));
  const at = { item_id: item.id, output_index, content_index: 0 };
  const part = (item.content as Fields[])[0];
  return (
    openText(output_index, ...texts) +
    event('response.output_text.done', { ...at, text: texts.join(''), logprobs: [] }) +
    event('response.content_part.done', { ...at, part }) +
    done(output_index, item)
  );
}

export function callItem(index: number, name: string, args: string, more: Fields = {}): Fields {
  const ids = { id: `fc_${index}`, call_id: `call_${index}` };
  return { ...ids, type: 'function_call', status: 'completed', name, arguments: args, ...more };
}

/** @returns the events of a call, but for its end, whose arguments come in these pieces of JSON */
export function openCall(
  output_index: number,
  name: string,
  pieces: readonly string[],
  more: Fields = {},
): string {
  const item = callItem(output_index, name, '', { status: 'in_progress', ...more });
  const at = { item_id: item.id, output_index };
  return (
    added(output_index, item) +
    pieces
      .map((delta) => event('response.function_call_arguments.delta', { ...at, delta, obfuscation: 'x' }))
      .join('')
  );
}

export function closeCall(output_index: number, name: string, args: string, more: Fields = {}): string {
  const item = callItem(output_index, name, args, more);
  const at = { item_id: item.id, output_index };
  return (
    event('response.function_call_arguments.done', { ...at, arguments: args }) + done(output_index, item)
  );
}

/** @returns all events of a function call whose arguments come in these pieces of JSON */
export function call(output_index: number, name: string, ...pieces: readonly string[]): string {
  return openCall(output_index, name, pieces) + closeCall(output_index, name, pieces.join(''));
}
