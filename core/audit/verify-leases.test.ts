import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NOTHING } from '../ledger/fit.ts';
import type { EntryDraft, Opened } from './entry.ts';
import type { StoredLease } from './source.ts';
import {
  COUNTER,
  closed,
  edited,
  incomplete,
  lease,
  opened,
  REAL,
  RESERVED,
  rehash,
  TestLog,
} from './testing.ts';
import { COUNTERS_KEPT_MS } from './verify-counters.ts';

/** @returns what is found in a log of these entries and one lease, but for what is said of counters and rates */
function found(entries: EntryDraft[], stored: StoredLease | undefined): string[] {
  const log = new TestLog();
  log.write('a', ...entries);
  if (stored) log.leases = [stored];
  return log.found().filter((one) => one !== 'counter_mismatch' && one !== 'rate_mismatch');
}

/** Where the closed entry stands. */
function closedAt(seq: number): Partial<StoredLease> {
  return { closed: { chain: 'a', seq } };
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
    assert.deepEqual(found([opened(), incomplete, closed()], lease('settled', REAL, closedAt(3))), []);
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
    assert.deepEqual(found([closed()], lease('settled', REAL, closedAt(1))), ['lease_without_opened']);
    assert.deepEqual(found([opened()], lease('settled', REAL)), ['not_closed']);
    assert.deepEqual(found([opened()], lease('expired', RESERVED)), ['not_closed']);
    assert.deepEqual(found([opened()], undefined), ['opened_without_lease 1']);
    assert.deepEqual(found([closed()], undefined), ['closed_without_lease 1']);
    assert.deepEqual(found([incomplete], undefined), ['closed_without_lease 1']);
  });

  it('are one of each: an entry that is there twice is named', () => {
    assert.deepEqual(found([opened(), opened(), closed()], lease('settled', REAL, closedAt(3))), [
      'twice_opened 2',
    ]);
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
      { model: 'x' },
      { cap: 17 },
      { at: 11 },
      { counters: [] },
      { counters: [[COUNTER, 'tokens', null]] },
      { counters: [[COUNTER, 'usd', 5]] },
      { rates: ['r'] },
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

  it('say the same about where and when it was opened and ended, and what it exceeded', () => {
    const all = [opened({ observed: ['o'] }), closed()];
    const settled = (more: Partial<StoredLease>) => found(all, lease('settled', REAL, more));
    assert.deepEqual(settled({ over: ['o'] }), []);
    assert.deepEqual(settled({ opened: { chain: 'a', seq: 2 } }), ['lease_mismatch 1']);
    assert.deepEqual(settled({ opened: { chain: 'b', seq: 1 } }), ['lease_mismatch 1']);
    assert.deepEqual(settled({ closed: { chain: 'a', seq: 1 } }), ['lease_mismatch 2']);
    assert.deepEqual(settled({ closed: null }), ['lease_mismatch 2']);
    assert.deepEqual(settled({ closedAt: 21 }), ['lease_mismatch 2']);
    assert.deepEqual(settled({ rates: { second: 1, keys: [] } }), ['lease_mismatch 1']);
    for (const unread of ['counters', 'rates', 'over']) {
      assert.deepEqual(settled({ [unread]: undefined }), ['lease_mismatch 1'], unread);
    }
    assert.deepEqual(settled({ over: ['o', 'p'] }), ['lease_mismatch 1']);
    const expired = lease('expired', RESERVED, { closedAt: 31 });
    assert.deepEqual(found([opened(), incomplete], expired), ['lease_mismatch 2']);
  });

  it('is not ended late by an entry without an end: anybody could have added it', () => {
    const expired = () => {
      const log = new TestLog();
      log.write('a', opened());
      log.write('b', incomplete);
      log.counters = [{ key: COUNTER, spent: 0, reserved: 0, resetsAt: null }];
      const place = { closed: { chain: 'a', seq: 2 } };
      log.leases = [lease('released', NOTHING, place)];
      return log;
    };
    const late = closed({ outcome: 'released', amounts: NOTHING });
    const honest = expired();
    honest.write('a', late);
    assert.deepEqual(honest.found(), []);
    const forged = expired();
    forged.writeWithoutEnd('a', late);
    assert.deepEqual(forged.found(), ['(longer_than_end 1)', 'lease_mismatch 2']);
    const elsewhere = new TestLog();
    elsewhere.write('a', opened());
    elsewhere.write('b', { kind: 'stopped', at: 1 });
    elsewhere.writeWithoutEnd('b', late);
    elsewhere.leases = [lease('released', NOTHING, { closed: { chain: 'b', seq: 2 } })];
    elsewhere.counters = [{ key: COUNTER, spent: 0, reserved: 0, resetsAt: null }];
    assert.deepEqual(elsewhere.found(), ['(longer_than_end 1)', 'lease_mismatch 2']);
    const died = new TestLog();
    died.write('a', opened());
    died.writeWithoutEnd('a', late);
    died.leases = [lease('released', NOTHING)];
    died.counters = [{ key: COUNTER, spent: 0, reserved: 0, resetsAt: null }];
    assert.deepEqual(died.found(), ['(longer_than_end 1)'], 'its process died before it could write the end');
  });

  it('may stand elsewhere once entries were renumbered: that is said once', () => {
    const log = new TestLog();
    log.write('a', { kind: 'stopped', at: 1 }, opened(), closed());
    log.leases = [lease('settled', REAL, { opened: { chain: 'a', seq: 2 }, ...closedAt(3) })];
    log.counters = [{ key: COUNTER, spent: REAL.usd, reserved: 0, resetsAt: null }];
    assert.deepEqual(log.found(), []);
    log.replace('a', rehash(log.chain('a').slice(1)));
    assert.deepEqual(log.found(), ['removed 1', 'rehashed 1-2']);
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
    const [less, more] = [
      { ...REAL, usd: -1 },
      { ...REAL, usd: 0.5 },
    ];
    for (const odd of [less, more]) {
      const settled = lease('settled', odd);
      assert.deepEqual(found([opened(), closed({ amounts: odd })], settled), ['amount_mismatch']);
    }
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
    const places = { opened: { chain: 'a', seq: 3 }, closed: { chain: 'a', seq: 4 } };
    log.leases = [lease('released', NOTHING), lease('settled', REAL, { id: 'l2', ...places })];
    log.counters = [{ key: COUNTER, spent: REAL.usd, reserved: 0, resetsAt: null }];
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
    log.counters = [{ key: COUNTER, spent: REAL.usd, reserved: 0, resetsAt: null }];
    assert.deepEqual(log.found(), ['changed 2', 'amount_mismatch 2', 'counter_mismatch']);
  });
});

describe('counters', () => {
  /** Two calls: one that ended, one that runs. */
  function logOf(use: Partial<Opened> = {}, rows: Partial<StoredLease> = {}): TestLog {
    const log = new TestLog();
    log.write('a', opened(use), closed(), opened({ lease: 'l2', exchange: 'x2', ...use }));
    const more = { ...use, ...rows } as Partial<StoredLease>;
    log.leases = [
      lease('settled', REAL, more),
      lease('open', NOTHING, { id: 'l2', exchange: 'x2', ...more, opened: { chain: 'a', seq: 3 } }),
    ];
    return log;
  }

  function foundWith(log: TestLog, spent: number, reserved: number, resetsAt: number | null = null) {
    log.counters = [{ key: COUNTER, spent, reserved, resetsAt }];
    return log.found().filter((one) => !one.startsWith('('));
  }

  it('are the sum of the leases that stand on them', () => {
    assert.deepEqual(foundWith(logOf(), 300, 900), []);
    for (const [spent, reserved] of [
      [299, 900],
      [301, 900],
      [300, 899],
      [300, 0],
      [0, 900],
    ] as const) {
      assert.deepEqual(foundWith(logOf(), spent, reserved), ['counter_mismatch'], `${spent} ${reserved}`);
    }
  });

  it('are summed up from what entries say, whatever leases say', () => {
    for (const changed of [
      { counters: [] },
      { counters: undefined },
      { charged: NOTHING },
      { reserved: NOTHING },
      { counters: [['another', 'usd', null]] },
    ] as Partial<StoredLease>[]) {
      const found = (spent: number, reserved: number) => foundWith(logOf({}, changed), spent, reserved);
      assert.ok(!found(300, 900).includes('counter_mismatch'), JSON.stringify(changed));
      assert.ok(found(0, 0).includes('counter_mismatch'), JSON.stringify(changed));
      assert.ok(found(300, 900).some((one) => /lease_mismatch|amount_mismatch/.test(one)));
    }
  });

  it('end when their leases say so', () => {
    const log = logOf({ counters: [[COUNTER, 'usd', 50]] });
    assert.deepEqual(foundWith(log, 300, 900, 50), []);
    assert.deepEqual(foundWith(log, 300, 900, 49), ['counter_mismatch']);
    assert.deepEqual(foundWith(log, 300, 900, null), ['counter_mismatch']);
    assert.deepEqual(foundWith(logOf(), 300, 900, 50), ['counter_mismatch']);
  });

  it('stay where they can no longer be counted exactly', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const log = new TestLog();
    const amounts = { ...REAL, usd: most };
    log.write('a', opened(), closed({ amounts }), opened({ lease: 'l2' }), closed({ amounts, lease: 'l2' }));
    log.leases = [
      lease('settled', amounts),
      lease('settled', amounts, { id: 'l2', opened: { chain: 'a', seq: 3 }, ...closedAt(4) }),
    ];
    assert.deepEqual(foundWith(log, most, 0), []);
  });

  it('are missed while leases stand on them, until retention takes them', () => {
    const missing = (use: Partial<Opened>, now: number) => {
      const log = logOf(use);
      log.now = now;
      return log.found().filter((one) => !one.startsWith('('));
    };
    const ends: Partial<Opened> = { counters: [[COUNTER, 'usd', 50]] };
    assert.deepEqual(missing(ends, COUNTERS_KEPT_MS + 50), ['counter_mismatch']);
    assert.deepEqual(missing(ends, COUNTERS_KEPT_MS + 51), []);
    assert.deepEqual(missing({}, COUNTERS_KEPT_MS * 9), ['counter_mismatch'], 'one that never ends');
    const two: Partial<Opened> = {
      counters: [
        [COUNTER, 'usd', null],
        ['other', 'usd', null],
      ],
    };
    assert.deepEqual(foundWith(logOf(two), 300, 900), ['counter_mismatch'], 'one of them is there');
  });
});
