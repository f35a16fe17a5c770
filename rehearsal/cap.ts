/** How far an answer goes: up to its output cap, and up to a stop sequence. */
import { cutUtf8 } from './json.ts';
import type { SaidBlock, Turn } from './turn.ts';

/** UTF-8 bytes of output that a block stands for, whether or not the client gets to see them. */
export function outputBytes(block: SaidBlock): number {
  return block.type === 'tool_use'
    ? Buffer.byteLength(block.name) + Buffer.byteLength(block.args)
    : Buffer.byteLength(block.text);
}

export type Capped = {
  readonly blocks: readonly SaidBlock[];
  /** Why it ends before its end, if it does. */
  readonly stop?: { readonly why: 'cap' } | { readonly why: 'sequence'; readonly sequence: string };
  /** Bytes of output, and of its thinking alone. */
  readonly bytes: number;
  readonly thinkingBytes: number;
};

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

/** Cuts a turn where the output cap (tokens) or a stop sequence ends it. */
export function capTurn(turn: Turn, maxTokens: number, stopSequences: readonly string[]): Capped {
  let room = turn.ignoresCap === true ? Number.POSITIVE_INFINITY : maxTokens * 4;
  const blocks: SaidBlock[] = [];
  let stop: Capped['stop'];
  for (const said of turn.blocks) {
    const found = said.type === 'text' ? findStop(said.text, stopSequences) : undefined;
    const whole = found && said.type === 'text' ? { ...said, text: said.text.slice(0, found.at) } : said;
    const block = cutBlock(whole, room);
    if (block !== undefined && outputBytes(block) > 0) blocks.push(block);
    if (block !== whole) stop = { why: 'cap' };
    else if (found) stop = { why: 'sequence', sequence: found.sequence };
    if (stop !== undefined) break;
    room -= outputBytes(whole);
  }
  const sum = (list: readonly SaidBlock[]): number =>
    list.reduce((bytes, block) => bytes + outputBytes(block), 0);
  return {
    blocks,
    ...(stop === undefined ? {} : { stop }),
    bytes: sum(blocks),
    thinkingBytes: sum(blocks.filter(({ type }) => type === 'thinking')),
  };
}
