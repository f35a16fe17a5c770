import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EntryDraft, Opened } from './entry.ts';
import type { StoredLease } from './source.ts';
import {
  COUNTER,
  closed,
  edited,
  incomplete,
  lease,
  NOTHING,
  opened,
  REAL,
  RESERVED,
  rehash,
  TestLog,
} from './testing.ts';
import { COUNTERS_KEPT_MS } from './verify-counters.ts';

/** @returns what is found in a log of these entries, one lease, and the counter as it should be */
function found(entries: EntryDraft[], stored: StoredLease | undefined): string[] {
  const log = new TestLog();
  log.write('a', ...entries);
  if (stored) {
    const open = stored.state === 'open';
    const [spent, reserved] = [stored.charged.usd, open ? stored.reserved.usd : 0];
    log.leases = [stored];
    log.counters = [{ key: COUNTER, spent, reserved }];
  }
  return log.found();
}

describe('a lease and its entries', () => {
  it('agree however it ended', () => {
    assert.deepEqual(found([opened()], lease('open', NOTHING)), []);
    assert.deepEqual(found([opened(), closed()], lease('settled', REAL)), []);
    assert.deepEqual(
      found([opened(), closed({ outcome: 'charged', amounts: RESERVED })], lease('charged', RESERVED)),
      [],
    );
    assert.deepEqual(
      found([opened(), closed({ outcome: 'released', amounts: NOTHING })], lease('released', NOTHING)),
      [],
    );
    assert.deepEqual(found([opened(), incomplete], lease('expired', RESERVED)), []);
    assert.deepEqual(found([opened(), incomplete, closed()], lease('settled', REAL)), []);
  });

  it('are not missed for a refusal, which has none', () => {
    assert.deepEqual(
      found([closed({ lease: null, verdict: 'deny', outcome: 'none', amounts: NOTHING })], undefined),
      [],
    );
  });

  it('are noted while nobody has charged what a dead process left', () => {
    assert.deepEqual(found([opened()], lease('open', NOTHING, { expiresAt: 5 })), ['(expired )']);
  });

  it('are one of each: an entry that is missing is named', () => {
    assert.deepEqual(found([closed()], lease('settled', REAL)), ['lease_without_opened']);
    assert.deepEqual(found([opened()], lease('settled', REAL)), ['not_closed']);
    assert.deepEqual(found([opened()], lease('expired', RESERVED)), ['not_closed']);
    assert.deepEqual(found([opened()], undefined), ['opened_without_lease 1']);
    assert.deepEqual(found([closed()], undefined), ['closed_without_lease 1']);
    assert.deepEqual(found([incomplete], undefined), ['closed_without_lease 1']);
  });

  it('are one of each: an entry that is there twice is named', () => {
    assert.deepEqual(found([opened(), opened(), closed()], lease('settled', REAL)), ['twice_opened 2']);
    assert.deepEqual(found([opened(), closed(), closed()], lease('settled', REAL)), ['twice_closed 3']);
    assert.deepEqual(found([opened(), incomplete, incomplete], lease('expired', RESERVED)), [
      'twice_closed 3',
    ]);
  });

  it('say the same about who paid', () => {
    const others: Partial<Opened>[] = [
      { workload: { namespace: 'x', name: 'crawler', labels: {}, session: 's1' } },
      { workload: { namespace: 'local', name: 'x', labels: {}, session: 's1' } },
      { workload: { namespace: 'local', name: 'crawler', labels: {}, session: 'x' } },
      { provider: 'x' },
      { cap: 17 },
    ];
    for (const other of others) {
      assert.deepEqual(
        found([opened(other)], lease('open', NOTHING)),
        ['lease_mismatch 1'],
        JSON.stringify(other),
      );
    }
    assert.deepEqual(found([opened(), incomplete], lease('open', NOTHING)), ['lease_mismatch 2']);
  });

  it('say the same about how much, in each unit', () => {
    for (const unit of ['usd', 'tokens', 'requests'] as const) {
      const less = { ...REAL, [unit]: REAL[unit] - 1 };
      const more = { ...RESERVED, [unit]: RESERVED[unit] + 1 };
      assert.deepEqual(found([opened(), closed({ amounts: less })], lease('settled', REAL)), [
        'amount_mismatch 2',
      ]);
      assert.deepEqual(found([opened({ reserved: more })], lease('open', NOTHING)), ['amount_mismatch 1']);
      const tooMuch: EntryDraft = {
        ...(incomplete as Extract<EntryDraft, { kind: 'incomplete' }>),
        amounts: more,
      };
      assert.deepEqual(found([opened(), tooMuch], lease('expired', RESERVED)), ['amount_mismatch 2']);
    }
    assert.deepEqual(found([opened(), closed({ outcome: 'charged' })], lease('settled', REAL)), [
      'amount_mismatch 2',
    ]);
    assert.deepEqual(found([opened(), closed()], lease('open', NOTHING)), ['amount_mismatch 2']);
  });

  it('charge what the state says', () => {
    assert.deepEqual(found([opened(), incomplete], lease('expired', REAL)), ['amount_mismatch']);
    const charged = closed({ outcome: 'charged', amounts: REAL });
    assert.deepEqual(found([opened(), charged], lease('charged', REAL)), ['amount_mismatch']);
    const released = closed({ outcome: 'released', amounts: REAL });
    assert.deepEqual(found([opened(), released], lease('released', REAL)), ['amount_mismatch']);
  });

  it('may be several pairs for one exchange, each by itself', () => {
    const log = new TestLog();
    log.write(
      'a',
      opened(),
      closed({ outcome: 'released', amounts: NOTHING }),
      opened({ lease: 'l2' }),
      closed({ lease: 'l2' }),
    );
    log.leases = [lease('released', NOTHING), lease('settled', REAL, { id: 'l2' })];
    log.counters = [{ key: COUNTER, spent: REAL.usd, reserved: 0 }];
    assert.deepEqual(log.found(), []);
  });

  it('are compared in what the log says by now: careful tampering is found by the ends and by the amounts', () => {
    const log = new TestLog();
    log.write('a', opened(), closed());
    log.replace(
      'a',
      rehash(log.chain('a').map((row) => (row.seq === 2 ? edited(row, { amounts: NOTHING }) : row))),
    );
    log.leases = [lease('settled', REAL)];
    log.counters = [{ key: COUNTER, spent: REAL.usd, reserved: 0 }];
    assert.deepEqual(log.found(), ['changed 2', 'amount_mismatch 2']);
  });
});

describe('counters', () => {
  function foundWith(
    counters: [spent: number, reserved: number] | undefined,
    more: Partial<StoredLease> = {},
    now?: number,
  ) {
    const log = new TestLog();
    log.write('a', opened(), closed(), opened({ lease: 'l2', exchange: 'x2' }));
    log.leases = [
      lease('settled', REAL, more),
      lease('open', NOTHING, { id: 'l2', exchange: 'x2', ...more, opened: { chain: 'a', seq: 3 } }),
    ];
    if (counters) log.counters = [{ key: COUNTER, spent: counters[0], reserved: counters[1] }];
    if (now) log.now = now;
    return log.found().filter((one) => !one.startsWith('('));
  }

  it('are the sum of the leases that stand on them', () => {
    assert.deepEqual(foundWith([300, 900]), []);
    for (const wrong of [
      [299, 900],
      [301, 900],
      [300, 899],
      [300, 0],
      [0, 900],
    ] as const) {
      assert.deepEqual(foundWith([...wrong]), ['counter_mismatch'], `${wrong}`);
    }
  });

  it('are missed while leases stand on them, until retention takes them', () => {
    assert.deepEqual(foundWith(undefined), ['counter_mismatch']);
    assert.deepEqual(foundWith(undefined, {}, COUNTERS_KEPT_MS + 11), []);
    const two = [COUNTER, 'other'].map((key) => [key, 'usd'] as const);
    assert.deepEqual(foundWith([300, 900], { counters: two }), ['counter_mismatch'], 'one of them is there');
  });
});
