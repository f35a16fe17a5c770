import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Spool } from './spool.ts';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-spool-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const entry = (seq: number) => ({ seq, text: `{"seq":${seq},"é":1}`, hash: 'h' });
const part = (n: number, data = 'AAAA') => ({
  ...{ address: `${n}`.padStart(64, '0'), prev: null, part: 0, parts: 1, data },
});

/** Takes all that there is, as control would. */
function drain(spool: Spool, mostBytes = 1e6): string[] {
  const taken: string[] = [];
  for (;;) {
    const batch = spool.batch(mostBytes);
    if (batch === undefined) return taken;
    if ('contents' in batch) {
      taken.push(`contents ${batch.contents.map(({ address }) => Number(address)).join(' ')}`);
      spool.acknowledgeContents(batch.contents.length);
    } else {
      taken.push(`${batch.chain} ${batch.entries.map(({ seq }) => seq).join(' ')}`);
      spool.acknowledge(batch.chain, batch.entries.at(-1)?.seq ?? 0);
    }
  }
}

describe('the spool', () => {
  function filled(folder: string): Spool {
    const spool = new Spool(folder, 1e6);
    spool.append('a', entry(1));
    for (const n of [1, 2]) spool.keep('a', part(n));
    for (const n of [2, 3]) spool.append('a', entry(n));
    spool.keep('a', part(3));
    spool.append('a', entry(4));
    return spool;
  }
  const ALL = ['a 1', 'contents 1 2', 'a 2 3', 'contents 3', 'a 4'];

  it('hands on entries and contents in the order in which they came', (t) => {
    const spool = filled(folderOf(t));
    assert.deepEqual(drain(spool), ALL);
    assert.deepEqual([spool.isEmpty, spool.bytes], [true, 0]);
  });

  it('does so of what a process before has left, before what is new', (t) => {
    const folder = folderOf(t);
    const before = filled(folder);
    const first = before.batch(1e6);
    assert.ok(first && 'entries' in first);
    before.close();
    const spool = new Spool(folder, 1e6);
    spool.keep('b', part(9));
    spool.append('b', entry(1));
    assert.deepEqual(drain(spool), [...ALL, 'contents 9', 'b 1']);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('hands on what is large in pieces, and contents whole', (t) => {
    const spool = new Spool(folderOf(t), 1e6);
    const long = 'QUJD'.repeat(5_000);
    for (const n of [1, 2, 3]) spool.keep('a', part(n, long));
    const batch = spool.batch(30_000);
    assert.ok(batch && 'contents' in batch);
    assert.deepEqual(batch.contents, [part(1, long)]);
    spool.append('a', entry(1));
    assert.deepEqual(drain(spool, 50_000), ['contents 1 2', 'contents 3', 'a 1']);
  });

  it('takes no more than its bound, whichever it is', (t) => {
    const spool = new Spool(folderOf(t), 400);
    spool.keep('a', part(1, 'A'.repeat(100)));
    assert.throws(() => spool.keep('a', part(2, 'A'.repeat(100))), { name: 'LedgerUnavailable' });
    assert.throws(() => spool.append('a', { ...entry(1), text: 'x'.repeat(300) }), {
      name: 'LedgerUnavailable',
    });
    spool.append('a', entry(1));
    assert.deepEqual(drain(spool), ['contents 1', 'a 1']);
  });
});
