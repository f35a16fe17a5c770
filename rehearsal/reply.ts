import type { InputTokens } from './cache.ts';
import type { Call } from './conversation.ts';
import { newId } from './errors.ts';
import { cutUtf8 } from './json.ts';
import { signThinking } from './signature.ts';
import type { GivenUsage, Modifiers, SaidBlock, Turn } from './turn.ts';
import { tokensOf } from './usage.ts';

export type ReplyBlock =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'thinking'; readonly text: string; readonly signature: string; readonly hidden: boolean }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly args: string };

/** One finished answer, before it is put on the wire. */
export type Reply = {
  readonly id: string;
  readonly modelName: string;
  readonly blocks: readonly ReplyBlock[];
  readonly stopReason: 'end_turn' | 'tool_use' | 'max_tokens' | 'stop_sequence';
  readonly stopSequence: string | null;
  readonly input: InputTokens;
  readonly outputTokens: number;
  readonly thinkingTokens: number;
  /** The counts of a `/bill` line, which are billed even if the stream is cut. */
  readonly given?: GivenUsage;
  readonly geo: string;
};

/** UTF-8 bytes of output that a block stands for, whether or not the client gets to see them. */
export function outputBytes(block: SaidBlock | ReplyBlock): number {
  return block.type === 'tool_use'
    ? Buffer.byteLength(block.name) + Buffer.byteLength(block.args)
    : Buffer.byteLength(block.text);
}

/** The first of the stop sequences in a text: where it begins, and which one it is. */
function findStop(text: string, sequences: readonly string[]): { at: number; sequence: string } | undefined {
  const found = sequences
    .map((sequence) => ({ at: text.indexOf(sequence), sequence }))
    .filter(({ at }) => at >= 0)
    .toSorted((a, b) => a.at - b.at);
  return found[0];
}

/** A block cut to `room` bytes; undefined if nothing of it fits. */
function cutBlock(block: SaidBlock, room: number): SaidBlock | undefined {
  if (outputBytes(block) <= room) return block;
  if (block.type !== 'tool_use') {
    const text = cutUtf8(block.text, room);
    return text === '' ? undefined : { ...block, text };
  }
  const left = room - Buffer.byteLength(block.name);
  return left <= 0 ? undefined : { ...block, args: cutUtf8(block.args, left) };
}

/** Writes down a turn as the answer to a call: within its max_tokens, up to its stop sequences, with its usage. */
export function writeReply(call: Call, turn: Turn, modifiers: Modifiers, input: InputTokens): Reply {
  let room = turn.ignoresCap === true ? Number.POSITIVE_INFINITY : call.maxTokens * 4;
  const blocks: SaidBlock[] = [];
  let stop: Pick<Reply, 'stopReason' | 'stopSequence'> | undefined;
  for (const said of turn.blocks) {
    const found = said.type === 'text' ? findStop(said.text, call.stopSequences) : undefined;
    const whole = found && said.type === 'text' ? { ...said, text: said.text.slice(0, found.at) } : said;
    const block = cutBlock(whole, room);
    if (block !== undefined && outputBytes(block) > 0) blocks.push(block);
    if (block !== whole) stop = { stopReason: 'max_tokens', stopSequence: null };
    else if (found) stop = { stopReason: 'stop_sequence', stopSequence: found.sequence };
    if (stop !== undefined) break;
    room -= outputBytes(whole);
  }
  const calls = blocks.some((block) => block.type === 'tool_use');
  const bytes = blocks.reduce((sum, block) => sum + outputBytes(block), 0);
  const thinkingBytes = blocks.reduce(
    (sum, block) => sum + (block.type === 'thinking' ? outputBytes(block) : 0),
    0,
  );
  const { usage: given } = modifiers;
  return {
    id: newId('msg_01'),
    modelName: call.modelName,
    blocks: blocks.map((block) => finish(block, call.hideThinking)),
    ...(stop ?? { stopReason: calls ? 'tool_use' : 'end_turn', stopSequence: null }),
    input: given === undefined ? input : givenInput(given),
    // A request for no output at all only warms the cache.
    outputTokens: given?.output ?? (call.maxTokens === 0 && bytes === 0 ? 0 : Math.max(1, tokensOf(bytes))),
    thinkingTokens: Math.min(tokensOf(thinkingBytes), given?.output ?? Number.POSITIVE_INFINITY),
    ...(given === undefined ? {} : { given }),
    geo: modifiers.geo ?? call.geo,
  };
}

function givenInput(given: GivenUsage): InputTokens {
  return {
    inputTokens: given.input,
    cacheReadTokens: given.cacheRead,
    cacheWrite5mTokens: given.cacheWrite5m,
    cacheWrite1hTokens: given.cacheWrite1h,
  };
}

function finish(block: SaidBlock, hidden: boolean): ReplyBlock {
  if (block.type === 'thinking') return { ...block, signature: signThinking(block.text), hidden };
  return block.type === 'tool_use' ? { ...block, id: newId('toolu_01') } : block;
}
