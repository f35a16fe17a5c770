import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Machine } from '../machine.ts';
import { chat } from '../traffic/chat.ts';
import { messages } from '../traffic/messages.ts';
import { type Cell, type Column, MEASURES, ONCE, ratioOf } from './figures.ts';
import { floorColumn } from './run.ts';
import { failures, json, markdown, type Result, table, textOf } from './table.ts';

const machine: Machine = {
  date: '2026-11-22',
  commit: 'abc',
  cpu: 'a processor',
  cores: 2,
  memoryGb: 24,
  system: 'Linux',
  node: '24.0.0',
  nginx: '1.22.1',
  wrk: '4.1.0',
  load: 0.5,
};

/** Windows of a peer, and of nginx beside them. */
const pairs = (peer: number[], nginx: number[]): Cell =>
  peer.map((value, i) => ({ peer: value, nginx: nginx[i] ?? Number.NaN }));

function column(name: string, parts: Partial<Column> = {}): Column {
  return {
    name,
    version: '1.0',
    how: `${name} as it is`,
    wires: new Map([[chat.id, { small: pairs([300, 100, 200], [1000, 1000, 500]) }]]),
    memory: pairs([200], [10]),
    start: pairs([300, 310], [10, 10]),
    faults: [],
    ...parts,
  };
}

function resultOf(...others: Column[]): Result {
  const floor = floorColumn({ name: 'nginx', version: '1.22.1', how: 'plain' }, others, [9, 11], 10);
  return {
    machine,
    wires: [chat, messages],
    measures: ['small'],
    once: ['memory', 'start'],
    columns: [floor, ...others],
  };
}

/** Cells of the row of Markdown that begins so. */
function row(result: Result, begin: string): string[] {
  const line = markdown(result).find((text) => text.startsWith(`| ${begin}`)) ?? '';
  return line
    .split('|')
    .slice(2, -1)
    .map((cell) => cell.trim());
}

describe('the table of peers', () => {
  it('shows the middle of the windows, and the middle of their own ratios', () => {
    assert.deepEqual(row(resultOf(column('Peer')), 'chat completions: requests per CPU-second, 2 KB'), [
      '1,000/s',
      '200/s (0.30)',
    ]);
    assert.deepEqual(row(resultOf(column('Peer')), 'memory'), ['10 MB', '200 MB (20)']);
    assert.deepEqual(row(resultOf(column('Peer')), 'start'), ['10 ms', '305 ms (31)']);
  });

  it('has a column for what is missing, and says why', () => {
    const missing = column('Other', { missing: 'no registry has it', wires: new Map() });
    const result = resultOf(column('Peer'), missing);
    assert.deepEqual(row(result, 'chat').at(-1), 'missing');
    assert.deepEqual(row(result, 'start').at(-1), 'missing');
    assert.ok(markdown(result).includes('- Other is missing: no registry has it.'));
    assert.ok(table(result).includes('Other is missing: no registry has it.'));
    assert.deepEqual(failures(result.columns), []);
  });

  it('tells what a peer does not speak from what it failed at', () => {
    const wires = new Map([[chat.id, { small: { failed: 'status 500' } }]]);
    const result = resultOf(column('Peer', { wires }));
    assert.equal(row(result, 'chat')[1], 'failed');
    assert.equal(row(result, 'messages')[1], 'does not speak it');
    assert.deepEqual(failures(result.columns), ['Peer failed at openai-chat, small: status 500.']);
    assert.ok(markdown(result).includes('- Peer failed at openai-chat, small: status 500.'));
  });

  it('shows a peer that did not start, or whose calls do not add up, as failed', () => {
    const dead = column('Dead', { wires: new Map(), start: { failed: 'it ended' } });
    const wrong = column('Wrong', { faults: ['2 replies, 1 call'] });
    const result = resultOf(dead, wrong);
    assert.equal(row(result, 'messages')[1], 'failed');
    assert.deepEqual(failures(result.columns), [
      'Dead failed at start: it ended.',
      'Wrong: 2 replies, 1 call.',
    ]);
  });

  it("takes nginx's own column from its windows beside all peers, whatever became of the peers", () => {
    const slow = column('Slow', { wires: new Map([[chat.id, { small: pairs([1], [4000]) }]]) });
    const stuck = column('Stuck', { wires: new Map([[chat.id, { small: { instead: 'too slow' } }]]) });
    const result = resultOf(column('Peer'), slow, stuck);
    assert.deepEqual(row(result, 'chat'), ['1,000/s', '200/s (0.30)', '1/s (0.00025)', 'too slow']);
  });

  it('writes figures so that they can be compared', () => {
    assert.equal(textOf(pairs([1.234], [0.01]), MEASURES.added, true), '1.23 ms (123)');
    assert.equal(textOf(pairs([14.04], [14]), MEASURES.chunk, true), '14.0 µs (1.0)');
    assert.equal(textOf(pairs([1.2], [-0.1]), MEASURES.head, true), '1.20 ms');
    assert.equal(textOf(pairs([4540.4], [10]), ONCE.start, false), '4,540 ms');
    assert.equal(textOf(undefined, ONCE.start, true), '');
    assert.equal(
      ratioOf([
        { peer: 1, nginx: 2 },
        { peer: 1, nginx: 0 },
      ]),
      0.5,
    );
  });

  it('can be read by programs', () => {
    const { columns } = JSON.parse(json(resultOf(column('Peer'))));
    assert.equal(columns[1].wires['openai-chat'].small[0].peer, 300);
  });
});
