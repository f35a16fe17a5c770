/** An answer of the Messages API, before it is put on the wire. */
import { capTurn } from '../cap.ts';
import { tokensOf } from '../tokens.ts';
import type { GivenUsage, Modifiers, SaidBlock, Turn } from '../turn.ts';
import type { InputTokens } from './cache.ts';
import type { Call } from './call.ts';
import { newId } from './errors.ts';
import { signThinking } from './signature.ts';

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

/** Writes down a turn as the answer to a call: within its max_tokens, up to its stop sequences, with its usage. */
export function writeReply(call: Call, turn: Turn, modifiers: Modifiers, input: InputTokens): Reply {
  const { blocks, stop, bytes, thinkingBytes } = capTurn(turn, call.maxTokens, call.stopSequences);
  const calls = blocks.some((block) => block.type === 'tool_use');
  const { usage: given } = modifiers;
  return {
    id: newId('msg_01'),
    modelName: call.modelName,
    blocks: blocks.map((block) => finish(block, call.hideThinking)),
    stopReason:
      stop === undefined
        ? calls
          ? 'tool_use'
          : 'end_turn'
        : stop.why === 'cap'
          ? 'max_tokens'
          : 'stop_sequence',
    stopSequence: stop?.why === 'sequence' ? stop.sequence : null,
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
  if (block.type !== 'tool_use') return block;
  const { type, name, args } = block;
  return { type, name, args, id: newId('toolu_01') };
}
