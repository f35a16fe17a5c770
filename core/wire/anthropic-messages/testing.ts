/** For tests of this wire: a judge that remembers, and streams as the real API writes them. */
import type { JsonValue } from '../../json/read.ts';
import type { ToolJudge, ToolVerdict } from '../wire.ts';
import { GuardedStream, type StreamOptions } from './stream.ts';

/**
 * Read… is allowed and Deny… denied by name. For every other name the arguments decide: those with a key "bad" are
 * denied, and those that cannot be read.
 */
export class TestJudge implements ToolJudge {
  /** What was allowed: a name alone, or a name with arguments. */
  readonly allowed: string[] = [];
  readonly denied: string[] = [];

  byName(name: string): ToolVerdict | undefined {
    if (name.startsWith('Read')) return this.#say(true, name, name);
    if (name.startsWith('Deny')) return this.#say(false, name, name);
    return undefined;
  }

  byArgs(name: string, args: JsonValue): ToolVerdict {
    return this.#say(!JSON.stringify(args).includes('"bad"'), name, callOf(name, args));
  }

  unreadable(name: string): ToolVerdict {
    return this.#say(false, name, name);
  }

  #say(allow: boolean, name: string, call: string): ToolVerdict {
    (allow ? this.allowed : this.denied).push(call);
    return allow ? { allow } : { allow, text: refusalOf(name) };
  }
}

export const refusalOf = (name: string): string => `[tollgate] ${name} was "not allowed"\n`;

export const callOf = (name: string, args: unknown): string => `${name} ${JSON.stringify(args)}`;

export function guardWith(judge: ToolJudge, options: Partial<StreamOptions> = {}): GuardedStream {
  return new GuardedStream({ judge, cacheWrite: 'none', cap: 100_000, outruns: () => false, ...options });
}

/** @returns one event, as the real API writes it: a label, one line of data, blanks inside the JSON */
export function event(type: string, fields: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields }).replace(/\}$/, '   }')}\n\n`;
}

export const START: string = event('message_start', {
  message: {
    id: 'msg_01',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 1 },
  },
});

export const PING = 'event: ping\ndata: {"type": "ping"}\n\n';

/** @returns the end of a message */
export function end(stopReason = 'end_turn', usage: object = { output_tokens: 5 }): string {
  const delta = { stop_reason: stopReason, stop_sequence: null };
  return event('message_delta', { delta, usage }) + event('message_stop');
}

/** @returns the events of one block, whose deltas are given */
export function block(index: number, contentBlock: object, ...deltas: object[]): string {
  return (
    event('content_block_start', { index, content_block: contentBlock }) +
    deltas.map((delta) => event('content_block_delta', { index, delta })).join('') +
    event('content_block_stop', { index })
  );
}

export function textBlock(index: number, ...texts: string[]): string {
  return block(index, { type: 'text', text: '' }, ...texts.map((text) => ({ type: 'text_delta', text })));
}

/** @returns a tool call whose arguments come in these pieces of JSON */
export function callBlock(index: number, name: string, ...pieces: string[]): string {
  return block(
    index,
    { type: 'tool_use', id: `toolu_${index}`, name, input: {} },
    ...pieces.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
  );
}
