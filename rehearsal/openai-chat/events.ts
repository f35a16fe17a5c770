/** A chat completion on the wire. Source: OpenAI API reference, "Chat completion object" and "Streaming". */
import type { Form } from '../faults.ts';
import { commonForm, errorJson } from '../openai/errors.ts';
import { allInput, type CallBlock, obfuscation, type Reply, type ReplyBlock } from '../openai/reply.ts';
import { cutText, type StreamEvent } from '../stream-event.ts';
import type { ChatCall } from './call.ts';

export const form: Form = {
  ...commonForm,
  hasFailed: false,
  brokenOff: (error) => ({ data: errorJson(error) }),
  withoutUsage: ({ usage: _usage, ...event }) => event,
  outputField: 'completion_tokens',
  deltaKey: 'content',
  wrongUsage: '{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}',
};

function usageOf(reply: Reply): object {
  const { input, outputTokens, thinkingTokens } = reply;
  return {
    prompt_tokens: allInput(reply),
    completion_tokens: outputTokens,
    total_tokens: allInput(reply) + outputTokens,
    prompt_tokens_details: {
      cached_tokens: input.cacheReadTokens,
      audio_tokens: 0,
      cache_write_tokens: input.cacheWrite5mTokens + input.cacheWrite1hTokens,
    },
    completion_tokens_details: {
      reasoning_tokens: thinkingTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

const callsIn = (blocks: readonly ReplyBlock[]): CallBlock[] =>
  blocks.filter((block) => block.type === 'call');

function finishReason({ cut, blocks }: Reply): string {
  if (cut) return 'length';
  return callsIn(blocks).length > 0 ? 'tool_calls' : 'stop';
}

/** Each choice has calls of its own. */
const idOf = ({ callId }: CallBlock, choice: number): string =>
  choice === 0 ? callId : `${callId}${choice}`;

function callJson(block: CallBlock, choice: number): object {
  const { name, args, asText } = block;
  const id = idOf(block, choice);
  return asText
    ? { id, type: 'custom', custom: { name, input: args } }
    : { id, type: 'function', function: { name, arguments: args } };
}

function messageOf({ blocks }: Reply, choice: number): object {
  const text = blocks.map((block) => (block.type === 'text' ? block.text : '')).join('');
  const calls = callsIn(blocks);
  return {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    ...(calls.length > 0 ? { tool_calls: calls.map((block) => callJson(block, choice)) } : {}),
    refusal: null,
    annotations: [],
  };
}

const ends = { service_tier: 'default', system_fingerprint: 'fp_rehearsal' };

/** The whole completion as one JSON object. */
export function completionJson(id: string, call: ChatCall, reply: Reply): string {
  const choices = Array.from({ length: call.choices }, (_, index) => ({
    index,
    message: messageOf(reply, index),
    logprobs: null,
    finish_reason: finishReason(reply),
  }));
  const { created, modelName: model } = reply;
  return JSON.stringify({
    id,
    object: 'chat.completion',
    created,
    model,
    choices,
    usage: usageOf(reply),
    ...ends,
  });
}

type Delta = { readonly delta: object; readonly bytes: number };

/** What a call's first chunk has: all of it but its arguments. */
function callStart(block: CallBlock, index: number, choice: number): object {
  const { name, asText } = block;
  const kind = asText
    ? { type: 'custom', custom: { name, input: '' } }
    : { type: 'function', function: { name, arguments: '' } };
  return { tool_calls: [{ index, id: idOf(block, choice), ...kind }] };
}

/** The deltas of one choice. Thinking is not shown, and has been made before what follows it. */
function* deltasOf(
  { blocks }: Reply,
  choice: number,
  textBytes: number | undefined,
  argsBytes: number | undefined,
): Generator<Delta> {
  let hidden = 0;
  let index = 0;
  for (const block of blocks) {
    if (block.type === 'thinking') hidden += Buffer.byteLength(block.text);
    if (block.type === 'text') {
      for (const content of cutText(block.text, textBytes)) {
        yield { delta: { content }, bytes: hidden + Buffer.byteLength(content) };
        hidden = 0;
      }
    }
    if (block.type === 'call') {
      yield { delta: callStart(block, index, choice), bytes: hidden + Buffer.byteLength(block.name) };
      hidden = 0;
      for (const piece of cutText(block.args, argsBytes)) {
        const kind = block.asText ? { custom: { input: piece } } : { function: { arguments: piece } };
        yield { delta: { tool_calls: [{ index, ...kind }] }, bytes: Buffer.byteLength(piece) };
      }
      index++;
    }
  }
}

/** Choices are made side by side. */
function* inTurns(lists: readonly Iterator<Delta>[]): Generator<Delta & { readonly choice: number }> {
  for (let open = lists.length; open > 0; ) {
    open = 0;
    for (const [choice, list] of lists.entries()) {
      const { value, done } = list.next();
      if (done === true) continue;
      open++;
      yield { ...value, choice };
    }
  }
}

/** The events of a streamed completion, in order; sizes as serve.ts has them. */
export function* eventsOf(
  id: string,
  call: ChatCall,
  reply: Reply,
  textBytes: number | undefined,
  argsBytes: number | undefined,
): Generator<StreamEvent> {
  const { created, modelName: model } = reply;
  const head = { id, object: 'chat.completion.chunk', created, model, ...ends };
  const noUsage = call.includeUsage ? { usage: null } : {};
  let made = 0;
  let count = 0;
  const chunk = (choices: readonly object[], rest: object): string => {
    const letters = call.obfuscates ? { obfuscation: obfuscation(count++) } : {};
    return JSON.stringify({ ...head, choices, ...rest, ...letters });
  };
  const choice = (index: number, delta: object, finish_reason: string | null = null): string =>
    chunk([{ index, delta, logprobs: null, finish_reason }], noUsage);
  const all = Array.from({ length: call.choices }, (_, index) => index);
  const says = reply.blocks.some(({ type }) => type === 'text') || callsIn(reply.blocks).length === 0;
  for (const index of all) {
    yield { data: choice(index, { role: 'assistant', content: says ? '' : null, refusal: null }), made };
  }
  const lists = all.map((index) => deltasOf(reply, index, textBytes, argsBytes));
  for (const { choice: index, delta, bytes } of inTurns(lists)) {
    made += bytes;
    yield { data: choice(index, delta), made, part: 'delta' };
  }
  for (const index of all) {
    const isLast = !call.includeUsage && index === call.choices - 1;
    const data = choice(index, {}, finishReason(reply));
    yield { data, made, ...(isLast ? { part: 'final' as const } : {}) };
  }
  if (call.includeUsage) yield { data: chunk([], { usage: usageOf(reply) }), made, part: 'final' };
  yield { data: '[DONE]', made };
}
