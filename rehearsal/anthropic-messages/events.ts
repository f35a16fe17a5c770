/** A message on the wire, whole or event by event. Source: Anthropic API reference, "Streaming messages". */
import { outputBytes } from '../cap.ts';
import { parseJson } from '../json.ts';
import { cutText, type StreamEvent } from '../stream-event.ts';
import type { Reply, ReplyBlock } from './reply.ts';

/** The whole usage of a reply, as a JSON object. In message_start the output is not known yet and stands at 1. */
function usageJson(reply: Reply, place: 'start' | 'whole'): string {
  const { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = reply.input;
  return JSON.stringify({
    input_tokens: inputTokens,
    cache_creation_input_tokens: cacheWrite5mTokens + cacheWrite1hTokens,
    cache_read_input_tokens: cacheReadTokens,
    cache_creation: {
      ephemeral_5m_input_tokens: cacheWrite5mTokens,
      ephemeral_1h_input_tokens: cacheWrite1hTokens,
    },
    output_tokens: place === 'start' ? 1 : reply.outputTokens,
    service_tier: 'standard',
    inference_geo: reply.geo,
    ...(place === 'whole' ? { output_tokens_details: { thinking_tokens: reply.thinkingTokens } } : {}),
  });
}

/** Cumulative usage, as message_delta carries it: without the split of cache writes. */
function deltaUsage(reply: Reply): object {
  const { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = reply.input;
  return {
    input_tokens: inputTokens,
    cache_creation_input_tokens: cacheWrite5mTokens + cacheWrite1hTokens,
    cache_read_input_tokens: cacheReadTokens,
    output_tokens: reply.outputTokens,
    output_tokens_details: { thinking_tokens: reply.thinkingTokens },
  };
}

function blockJson(block: ReplyBlock): string {
  if (block.type === 'text') return JSON.stringify(block);
  if (block.type === 'thinking') {
    return JSON.stringify({
      type: 'thinking',
      thinking: block.hidden ? '' : block.text,
      signature: block.signature,
    });
  }
  const { id, name, args } = block;
  // The arguments keep their own spelling; broken ones can only stand here as a string.
  const input = parseJson(args) === undefined ? JSON.stringify(args) : args;
  const [type, key, tool] = ['tool_use', id, name].map((text) => JSON.stringify(text));
  return `{"type":${type},"id":${key},"name":${tool},"input":${input},"caller":{"type":"direct"}}`;
}

/** The message as one JSON object: the body of a reply that is not streamed, or the empty beginning of a stream. */
export function messageJson(reply: Reply, place: 'start' | 'whole'): string {
  const started = place === 'start';
  const head = JSON.stringify({ model: reply.modelName, id: reply.id, type: 'message', role: 'assistant' });
  const stop = JSON.stringify({
    stop_reason: started ? null : reply.stopReason,
    stop_sequence: started ? null : reply.stopSequence,
    stop_details: null,
    container: null,
    diagnostics: null,
  });
  const content = started ? '' : reply.blocks.map(blockJson).join(',');
  return `${head.slice(0, -1)},"content":[${content}],${stop.slice(1, -1)},"usage":${usageJson(reply, place)}}`;
}

function startOf(block: ReplyBlock): object {
  if (block.type === 'text') return { type: 'text', text: '' };
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  return { type: 'tool_use', id: block.id, name: block.name, input: {}, caller: { type: 'direct' } };
}

function* deltasOf(block: ReplyBlock, chunkBytes: number | undefined): Generator<object> {
  if (block.type === 'text') {
    for (const text of cutText(block.text, chunkBytes)) yield { type: 'text_delta', text };
    return;
  }
  if (block.type === 'tool_use') {
    yield { type: 'input_json_delta', partial_json: '' };
    for (const json of cutText(block.args, chunkBytes))
      yield { type: 'input_json_delta', partial_json: json };
    return;
  }
  if (!block.hidden) {
    for (const thinking of cutText(block.text, chunkBytes)) yield { type: 'thinking_delta', thinking };
  }
  yield { type: 'signature_delta', signature: block.signature };
}

/** Output that a delta adds, in bytes. Empty ones and signatures are not output. */
function addedBytes(delta: { readonly [key: string]: unknown }): number {
  return Buffer.byteLength(String(delta.text ?? delta.partial_json ?? delta.thinking ?? ''));
}

/** The events of a streamed reply, in order; sizes as serve.ts has them. */
export function* eventsOf(
  reply: Reply,
  textBytes: number | undefined,
  argsBytes: number | undefined,
): Generator<StreamEvent> {
  let count = 0;
  let made = 0;
  const event = (type: string, fields: string): StreamEvent => {
    // The real API pads its events with blanks inside the JSON; whoever re-serialises them is found out.
    const pad = ' '.repeat((count++ * 7) % 16);
    const part = { content_block_delta: 'delta', message_delta: 'final' } as const;
    const data = `{"type":"${type}"${fields}${pad}}`;
    return { event: type, data, made, ...(type in part ? { part: part[type as keyof typeof part] } : {}) };
  };
  yield event('message_start', `,"message":${messageJson(reply, 'start')}`);
  for (const [index, block] of reply.blocks.entries()) {
    const before = made;
    yield event('content_block_start', `,"index":${index},"content_block":${JSON.stringify(startOf(block))}`);
    if (index === 0) yield { event: 'ping', data: '{"type": "ping"}', made };
    if (block.type === 'tool_use') made += Buffer.byteLength(block.name);
    for (const delta of deltasOf(block, block.type === 'tool_use' ? argsBytes : textBytes)) {
      made += addedBytes({ ...delta });
      yield event('content_block_delta', `,"index":${index},"delta":${JSON.stringify(delta)}`);
    }
    made = before + outputBytes(block);
    yield event('content_block_stop', `,"index":${index}`);
  }
  const stop = {
    stop_reason: reply.stopReason,
    stop_sequence: reply.stopSequence,
    stop_details: null,
    container: null,
  };
  yield event(
    'message_delta',
    `,"delta":${JSON.stringify(stop)},"usage":${JSON.stringify(deltaUsage(reply))}`,
  );
  yield event('message_stop', '');
}
