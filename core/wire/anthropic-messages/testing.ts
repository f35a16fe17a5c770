/** For tests of this wire: streams as the real API writes them. */
import type { GuardOptions, RequestView, ToolJudge } from '../wire.ts';
import { GuardedStream } from './stream.ts';

/** What a test may say otherwise. */
export interface Otherwise extends Partial<Pick<GuardOptions, 'cap' | 'outruns'>> {
  readonly view?: Pick<RequestView, 'cacheWrite'>;
}

export function guardWith(judge: ToolJudge, otherwise: Otherwise = {}): GuardedStream {
  const view = { cacheWrite: 'none' } as const;
  return new GuardedStream({ judge, view, cap: 100_000, outruns: () => false, ...otherwise });
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
