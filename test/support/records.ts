/**
 * Reading back what a sidecar recorded. What is read and added up here shares no code with the ledger; whether the log
 * verifies is asked of verify, as its users ask it.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { statePaths } from '../../adapters/sqlite/state.ts';
import { verifyDatabase } from '../../adapters/sqlite/verify.ts';
import type { Closed, Entry, Opened } from '../../core/audit/entry.ts';

export interface LeaseRecord {
  readonly id: string;
  readonly state: 'open' | 'settled' | 'charged' | 'released' | 'expired';
  readonly expires_at: number;
  readonly exchange: string;
  readonly cap: number;
  readonly usd: number;
  readonly tokens: number;
  readonly requests: number;
  readonly charged_usd: number;
  readonly charged_tokens: number;
  readonly charged_requests: number;
  readonly counters: string;
}

export interface CounterRecord {
  readonly key: string;
  readonly spent: number;
  readonly reserved: number;
}

export interface Records {
  readonly entries: readonly Entry[];
  readonly opened: readonly Opened[];
  readonly closed: readonly Closed[];
  readonly leases: readonly LeaseRecord[];
  readonly counters: readonly CounterRecord[];
}

/** @param state the state folder; others may be writing to it */
export function readRecords(state: string): Records {
  const db = new DatabaseSync(join(state, 'tollgate.db'), { readOnly: true, timeout: 5_000 });
  try {
    db.exec('BEGIN');
    const all = <T>(sql: string) =>
      db
        .prepare(sql)
        .all()
        .map((row) => ({ ...row })) as unknown as T[];
    const rows = all<{ text: string }>('SELECT text FROM entries ORDER BY at, chain, seq');
    const entries = rows.map(({ text }) => JSON.parse(text) as Entry);
    return {
      entries,
      opened: entries.filter((entry) => entry.kind === 'opened'),
      closed: entries.filter((entry) => entry.kind === 'closed'),
      leases: all<LeaseRecord>('SELECT * FROM leases ORDER BY opened_at, id'),
      counters: all<CounterRecord>('SELECT key, spent, reserved FROM counters ORDER BY key'),
    };
  } finally {
    db.close();
  }
}

/**
 * What holds of every state folder whose calls have all ended: a lease has one `opened` and an ending, counters are
 * the sums of the leases, nothing is reserved any more, and the log verifies.
 */
export function assertConsistent(state: string): Records {
  const records = readRecords(state);
  const byLease = Map.groupBy(
    records.entries.filter((entry) => 'lease' in entry && entry.lease !== null),
    (entry) => ('lease' in entry ? entry.lease : null) as string,
  );
  assert.deepEqual([...byLease.keys()].sort(), records.leases.map(({ id }) => id).sort());
  const sums = new Map<string, number>();
  for (const lease of records.leases) {
    const kinds = byLease.get(lease.id)?.map(({ kind }) => kind) ?? [];
    const count = (kind: string) => kinds.filter((one) => one === kind).length;
    const what = `lease ${lease.id} is ${lease.state} and has ${kinds.join(', ')}`;
    assert.equal(count('opened'), 1, what);
    assert.ok(lease.state !== 'open', what);
    assert.equal(count('closed'), lease.state === 'expired' ? 0 : 1, what);
    assert.ok(count('incomplete') <= 1 && kinds.length >= 2, what);
    for (const [key, unit] of JSON.parse(lease.counters) as [string, 'usd' | 'tokens' | 'requests'][]) {
      sums.set(key, (sums.get(key) ?? 0) + lease[`charged_${unit}`]);
    }
  }
  for (const { key, spent, reserved } of records.counters) {
    assert.equal(reserved, 0, `${key} has reserved`);
    assert.equal(spent, sums.get(key) ?? 0, `${key} is the sum of its leases`);
  }
  const { findings } = verifyDatabase(statePaths(state));
  assert.deepEqual(
    // What watches limits from inside the database (LimitWatch) is not Tollgate's.
    findings.filter(({ note, kind }) => !note && kind !== 'foreign'),
    [],
  );
  return records;
}
