/**
 * Retention: removes what is older than a date, so that the log still verifies and any other removal is still found.
 *
 *   what will go ──> checked ──> `pruned` entries (and their ends) ──> entries ──> ends ──> leases ──> contents
 *                                                                                              └──> `carried`   ──> counters
 *
 * Nothing goes of a chain that is not as it was written. First it is recorded what is about to go; only when that record
 * has its end, and so can't be forged any more, is anything removed. All of it in small transactions: calls go on
 * meanwhile.
 */
import type { DatabaseSync } from 'node:sqlite';
import { COUNTERS_KEPT_MS } from '../../core/audit/verify-counters.ts';
import { LedgerUnavailable } from '../../core/ports.ts';
import { dropEnds, readEnds } from './ends.ts';
import type { SqliteLedger } from './ledger.ts';
import { type Cut, checkCuts } from './prune-check.ts';
import { pruneContents } from './prune-contents.ts';
import { pruneLeases } from './prune-leases.ts';
import { carryOver, recordsToKeep } from './prune-records.ts';
import type { StatePaths } from './state.ts';

/** What pruning needs of the ledger. */
export type PruningLedger = Pick<SqliteLedger, 'inTransaction' | 'end'>;

export interface PruneOptions {
  readonly db: DatabaseSync;
  readonly paths: StatePaths;
  /** Writes the `pruned` entries; of the same database. */
  readonly ledger: PruningLedger;
  /** Epoch ms: what is older goes. */
  readonly before: number;
  /** Epoch ms. */
  readonly now?: number;
  /** Ends it in the middle. */
  readonly signal?: AbortSignal;
}

/** How many of each were removed. */
export interface PruneReport {
  readonly entries: number;
  readonly leases: number;
  readonly messages: number;
  readonly sessions: number;
  readonly counters: number;
  /** What is old and was left, because it is not as it was written: a sentence for each chain and session. */
  readonly kept: readonly string[];
}

/** Rows of one transaction: removing and overwriting them takes some milliseconds. */
const AT_ONCE = 500;

/** Rejects with LedgerUnavailable when the database can't be written; what was not done is done by the next call. */
export async function prune({ now = Date.now(), ...options }: PruneOptions): Promise<PruneReport> {
  const { db, paths, ledger } = options;
  // What is yet to come is not old.
  const before = Math.min(options.before, now);
  const { cuts, kept } = await checkCuts(db, paths.ends, findCuts(db, before), options.signal);
  const entries = await pruneEntries({ ...options, before, now }, cuts);
  const leases = await pruneLeases(ledger, db, before);
  const contents = await pruneContents({ db, ledger, before, now });
  const ended = Math.min(before, now - COUNTERS_KEPT_MS);
  const counters = await pruneCounters(ledger, db, ended);
  await pruneWarnings(ledger, db, ended);
  const { messages, sessions } = contents;
  return { entries, leases, messages, sessions, counters, kept: [...kept, ...contents.kept] };
}

/** @returns for each chain that begins with entries older than the date the last of these */
function findCuts(db: DatabaseSync, before: number): Cut[] {
  const nextChain = db.prepare('SELECT min(chain) AS chain FROM entries WHERE chain > ?');
  const young = db.prepare('SELECT seq FROM entries WHERE chain = ? AND at >= ? ORDER BY seq LIMIT 1');
  const lastOf = db.prepare(
    'SELECT chain, seq, hash, kind FROM entries WHERE chain = ? AND seq < ? ORDER BY seq DESC LIMIT 1',
  );
  const cuts: Cut[] = [];
  for (let chain = ''; ; ) {
    const next = nextChain.get(chain) as { chain: string | null };
    if (next.chain === null) return cuts;
    chain = next.chain;
    const first = young.get(chain, before) as { seq: number } | undefined;
    const last = lastOf.get(chain, first?.seq ?? Number.MAX_SAFE_INTEGER) as LastRow | undefined;
    if (!last) continue;
    const { seq, hash, kind } = last;
    cuts.push({ through: { chain, seq, hash }, whole: first === undefined && kind === 'stopped', before });
  }
}

interface LastRow {
  readonly seq: number;
  readonly hash: string;
  readonly kind: string;
}

async function pruneEntries(options: PruneOptions & { now: number }, cuts: readonly Cut[]): Promise<number> {
  if (cuts.length === 0) return 0;
  const { db, paths, ledger } = options;
  const records = [...cuts, ...recordsToKeep(db, readEnds(paths.ends), cuts)];
  for (let i = 0; i < records.length; i += AT_ONCE) await record(ledger, records.slice(i, i + AT_ONCE));
  const { chain, seq, hash } = ledger.end;
  if (!readEnds(paths.ends).has(chain, { seq, hash })) {
    throw new LedgerUnavailable(`nothing was removed: ${paths.ends} can't be written`);
  }
  const removed = await removeEntries(options, cuts);
  await removeEnds(db, ledger, paths.ends, cuts);
  return removed;
}

function record(ledger: PruningLedger, cuts: readonly Cut[]): Promise<void> {
  return ledger.inTransaction((tx) => {
    for (const { through, whole, before } of cuts) {
      tx.append({ kind: 'pruned', at: tx.now, through, whole, before: Math.min(before, tx.now) });
    }
  });
}

async function removeEntries(
  { db, paths, ledger, now }: PruneOptions & { now: number },
  cuts: readonly Cut[],
): Promise<number> {
  const lastOf = db.prepare(
    'SELECT max(seq) AS seq FROM (SELECT seq FROM entries WHERE chain = ? AND seq <= ? ORDER BY seq LIMIT ?)',
  );
  const remove = db.prepare('DELETE FROM entries WHERE chain = ? AND seq <= ?');
  const ends = readEnds(paths.ends);
  let removed = 0;
  for (let done = 0; done < cuts.length; ) {
    const step = await ledger.inTransaction((tx) => {
      let [next, rows] = [done, 0];
      for (let cut = cuts[next]; cut && rows < AT_ONCE; cut = cuts[next]) {
        const { chain, seq } = cut.through;
        const most = AT_ONCE - rows;
        const last = (lastOf.get(chain, seq, most) as { seq: number | null }).seq ?? 0;
        carryOver({ db, tx, ends, now }, chain, last);
        const changes = Number(remove.run(chain, last).changes);
        rows += changes;
        if (changes < most) next++;
      }
      return { next, rows };
    });
    done = step.next;
    removed += step.rows;
  }
  return removed;
}

/** Under the lock: nobody adds to a chain between the look at what is left of it and the removal of its ends. */
async function removeEnds(
  db: DatabaseSync,
  ledger: PruningLedger,
  folder: string,
  cuts: readonly Cut[],
): Promise<void> {
  const left = db.prepare('SELECT 1 FROM entries WHERE chain = ? LIMIT 1');
  const forget = db.prepare('DELETE FROM chains WHERE chain = ?');
  for (let i = 0; i < cuts.length; i += AT_ONCE) {
    await ledger.inTransaction(() => {
      for (const { through } of cuts.slice(i, i + AT_ONCE)) {
        const whole = left.get(through.chain) === undefined;
        if (whole) forget.run(through.chain);
        dropEnds(folder, through.chain, through.seq, whole);
      }
    });
  }
}

async function pruneCounters(ledger: PruningLedger, db: DatabaseSync, before: number): Promise<number> {
  const remove = db.prepare(
    'DELETE FROM counters WHERE key IN (SELECT key FROM counters WHERE resets_at < ? AND reserved = 0 LIMIT ?)',
  );
  for (let removed = 0; ; ) {
    const count = await ledger.inTransaction(() => Number(remove.run(before, AT_ONCE).changes));
    removed += count;
    if (count < AT_ONCE) return removed;
  }
}

/** They go with their counters: as long as there is one, a threshold must not be told again. */
async function pruneWarnings(ledger: PruningLedger, db: DatabaseSync, before: number): Promise<void> {
  const gone = 'SELECT counter FROM warning_rules WHERE resets_at < ? LIMIT ?';
  const remove = ['warnings', 'warning_rules'].map((table) =>
    db.prepare(`DELETE FROM ${table} WHERE counter IN (${gone})`),
  );
  for (let count = AT_ONCE; count === AT_ONCE; ) {
    count = await ledger.inTransaction(() => {
      const removed = remove.map((statement) => Number(statement.run(before, AT_ONCE).changes));
      return removed.at(-1) ?? 0;
    });
  }
}
