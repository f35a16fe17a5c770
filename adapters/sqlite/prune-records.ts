/** Records that stand in entries which are removed, and are still needed: they are written again. */
import type { DatabaseSync } from 'node:sqlite';
import { hashText } from '../../core/audit/chain.ts';
import type { Carried, Entry, Erased, KeyChanged, Started } from '../../core/audit/entry.ts';
import { isProven, prunedRecords } from '../../core/audit/proven.ts';
import type { KeptEnds, StoredEntry } from '../../core/audit/source.ts';
import { COUNTERS_KEPT_MS } from '../../core/audit/verify-counters.ts';
import { tablesOf, toEntry } from './audit-source.ts';
import type { Cut } from './prune-check.ts';
import { carry } from './prune-leases.ts';
import type { Transaction } from './transaction.ts';

/**
 * Earlier records that go with these cuts and are still needed: of chains that may go on, and of those of which
 * something is left, be it a lease, or a chain that names them as its predecessor.
 */
export function recordsToKeep(db: DatabaseSync, ends: KeptEnds, cuts: readonly Cut[]): Cut[] {
  const cutAt = new Map(cuts.map(({ through }) => [through.chain, through.seq]));
  const goes = ({ chain, seq }: StoredEntry) => seq <= (cutAt.get(chain) ?? 0);
  const tables = tablesOf(db);
  const staying = new Map<string, Cut>();
  const going = new Map<string, Cut>();
  for (const { row, says: cut } of prunedRecords(tables, ends)) {
    const latest = goes(row) ? going : staying;
    if (cut.through.seq > (latest.get(cut.through.chain)?.through.seq ?? 0))
      latest.set(cut.through.chain, cut);
  }
  if (going.size === 0) return [];
  const needed = chainsStillNamed(db, tables.entriesOfKind('started'), goes);
  return [...going.values()].filter(({ through: { chain, seq }, whole }) => {
    const known = Math.max(cutAt.get(chain) ?? 0, staying.get(chain)?.through.seq ?? 0);
    return known < seq && (!whole || needed.has(chain));
  });
}

function chainsStillNamed(
  db: DatabaseSync,
  started: Iterable<StoredEntry>,
  goes: (row: StoredEntry) => boolean,
): ReadonlySet<string> {
  const sql = 'SELECT opened_chain AS chain FROM leases UNION SELECT closed_chain FROM leases';
  const named = new Set(
    db
      .prepare(sql)
      .all()
      .map(({ chain }) => chain as string),
  );
  for (const row of started) {
    if (goes(row)) continue;
    const predecessor = parse<Started>(row.text)?.predecessor;
    if (predecessor) named.add(predecessor.chain);
  }
  return named;
}

interface Removal {
  readonly db: DatabaseSync;
  readonly tx: Transaction;
  readonly ends: KeptEnds;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * Within the transaction that removes entries up to `through`: writes again what leases spent that are gone, as long as
 * their counters count; which sessions were erased, as long as anything names them; and how each key was changed last.
 */
export function carryOver({ db, tx, ends, now }: Removal, chain: string, through: number): void {
  const rows = db
    .prepare(
      `SELECT * FROM entries WHERE apart = 1 AND kind IN ('carried', 'erased', 'key') AND chain = ? AND seq <= ? ORDER BY seq`,
    )
    .all(chain, through)
    .map(toEntry);
  if (rows.length === 0) return;
  const counter = db.prepare('SELECT 1 FROM counters WHERE key = ?');
  const carried = rows.filter(({ kind, text, hash }) => kind === 'carried' && hashText(text) === hash);
  const counts = ([key, , resetsAt]: Carried['counters'][number]) =>
    resetsAt === null || resetsAt >= now - COUNTERS_KEPT_MS || counter.get(key) !== undefined;
  carry(
    tx,
    carried.flatMap(({ text }) => (JSON.parse(text) as Carried).counters.filter(counts)),
  );
  const isNamed = db.prepare(
    `SELECT 1 WHERE EXISTS (SELECT 1 FROM leases WHERE session = ?1)
    OR EXISTS (SELECT 1 FROM entries WHERE apart = 1 AND kind = 'closed' AND instr(text, ?2) > 0)`,
  );
  // Anybody could have added one after the last end of a chain whose process has gone.
  const erased = rows.filter((row) => row.kind === 'erased' && isProven(row, ends));
  for (const session of new Set(erased.map(({ text }) => (JSON.parse(text) as Erased).session))) {
    if (!isNamed.get(session, `"session":${JSON.stringify(session)}`)) continue;
    tx.append({ kind: 'erased', at: tx.now, session });
  }
  keepKeys(
    { db, tx },
    rows.filter((row) => row.kind === 'key' && isProven(row, ends)),
  );
}

/** Entries of changes that others followed are of no use any more. */
function keepKeys({ db, tx }: Pick<Removal, 'db' | 'tx'>, rows: readonly StoredEntry[]): void {
  const isLast = db.prepare('SELECT 1 FROM keys WHERE id = ? AND change = ?');
  for (const { text } of rows) {
    const { chain: _, seq: __, prev: ___, ...says } = JSON.parse(text) as Entry & KeyChanged;
    if (isLast.get(says.id, says.change) === undefined) continue;
    tx.append({ ...says, at: tx.now, action: 'kept' });
  }
}

function parse<T>(text: string): T | undefined {
  try {
    return (JSON.parse(text) ?? undefined) as T | undefined;
  } catch {
    return undefined;
  }
}
