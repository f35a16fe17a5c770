/** For tests of this wire: streams as the real API writes them. */
import type { JsonDocument } from '../../json/read.ts';
import type { GuardOptions, StreamGuard, ToolJudge } from '../wire.ts';
import { GuardedStream } from './stream.ts';

/** What a test may say otherwise. */
export interface Otherwise extends Partial<Pick<GuardOptions, 'cap' | 'outruns'>> {
  /** How many choices were asked for. */
  readonly n?: number;
  /** Whether the agent asked for the usage chunk. */
  readonly wantsUsage?: boolean;
  readonly cacheWrite?: 'none' | '5m' | '1h';
}

export function guardWith(judge: ToolJudge, otherwise: Otherwise = {}): StreamGuard {
  const { n = 1, wantsUsage = true, cacheWrite = 'none', ...more } = otherwise;
  const value = wantsUsage ? { stream_options: { include_usage: true } } : {};
  const document: JsonDocument = { bytes: Buffer.from(JSON.stringify(value)), value };
  const view = { cacheWrite, choices: n, document };
  return new GuardedStream({ judge, view, cap: 100_000, outruns: () => false, ...more });
}

const HEAD = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1766000000, model: 'gpt-6' };

/** @returns one event, as the real API writes it: no label, one line of data */
export function event(fields: object): string {
  return `data: ${JSON.stringify({ ...HEAD, ...fields })}\n\n`;
}

/** @returns a chunk of one choice */
export function chunk(delta: unknown, finish_reason: unknown = null, index: unknown = 0): string {
  return event({ choices: [{ index, delta, logprobs: null, finish_reason }], usage: null });
}

export const START: string = chunk({ role: 'assistant', content: '', refusal: null });

export const text = (content: string, index = 0): string => chunk({ content }, null, index);

/** @returns the entry of a call's first piece */
export const begin = (index: unknown, name: unknown, args: unknown = '', more: object = {}): object => ({
  index,
  id: `call_${index}`,
  type: 'function',
  function: { name, arguments: args },
  ...more,
});

/** @returns the entry of a piece that follows */
export const piece = (index: unknown, args: unknown): object => ({ index, function: { arguments: args } });

/** @returns chunks of one entry each */
export const calls = (...entries: readonly object[]): string =>
  entries.map((entry) => chunk({ tool_calls: [entry] })).join('');

/** @returns a call whose arguments come in these pieces of JSON */
export function call(index: number, name: string, ...pieces: readonly string[]): string {
  return calls(begin(index, name), ...pieces.map((one) => piece(index, one)));
}

export const end = (reason = 'stop', index = 0): string => chunk({}, reason, index);

export const usage = (more: object = {}): string =>
  event({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, ...more } });

export const DONE = 'data: [DONE]\n\n';
