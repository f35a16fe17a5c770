import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NOTHING } from '../ledger/fit.ts';
import type { StoredBucket, StoredLease } from './source.ts';
import { closed, incomplete, lease, opened, REAL, RESERVED, TestLog } from './testing.ts';

const KEY = 'n/r|cluster';

/** One call in a rate, which was opened in second 0 and looked at in `now`. */
function logOf(end: 'open' | 'settled' | 'expired' | 'late', now = 1_000, endedAt = 20): TestLog {
  const log = new TestLog();
  log.now = now;
  log.write('a', opened({ counters: [], rates: [KEY] }));
  if (end === 'settled') log.write('a', closed({ at: endedAt }));
  if (end === 'expired' || end === 'late') log.write('a', incomplete);
  if (end === 'late') log.write('a', closed({ at: endedAt }));
  const more: Partial<StoredLease> = { counters: [], rates: { second: 0, keys: [KEY] } };
  if (end === 'open') log.leases = [lease('open', NOTHING, more)];
  if (end === 'expired') log.leases = [lease('expired', RESERVED, more)];
  if (end === 'settled') log.leases = [lease('settled', REAL, { ...more, closedAt: endedAt })];
  if (end === 'late') {
    log.leases = [lease('settled', REAL, { ...more, closedAt: endedAt, closed: { chain: 'a', seq: 3 } })];
  }
  return log;
}

function found(log: TestLog, buckets: StoredBucket[], running: TestLog['running']): string[] {
  log.buckets = buckets;
  log.running = running;
  return log.found();
}

const bucket = (requests: number, tokens: number, second = 0) => ({ key: KEY, second, requests, tokens });
const WRONG = ['rate_mismatch '.trim()];

describe('rates', () => {
  it('count the calls that are open', () => {
    const open = [bucket(1, RESERVED.tokens)];
    assert.deepEqual(found(logOf('open'), open, [[KEY, 1]]), []);
    for (const calls of [0, 2, -5]) assert.deepEqual(found(logOf('open'), open, [[KEY, calls]]), WRONG);
    assert.deepEqual(found(logOf('open'), open, []), WRONG);
    assert.deepEqual(found(logOf('settled'), [bucket(1, REAL.tokens)], [[KEY, 0]]), []);
    assert.deepEqual(found(logOf('settled'), [bucket(1, REAL.tokens)], [[KEY, -1]]), WRONG);
    assert.deepEqual(found(logOf('settled'), [bucket(1, REAL.tokens)], [['other', 1]]), WRONG);
  });

  it('count what was begun in the last minute, and what it did not use is given back', () => {
    assert.deepEqual(found(logOf('settled'), [bucket(1, REAL.tokens)], []), []);
    for (const wrong of [bucket(0, REAL.tokens), bucket(1, REAL.tokens - 1), bucket(1, RESERVED.tokens)]) {
      assert.deepEqual(found(logOf('settled'), [wrong], []), WRONG);
    }
    assert.deepEqual(found(logOf('settled'), [], []), WRONG);
    assert.deepEqual(found(logOf('expired'), [bucket(1, RESERVED.tokens)], []), []);
    assert.deepEqual(found(logOf('late'), [bucket(1, RESERVED.tokens)], []), [], 'not by a late end');
  });

  it('no longer count when their minute is over', () => {
    assert.deepEqual(found(logOf('settled', 60_999, 60_999), [bucket(1, REAL.tokens)], []), []);
    const late = logOf('settled', 61_000, 61_000);
    assert.deepEqual(found(late, [bucket(1, REAL.tokens)], []), [], 'whatever it says, it no longer counts');
    assert.deepEqual(found(late, [], []), []);
  });

  it('count nothing ahead: what stands in seconds to come would count for ever', () => {
    const log = logOf('settled');
    assert.deepEqual(found(log, [bucket(1, REAL.tokens), bucket(-1_000_000, 0, 4e9)], []), WRONG);
    assert.deepEqual(found(log, [bucket(1, REAL.tokens), bucket(0, -1_000_000, 4e9)], []), WRONG);
  });
});
