/** The response object. Source: OpenAI API reference, "The response object". */
import type { JsonObject } from '../json.ts';
import { newId } from '../openai/ids.ts';
import { allInput, type Reply, type ReplyBlock } from '../openai/reply.ts';
import type { ResponsesCall } from './call.ts';
import { sealReasoning } from './reasoning.ts';

/** One thing that the model made. */
export type OutputItem = { readonly id: string; readonly block: ReplyBlock; readonly cut: boolean };

/** A response, written down. */
export type Written = {
  readonly id: string;
  readonly call: ResponsesCall;
  readonly reply: Reply;
  readonly output: readonly OutputItem[];
};

const kindOf = (block: ReplyBlock): 'msg' | 'rs' | 'fc' | 'ctc' =>
  block.type === 'text' ? 'msg' : block.type === 'thinking' ? 'rs' : block.asText ? 'ctc' : 'fc';

/** Gives a reply and each of its items their names. */
export function write(call: ResponsesCall, reply: Reply): Written {
  const last = reply.blocks.length - 1;
  const output = reply.blocks.map((block, index) => ({
    id: newId(kindOf(block)),
    block,
    cut: reply.cut && index === last,
  }));
  return { id: newId('resp'), call, reply, output };
}

/** An item's beginning, as a stream announces it, or all of it. */
export function itemJson(
  { id, block, cut }: OutputItem,
  place: 'start' | 'whole',
  call: ResponsesCall,
): JsonObject {
  const started = place === 'start';
  const status = started ? 'in_progress' : cut ? 'incomplete' : 'completed';
  switch (block.type) {
    case 'text': {
      const content = started ? [] : [textPart(block.text)];
      return { id, type: 'message', status, content, role: 'assistant' };
    }
    case 'thinking': {
      const summary = started || !call.summarizes ? [] : [summaryPart(block.text)];
      return { id, type: 'reasoning', encrypted_content: sealReasoning(started ? '' : block.text), summary };
    }
    case 'call': {
      const text = started ? '' : block.args;
      const { callId: call_id, name, namespace } = block;
      const called = { call_id, name, ...(namespace === undefined ? {} : { namespace }) };
      return block.asText
        ? { id, type: 'custom_tool_call', status, input: text, ...called }
        : { id, type: 'function_call', status, arguments: text, ...called };
    }
  }
}

export const textPart = (text: string): JsonObject => ({
  type: 'output_text',
  annotations: [],
  logprobs: [],
  text,
});

export const summaryPart = (text: string): JsonObject => ({ type: 'summary_text', text });

function usageOf(reply: Reply): JsonObject {
  const { input, outputTokens, thinkingTokens } = reply;
  const { cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = input;
  const lives = { ttl_12h_tokens: cacheWrite1hTokens, ttl_30m_tokens: cacheWrite5mTokens };
  return {
    input_tokens: allInput(reply),
    input_tokens_details: {
      cache_write_tokens: cacheWrite5mTokens + cacheWrite1hTokens,
      cached_tokens: cacheReadTokens,
      // There are clients that stop at it, so it comes only where it says something.
      ...(cacheWrite1hTokens > 0 ? { cache_write_tokens_details: lives } : {}),
    },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: thinkingTokens },
    total_tokens: allInput(reply) + outputTokens,
  };
}

/** What the request said, or what holds if it does not say. */
function repeated(body: JsonObject): JsonObject {
  const or = (name: string, otherwise: unknown): JsonObject => ({ [name]: body[name] ?? otherwise });
  const reasoning = { effort: null, summary: null, ...(body.reasoning as object | null | undefined) };
  const text = { format: { type: 'text' }, verbosity: 'medium', ...(body.text as object | null | undefined) };
  return {
    ...or('background', false),
    ...or('instructions', null),
    ...or('max_output_tokens', null),
    ...or('max_tool_calls', null),
    ...or('metadata', {}),
    ...or('parallel_tool_calls', true),
    ...or('previous_response_id', null),
    ...or('prompt_cache_key', null),
    reasoning,
    ...or('safety_identifier', null),
    ...or('store', true),
    ...or('temperature', 1),
    text,
    ...or('tool_choice', 'auto'),
    ...or('tools', []),
    ...or('top_logprobs', 0),
    ...or('top_p', 1),
    ...or('truncation', 'disabled'),
    ...or('user', null),
    access_programs: null,
  };
}

/** The response as it stands at its beginning, at its end, or when it failed in between. */
export function responseJson(
  { id, call, reply, output }: Written,
  place: 'start' | 'whole' | 'failed',
): JsonObject {
  const whole = place === 'whole';
  const status = whole
    ? reply.cut
      ? 'incomplete'
      : 'completed'
    : place === 'start'
      ? 'in_progress'
      : 'failed';
  const error = { code: 'server_error', message: '[rehearsal] this answer fails on purpose' };
  return {
    id,
    object: 'response',
    created_at: reply.created,
    status,
    completed_at: status === 'completed' ? Math.floor(Date.now() / 1000) : null,
    error: status === 'failed' ? error : null,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    model: reply.modelName,
    output: whole ? output.map((item) => itemJson(item, 'whole', call)) : [],
    ...repeated(call.body),
    service_tier: place === 'start' ? 'auto' : 'default',
    usage: whole ? usageOf(reply) : null,
  };
}
