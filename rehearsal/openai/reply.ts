/** An answer of one of the two OpenAI APIs that have words in them, before it is put on the wire. */
import { capTurn } from '../cap.ts';
import type { Conversation } from '../conversation.ts';
import { tokensOf } from '../tokens.ts';
import type { GivenUsage, Modifiers, SaidBlock, Turn } from '../turn.ts';
import type { CacheOptions, InputTokens } from './cache.ts';
import { newId } from './ids.ts';
import type { Model } from './models.ts';

/** What both APIs ask for, checked and with its shorthands written out. */
export type Call = Conversation & {
  readonly modelName: string;
  readonly model: Model;
  /** Tokens. */
  readonly maxTokens: number;
  readonly stream: boolean;
  readonly stopSequences: readonly string[];
  /** How many answers are asked for. */
  readonly choices: number;
  readonly prompt: Buffer;
  readonly cache: CacheOptions;
  /** Whether events carry letters that mean nothing, to hide how long they are. */
  readonly obfuscates: boolean;
};

export type CallBlock = {
  readonly type: 'call';
  readonly callId: string;
  readonly name: string;
  /** JSON, or text for a tool that takes text. */
  readonly args: string;
  readonly asText: boolean;
  readonly namespace?: string;
};

export type ReplyBlock =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'thinking'; readonly text: string }
  | CallBlock;

export type Reply = {
  readonly modelName: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly blocks: readonly ReplyBlock[];
  /** True if it ends at its output cap. */
  readonly cut: boolean;
  readonly input: InputTokens;
  /** Of all choices. */
  readonly outputTokens: number;
  readonly thinkingTokens: number;
  readonly given?: GivenUsage;
};

/** Writes down a turn as the answer to a call: within its cap, up to its stop sequences, with its usage. */
export function writeReply(call: Call, turn: Turn, modifiers: Modifiers, input: InputTokens): Reply {
  const { blocks, stop, bytes, thinkingBytes } = capTurn(turn, call.maxTokens, call.stopSequences);
  const { usage: given } = modifiers;
  return {
    modelName: call.modelName,
    created: Math.floor(Date.now() / 1000),
    blocks: blocks.map((block) => finish(block, call)),
    cut: stop?.why === 'cap',
    input: given === undefined ? input : givenInput(given),
    outputTokens: given?.output ?? call.choices * Math.max(1, tokensOf(bytes)),
    thinkingTokens: Math.min(
      call.choices * tokensOf(thinkingBytes),
      given?.output ?? Number.POSITIVE_INFINITY,
    ),
    ...(given === undefined ? {} : { given }),
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

/** A call is of the kind that its tool was offered as. */
function finish(block: SaidBlock, { tools }: Call): ReplyBlock {
  if (block.type !== 'tool_use') return block;
  const { name, args } = block;
  const offered = tools.find((tool) => tool.name === name);
  const asText = block.asText === true || offered?.takesText === true;
  const namespace = offered?.namespace;
  const call = { type: 'call', callId: newId('call'), name, args, asText } as const;
  return namespace === undefined ? call : { ...call, namespace };
}

/** All input tokens, which the API reports as one number. */
export function allInput({ input }: Reply): number {
  return input.inputTokens + input.cacheReadTokens + input.cacheWrite5mTokens + input.cacheWrite1hTokens;
}

/** Letters for an event's `obfuscation`, of a length that changes from one to the next. */
export function obfuscation(count: number): string {
  return 'rehearsalrehearsal'.slice(0, 1 + ((count * 7) % 16));
}
