/** What Tollgate itself says in replies of this wire: a message, and the response and the events around it. */
import type { JsonObject, JsonValue } from '../../json/read.ts';
import { sseEvent } from '../sse.ts';

/** An event that has no number yet. */
export interface OwnEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

export type Message = JsonObject & { id: string; content: JsonValue[] };

/** What stands in place of an answer when nothing was used. */
export const NOTHING_USED: JsonObject = usageOf(0);

/** @returns an id for an item of ours that is unique among those of all replies; the API takes up to 64 characters */
export function ownId(responseId: JsonValue | undefined, index: number): string {
  const part = typeof responseId === 'string' ? responseId.replace(/[^A-Za-z0-9-]/g, '').slice(-36) : '';
  return `msg_tollgate_${part}_${index}`;
}

/** @returns an output item in which the model seems to say `text` */
export function message(id: string, text: string): Message {
  return { id, type: 'message', status: 'completed', role: 'assistant', content: [textPart(text)] };
}

function textPart(text: string): JsonObject {
  return { type: 'output_text', annotations: [], logprobs: [], text };
}

/** @returns all events of an item, from its beginning to its end */
export function messageEvents(index: number, item: Message): OwnEvent[] {
  const text = String((item.content[0] as JsonObject).text);
  const at = { item_id: item.id, output_index: index, content_index: 0 };
  return [
    {
      type: 'response.output_item.added',
      output_index: index,
      item: { ...item, status: 'in_progress', content: [] },
    },
    { type: 'response.content_part.added', ...at, part: textPart('') },
    { type: 'response.output_text.delta', ...at, delta: text, logprobs: [] },
    ...partEnd(at, textPart(text)),
    { type: 'response.output_item.done', output_index: index, item },
  ];
}

/** @returns the events that end a part of a message */
export function partEnd(
  at: { readonly item_id: JsonValue; readonly output_index: number; readonly content_index: number },
  part: JsonObject,
): OwnEvent[] {
  const { type, text, refusal } = part;
  const said: OwnEvent[] = [];
  if (type === 'output_text') said.push({ type: 'response.output_text.done', ...at, text, logprobs: [] });
  if (type === 'refusal') said.push({ type: 'response.refusal.done', ...at, refusal });
  return [...said, { type: 'response.content_part.done', ...at, part }];
}

/** @returns a response that has only begun; all fields that official SDKs expect are there */
export function response(id: string, model: string): JsonObject {
  return {
    id,
    object: 'response',
    // A moment nobody knows here; no client does more with it than keep it.
    created_at: 0,
    status: 'in_progress',
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    model,
    output: [],
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: null,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: null,
    truncation: 'disabled',
    usage: null,
    user: null,
    metadata: {},
  };
}

/** @returns the event that says that a response has begun */
export function created(begun: JsonObject): OwnEvent {
  return { type: 'response.created', response: begun };
}

/**
 * @returns the event that ends a response with an error. Of all codes, invalid_prompt is the one with which Codex shows
 * the text as it is and does not ask again.
 */
export function failed(begun: JsonObject, text: string, code: string): OwnEvent {
  const error = { code: 'invalid_prompt', message: text };
  return { type: 'response.failed', response: { ...begun, status: 'failed', error }, tollgate: { code } };
}

/** @returns the event that ends a response as if the model had reached its cap */
export function incomplete(begun: JsonObject, output: readonly JsonValue[], outputTokens: number): OwnEvent {
  const incomplete_details = { reason: 'max_output_tokens' };
  const more = { status: 'incomplete', incomplete_details, output, usage: usageOf(outputTokens) };
  return { type: 'response.incomplete', response: { ...begun, ...more } };
}

function usageOf(outputTokens: number): JsonObject {
  return {
    input_tokens: 0,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: outputTokens,
  };
}

/** @returns the events as they are sent */
export function written(events: readonly OwnEvent[], next: () => number): Buffer {
  return Buffer.concat(
    events.map(({ type, ...fields }) => sseEvent(type, { type, sequence_number: next(), ...fields })),
  );
}
