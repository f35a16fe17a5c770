/** Counting anew from a log in which not all is as it should be. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Closed, EntryDraft, Opened } from '../../core/audit/entry.ts';
import { closedDraft, requestFor, SMALL } from '../testing-drafts.ts';
import { Recount } from './recount.ts';

const opened: Opened = {
  ...requestFor({ lease: 'l' }).opened({ lease: 'l', cap: 10, amounts: SMALL, over: [] }),
  at: 1,
  counters: [['c', 'usd', null]],
  rates: ['r'],
};
const closed = closedDraft({ lease: 'l', at: 2 }, { outcome: 'settled', amounts: SMALL }) as Closed;
const incomplete = { kind: 'incomplete', at: 2, exchange: 'x', lease: 'm', amounts: SMALL };
const carried = { kind: 'carried', at: 1, counters: [['c', 5, null]] };

describe('counting anew', () => {
  it('sets aside what can not be counted by, says how much that was, and counts the rest', () => {
    const broken: unknown[] = [
      null,
      { ...opened, lease: 'm', counters: undefined },
      { ...opened, lease: 'm', counters: ['c'] },
      { ...opened, lease: 'm', counters: [['c', 'gold', null]] },
      { ...opened, lease: 'm', rates: null },
      { ...opened, lease: 'm', reserved: { usd: '1', tokens: 1, requests: 1 } },
      { ...opened, lease: 'm', workload: null },
      { ...opened, lease: undefined },
      { ...closed, lease: 'm', amounts: null },
      { ...closed, lease: 'm', amounts: { usd: 0.5, tokens: 1, requests: 1 } },
      { ...closed, lease: 'm', faults: undefined },
      { ...incomplete, amounts: undefined },
      { ...carried, counters: [['c', -5, null]] },
      { ...carried, counters: [7] },
    ];
    const recount = new Recount(10);
    for (const entry of broken) recount.know(entry as EntryDraft);
    for (const entry of broken) recount.tell(entry as EntryDraft);
    for (const entry of broken) recount.read(entry as EntryDraft);
    for (const entry of [opened, closed, carried, { kind: 'stopped', at: 3 }])
      recount.read(entry as EntryDraft);
    const { counters, unplaced, untold, setAside } = recount.result();
    assert.equal(setAside, 3 * broken.length);
    assert.deepEqual(untold, []);
    assert.deepEqual(counters, [{ key: 'c', spent: SMALL.usd + 5, reserved: 0, resetsAt: null }]);
    assert.deepEqual(unplaced, []);
  });
});
