/** Retention of leases: those that ended before a date and of whose exchange no entry is left. */
import type { DatabaseSync } from 'node:sqlite';
import type { Carried, CounterUse } from '../../core/audit/entry.ts';
import type { Amounts } from '../../core/ledger/fit.ts';
import type { PruningLedger } from './prune.ts';
import type { Transaction } from './transaction.ts';

/** Rows of one transaction: removing and overwriting them takes some milliseconds. */
const AT_ONCE = 500;
/** Counters of one entry. */
const MOST_CARRIED = 500;

/** What they had spent stays in their counters, and is recorded: else counters could be set back by as much unseen. */
export async function pruneLeases(ledger: PruningLedger, db: DatabaseSync, before: number): Promise<number> {
  const page = db.prepare(
    `SELECT id, opened_at AS at FROM leases WHERE opened_at < ?1 AND (opened_at, id) > (?2, ?3)
    ORDER BY opened_at, id LIMIT ?4`,
  );
  const remove = db.prepare(
    `DELETE FROM leases WHERE id = ? AND state != 'open' AND closed_at < ?
    AND NOT EXISTS (SELECT 1 FROM entries WHERE entries.exchange = leases.exchange)
    RETURNING counters, charged_usd AS usd, charged_tokens AS tokens, charged_requests AS requests`,
  );
  let removed = 0;
  let last = { id: '', at: 0 };
  for (;;) {
    const rows = page.all(before, last.at, last.id, AT_ONCE) as { id: string; at: number }[];
    const end = rows.at(-1);
    if (!end) return removed;
    removed += await ledger.inTransaction((tx) => {
      const gone = rows.flatMap(({ id }) => remove.all(id, before) as unknown as Gone[]);
      carry(tx, gone.flatMap(spentBy));
      return gone.length;
    });
    last = end;
  }
}

/** Records what was spent by leases that are removed in this transaction, or by records of such. */
export function carry(tx: Transaction, items: Iterable<Carried['counters'][number]>): void {
  const sums = new Map<string, Carried['counters'][number]>();
  for (const [key, spent, resetsAt] of items) {
    if (spent > 0) sums.set(key, [key, spent + (sums.get(key)?.[1] ?? 0), resetsAt]);
  }
  const all = [...sums.values()];
  for (let i = 0; i < all.length; i += MOST_CARRIED) {
    tx.append({ kind: 'carried', at: tx.now, counters: all.slice(i, i + MOST_CARRIED) });
  }
}

interface Gone extends Amounts {
  readonly counters: string;
}

function spentBy({ counters, ...spent }: Gone): Carried['counters'][number][] {
  return (JSON.parse(counters) as CounterUse[]).map(([key, unit, resetsAt]) => [key, spent[unit], resetsAt]);
}
