/** Items of a response's input, and what they stand for in the conversation. */
import { type Block, blocksOf, type Message } from '../conversation.ts';
import { isObject, type JsonObject, parseJson, textOf } from '../json.ts';
import { contentText } from '../openai/prompt.ts';
import { openReasoning } from './reasoning.ts';

/** The type of an item; a message may leave it out. */
export function typeOf(item: JsonObject): string {
  return textOf(item.type) || (item.role === undefined ? '' : 'message');
}

/** Input as a list of items: a plain string is shorthand for one message of the user. */
export function itemsOf(input: unknown): JsonObject[] {
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }];
  return Array.isArray(input) ? input.filter(isObject) : [];
}

/** Parts of messages and outputs as text blocks. */
function partsOf(content: unknown): Block[] {
  return blocksOf(content).map((part) => {
    const text = part.text ?? part.refusal;
    return typeof text === 'string' ? { type: 'text', text } : part;
  });
}

/** What an item says, and who; undefined for those that say nothing. */
export function messageOf(item: JsonObject): Message | undefined {
  const type = typeOf(item);
  if (type === 'message') return { role: textOf(item.role), content: partsOf(item.content) };
  if (type === 'reasoning') return { role: 'assistant', content: [{ type: 'thinking' }] };
  if (type.endsWith('_output')) {
    const result = { type: 'tool_result', tool_use_id: item.call_id, content: partsOf(item.output) };
    return { role: 'user', content: [result] };
  }
  if (!type.endsWith('_call')) return undefined;
  const input = parseJson(textOf(item.arguments)) ?? item.input ?? item.arguments;
  return { role: 'assistant', content: [{ type: 'tool_use', id: item.call_id, name: item.name, input }] };
}

/** What the model reads of an item. */
export function textsOf(item: JsonObject): string[] {
  const type = typeOf(item);
  if (type === 'message') return [contentText(item.content)];
  if (type === 'reasoning') return [openReasoning(textOf(item.encrypted_content)) ?? ''];
  if (type.endsWith('_output')) return [contentText(item.output)];
  if (type === 'function_call' || type === 'custom_tool_call') {
    return [textOf(item.name), textOf(item.arguments), textOf(item.input)];
  }
  return [JSON.stringify(item)];
}
