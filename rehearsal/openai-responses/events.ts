/** A response on the wire, event by event. Source: OpenAI API reference, "Streaming events". */
import type { Form } from '../faults.ts';
import { isObject } from '../json.ts';
import { commonForm } from '../openai/errors.ts';
import { type CallBlock, obfuscation } from '../openai/reply.ts';
import { cutText, type StreamEvent } from '../stream-event.ts';
import { itemJson, type OutputItem, responseJson, summaryPart, textPart, type Written } from './response.ts';

export const form: Form = {
  ...commonForm,
  hasFailed: true,
  brokenOff: ({ message, code = null, param = null }, _requestId, sent) => ({
    event: 'error',
    data: JSON.stringify({ type: 'error', sequence_number: sent, code, message, param }),
  }),
  withoutUsage({ usage: _usage, ...event }) {
    if (!isObject(event.response)) return event;
    const { usage: _inner, ...response } = event.response;
    return { ...event, response };
  },
  outputField: 'output_tokens',
  deltaKey: 'delta',
  wrongUsage: '{"input_tokens":1,"output_tokens":1,"total_tokens":2}',
};

/** An event but for its number; `bytes` of output are made with it. */
type Draft = { readonly type: string; readonly fields: object; readonly bytes?: number };

/** The events of one item. */
function* itemEvents(
  item: OutputItem,
  index: number,
  { call }: Written,
  textBytes: number | undefined,
  argsBytes: number | undefined,
): Generator<Draft> {
  const { block } = item;
  const place = { item_id: item.id, output_index: index };
  const at = { output_index: index };
  yield { type: 'output_item.added', fields: { ...at, item: itemJson(item, 'start', call) } };
  if (block.type === 'text') yield* textEvents(block.text, place, textBytes);
  if (block.type === 'call') yield* callEvents(block, place, argsBytes);
  if (block.type === 'thinking' && call.summarizes) yield* summaryEvents(block.text, place, textBytes);
  const bytes = block.type === 'thinking' && !call.summarizes ? Buffer.byteLength(block.text) : 0;
  yield { type: 'output_item.done', fields: { ...at, item: itemJson(item, 'whole', call) }, bytes };
}

function* textEvents(text: string, place: object, textBytes: number | undefined): Generator<Draft> {
  const at = { ...place, content_index: 0 };
  yield { type: 'content_part.added', fields: { ...at, part: textPart('') } };
  for (const delta of cutText(text, textBytes)) {
    const bytes = Buffer.byteLength(delta);
    yield { type: 'output_text.delta', fields: { ...at, delta, logprobs: [] }, bytes };
  }
  yield { type: 'output_text.done', fields: { ...at, text, logprobs: [] } };
  yield { type: 'content_part.done', fields: { ...at, part: textPart(text) } };
}

function* callEvents(block: CallBlock, place: object, argsBytes: number | undefined): Generator<Draft> {
  const kind = block.asText ? 'custom_tool_call_input' : 'function_call_arguments';
  let named = Buffer.byteLength(block.name);
  for (const delta of cutText(block.args, argsBytes)) {
    yield { type: `${kind}.delta`, fields: { ...place, delta }, bytes: named + Buffer.byteLength(delta) };
    named = 0;
  }
  const whole = block.asText ? { input: block.args } : { arguments: block.args };
  yield { type: `${kind}.done`, fields: { ...place, ...whole }, bytes: named };
}

function* summaryEvents(text: string, place: object, textBytes: number | undefined): Generator<Draft> {
  const at = { ...place, summary_index: 0 };
  yield { type: 'reasoning_summary_part.added', fields: { ...at, part: summaryPart('') } };
  for (const delta of cutText(text, textBytes)) {
    const bytes = Buffer.byteLength(delta);
    yield { type: 'reasoning_summary_text.delta', fields: { ...at, delta }, bytes };
  }
  yield { type: 'reasoning_summary_text.done', fields: { ...at, text } };
  yield { type: 'reasoning_summary_part.done', fields: { ...at, part: summaryPart(text) } };
}

/** The events of a streamed response, in order; sizes as serve.ts has them. */
export function* eventsOf(
  written: Written,
  textBytes: number | undefined,
  argsBytes: number | undefined,
): Generator<StreamEvent> {
  let count = 0;
  let made = 0;
  const event = ({ type, fields, bytes = 0 }: Draft, part?: 'final'): StreamEvent => {
    made += bytes;
    const isDelta = type.endsWith('.delta');
    const letters = isDelta && written.call.obfuscates ? { obfuscation: obfuscation(count) } : {};
    const name = `response.${type}`;
    const data = JSON.stringify({ type: name, sequence_number: count++, ...fields, ...letters });
    return { event: name, data, made, ...(isDelta ? { part: 'delta' } : part ? { part } : {}) };
  };
  const response = responseJson(written, 'start');
  yield event({ type: 'created', fields: { response } });
  yield event({ type: 'in_progress', fields: { response } });
  for (const [index, item] of written.output.entries()) {
    for (const draft of itemEvents(item, index, written, textBytes, argsBytes)) yield event(draft);
  }
  const type = written.reply.cut ? 'incomplete' : 'completed';
  yield event({ type, fields: { response: responseJson(written, 'whole') } }, 'final');
}

/** The event with which a response fails, after `sent` others. */
export function failedEvent(written: Written, sent: number): Omit<StreamEvent, 'made'> {
  const response = responseJson(written, 'failed');
  const data = JSON.stringify({ type: 'response.failed', sequence_number: sent, response });
  return { event: 'response.failed', data };
}
