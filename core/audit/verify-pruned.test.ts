import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KeptEnd, StoredEntry, StoredLease } from './source.ts';
import { COUNTER, closed, edited, lease, opened, REAL, rehash, TestLog } from './testing.ts';

describe('retention', () => {
  /** Chain a with two exchanges; chain b records that a was pruned up to its second entry. */
  function prunedLog(through = 2): TestLog {
    const log = new TestLog();
    log.write(
      'a',
      opened(),
      closed(),
      opened({ lease: 'l2', exchange: 'x2' }),
      closed({ lease: 'l2', exchange: 'x2' }),
    );
    const rows = log.chain('a');
    const { seq, hash } = rows[through - 1] as (typeof rows)[number];
    const record = { kind: 'pruned', at: 99, through: { chain: 'a', seq, hash }, whole: false } as const;
    log.write('b', { ...record, before: 10 });
    log.write('c', { kind: 'carried', at: 99, counters: [[COUNTER, through === 4 ? 600 : 300, null]] });
    log.leases = [
      lease('settled', REAL, {
        id: 'l2',
        exchange: 'x2',
        opened: { chain: 'a', seq: 3 },
        closed: { chain: 'a', seq: 4 },
      }),
    ];
    log.counters = [{ key: COUNTER, spent: 600, reserved: 0, resetsAt: null }];
    log.replace('a', rows.slice(through));
    return log;
  }

  it('removes what it recorded, and counters keep what pruned leases spent', () => {
    assert.deepEqual(prunedLog().found(), ['(pruned 2)']);
    assert.deepEqual(prunedLog().ends?.get('a')?.length, 4, 'also with the ends still there');
    const log = prunedLog();
    log.ends?.set('a', (log.ends.get('a') ?? []).slice(2));
    assert.deepEqual(log.found(), ['(pruned 2)']);
  });

  it('may have got stuck half-way', () => {
    const log = prunedLog();
    const gone = new TestLog();
    gone.write('a', opened(), closed());
    log.replace('a', [...gone.chain('a').slice(1), ...log.chain('a')]);
    // Its lease is there still, and so is not carried.
    log.leases.push(lease('settled', REAL));
    log.counters = [{ key: COUNTER, spent: 900, reserved: 0, resetsAt: null }];
    assert.deepEqual(log.found(), ['(pruned 2)']);
    log.ends = undefined;
    assert.deepEqual(log.found(), ['(ends_unknown )', '(pruned 2)']);
  });

  it('does not cover what was removed beyond it', () => {
    const log = prunedLog();
    log.replace('a', log.chain('a').slice(1));
    assert.deepEqual(log.found(), ['removed 3', '(pruned 2)', 'lease_without_opened']);
  });

  it('does not cover changes of what is left', () => {
    const log = prunedLog();
    log.replace(
      'a',
      rehash(
        log.chain('a').map((row) => edited(row, { at: 5 })),
        3,
        log.ends?.get('a')?.[1]?.hash,
      ),
    );
    assert.deepEqual(log.found().slice(0, 2), ['changed 3', 'changed 4']);
  });

  it('is not believed without its end: anybody could have added the record of it', () => {
    const log = prunedLog();
    log.ends?.set('b', []);
    assert.deepEqual(log.found(), ['removed 1-2']);
  });

  it('is not believed when it is said to have removed what was yet to come', () => {
    const log = prunedLog();
    const { ends } = log;
    const [{ text }] = log.chain('b') as [StoredEntry];
    const changed = new TestLog();
    changed.write('b', { ...JSON.parse(text), before: 100 });
    log.replace('b', changed.chain('b'));
    ends?.set('b', changed.ends?.get('b') ?? []);
    assert.deepEqual(log.found(), ['removed 1-2']);
  });

  it('says so where what is left begins with what is older than what was removed', () => {
    const log = prunedLog();
    const through = { chain: 'a', ...(log.ends?.get('a')?.[1] as KeptEnd) };
    log.ends?.set('b', []);
    log.write('d', { kind: 'pruned', at: 99, through, whole: false, before: 11 });
    const found = log.findings().find(({ kind, chain }) => kind === 'pruned' && chain === 'a');
    assert.match(found?.sentence ?? '', /though what is left begins with an older one/);
    assert.ok(
      !prunedLog()
        .findings()
        .some(({ sentence }) => sentence.includes('older one')),
    );
  });

  it('leaves counters as high as what was spent: not a nano-USD lower, nor higher', () => {
    for (const [spent, expected] of [
      [600, ['(pruned 2)']],
      [599, ['(pruned 2)', 'counter_mismatch']],
      [300, ['(pruned 2)', 'counter_mismatch']],
      [601, ['(pruned 2)', 'counter_mismatch']],
    ] as const) {
      const log = prunedLog();
      log.counters = [{ key: COUNTER, spent, reserved: 0, resetsAt: null }];
      assert.deepEqual(log.found(), expected, `${spent}`);
    }
    const log = prunedLog(4);
    log.leases = [];
    log.counters = [];
    assert.deepEqual(
      log.found(),
      ['counter_mismatch', '(pruned )'].toReversed(),
      'one that only records name',
    );
    log.counters = [{ key: COUNTER, spent: 0, reserved: 0, resetsAt: null }];
    log.write('e', { kind: 'carried', at: 99, counters: [[COUNTER, -600, null]] });
    assert.deepEqual(log.found(), ['(pruned )', 'counter_mismatch'], 'nothing is ever given back');
  });

  it('is what the record said when it was written, and goes no way back', () => {
    const log = prunedLog();
    const first = log.ends?.get('a')?.[0] as KeptEnd;
    log.write('b', { kind: 'pruned', at: 100, through: { chain: 'a', ...first }, whole: false, before: 10 });
    assert.deepEqual(log.found(), ['(pruned 2)']);
    const more = { ...log.ends?.get('a')?.[3], chain: 'a' };
    const [record, second] = log.chain('b') as [StoredEntry, StoredEntry];
    const text = JSON.stringify({ ...JSON.parse(record.text), through: more });
    log.replace('b', [{ ...record, text }, second]);
    log.replace('a', []);
    assert.deepEqual(log.found().slice(0, 2), ['changed 1', 'chain_missing 2-4']);
  });

  it('may remove chains as a whole, and chains that name them', () => {
    const log = prunedLog(4);
    log.leases = [];
    log.ends?.delete('a');
    assert.deepEqual(log.found(), ['(pruned )']);
  });

  it('leaves leases whose entries were pruned on one side only', () => {
    const log = prunedLog(3);
    assert.deepEqual(log.found(), ['(pruned 3)']);
    log.leases = [{ ...(log.leases[0] as StoredLease), opened: { chain: 'a', seq: 4 } }];
    assert.deepEqual(log.found(), ['(pruned 3)', 'lease_without_opened']);
  });
});
