/**
 * Retention: removes what is older than a date, so that the log still verifies and any other removal is still found.
 *
 *   what will go ──> `pruned` entries (and their ends) ──> entries ──> ends ──> leases ──> contents ──> counters
 *
 * First it is recorded what is about to go; only when that record has its end, and so can't be forged any more, is
 * anything removed. All of it in small transactions: calls go on meanwhile.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Pruned, Started } from '../../core/audit/entry.ts';
import { COUNTERS_KEPT_MS } from '../../core/audit/verify-counters.ts';
import { LedgerUnavailable } from '../../core/ports.ts';
import { dropEnds, readEnds } from './ends.ts';
import type { SqliteLedger } from './ledger.ts';
import { pruneContents } from './prune-contents.ts';
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
}

/** How many of each were removed. */
export interface PruneReport {
  readonly entries: number;
  readonly leases: number;
  readonly messages: number;
  readonly sessions: number;
  readonly counters: number;
}

/** Rows of one transaction: removing and overwriting them takes some milliseconds. */
const AT_ONCE = 500;

/** Rejects with LedgerUnavailable when the database can't be written; what was not done is done by the next call. */
export async function prune(options: PruneOptions): Promise<PruneReport> {
  const { db, ledger, before, now = Date.now() } = options;
  const cuts = findCuts(db, before);
  const entries = await pruneEntries(options, cuts);
  const leases = await pruneLeases(ledger, db, before);
  const { messages, sessions } = await pruneContents({ db, ledger, before, now });
  const counters = await pruneCounters(ledger, db, Math.min(before, now - COUNTERS_KEPT_MS));
  return { entries, leases, messages, sessions, counters };
}

type Cut = Pick<Pruned, 'through' | 'whole'>;

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
    cuts.push({ through: { chain, seq, hash }, whole: first === undefined && kind === 'stopped' });
  }
}

interface LastRow {
  readonly seq: number;
  readonly hash: string;
  readonly kind: string;
}

async function pruneEntries({ db, paths, ledger }: PruneOptions, cuts: readonly Cut[]): Promise<number> {
  if (cuts.length === 0) return 0;
  const records = [...cuts, ...recordsToKeep(db, cuts)];
  for (let i = 0; i < records.length; i += AT_ONCE) await record(ledger, records.slice(i, i + AT_ONCE));
  const { chain, seq, hash } = ledger.end;
  if (!readEnds(paths.ends).has(chain, { seq, hash })) {
    throw new LedgerUnavailable(`nothing was removed: ${paths.ends} can't be written`);
  }
  const removed = await removeEntries(db, ledger, cuts);
  await removeEnds(db, ledger, paths.ends, cuts);
  return removed;
}

function record(ledger: PruningLedger, cuts: readonly Cut[]): Promise<void> {
  return ledger.inTransaction((tx) => {
    for (const { through, whole } of cuts) tx.append({ kind: 'pruned', at: tx.now, through, whole });
  });
}

async function removeEntries(db: DatabaseSync, ledger: PruningLedger, cuts: readonly Cut[]): Promise<number> {
  const remove = db.prepare(
    `DELETE FROM entries WHERE chain = ?1 AND seq <= (SELECT max(seq) FROM
      (SELECT seq FROM entries WHERE chain = ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3))`,
  );
  let removed = 0;
  for (let done = 0; done < cuts.length; ) {
    const step = await ledger.inTransaction(() => {
      let [next, rows] = [done, 0];
      for (let cut = cuts[next]; cut && rows < AT_ONCE; cut = cuts[next]) {
        const most = AT_ONCE - rows;
        const changes = Number(remove.run(cut.through.chain, cut.through.seq, most).changes);
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

interface EntryRow {
  readonly chain: string;
  readonly seq: number;
  readonly text: string;
}

/**
 * Earlier records that go with these cuts and are still needed: of chains that may go on, and of those of which
 * something is left, be it a lease, or a chain that names them as its predecessor.
 */
function recordsToKeep(db: DatabaseSync, cuts: readonly Cut[]): Cut[] {
  const cutAt = new Map(cuts.map(({ through }) => [through.chain, through.seq]));
  const goes = ({ chain, seq }: EntryRow) => seq <= (cutAt.get(chain) ?? 0);
  const ofKind = db.prepare('SELECT chain, seq, text FROM entries WHERE apart = 1 AND kind = ?');
  const records = ofKind.all('pruned') as unknown as EntryRow[];
  const staying = new Map<string, Cut>();
  const going = new Map<string, Cut>();
  for (const row of records) {
    const { through, whole } = JSON.parse(row.text) as Pruned;
    const latest = goes(row) ? going : staying;
    if (through.seq > (latest.get(through.chain)?.through.seq ?? 0))
      latest.set(through.chain, { through, whole });
  }
  if (going.size === 0) return [];
  const needed = chainsStillNamed(db, ofKind.all('started') as unknown as EntryRow[], goes);
  return [...going.values()].filter(({ through: { chain, seq }, whole }) => {
    const known = Math.max(cutAt.get(chain) ?? 0, staying.get(chain)?.through.seq ?? 0);
    return known < seq && (!whole || needed.has(chain));
  });
}

function chainsStillNamed(
  db: DatabaseSync,
  started: readonly EntryRow[],
  goes: (row: EntryRow) => boolean,
): ReadonlySet<string> {
  const sql = 'SELECT opened_chain AS chain FROM leases UNION SELECT closed_chain FROM leases';
  const named = new Set(
    db
      .prepare(sql)
      .all()
      .map(({ chain }) => chain as string),
  );
  for (const row of started) {
    const { predecessor } = JSON.parse(row.text) as Started;
    if (predecessor && !goes(row)) named.add(predecessor.chain);
  }
  return named;
}

/** Leases that ended before the date and of whose exchange no entry is left. */
async function pruneLeases(ledger: PruningLedger, db: DatabaseSync, before: number): Promise<number> {
  const page = db.prepare(
    `SELECT id, opened_at AS at FROM leases WHERE opened_at < ?1 AND (opened_at, id) > (?2, ?3)
    ORDER BY opened_at, id LIMIT ?4`,
  );
  const remove = db.prepare(
    `DELETE FROM leases WHERE id = ? AND state != 'open' AND closed_at < ?
    AND NOT EXISTS (SELECT 1 FROM entries WHERE entries.exchange = leases.exchange)`,
  );
  let removed = 0;
  let last = { id: '', at: 0 };
  for (;;) {
    const rows = page.all(before, last.at, last.id, AT_ONCE) as { id: string; at: number }[];
    const end = rows.at(-1);
    if (!end) return removed;
    removed += await ledger.inTransaction(() =>
      rows.reduce((sum, { id }) => sum + Number(remove.run(id, before).changes), 0),
    );
    last = end;
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
