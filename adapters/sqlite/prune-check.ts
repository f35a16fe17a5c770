/**
 * Whether what is about to be removed is what was written, and old: age must not be a way to get rid of traces.
 *
 *   rows of a cut ── one by one ──> numbered on, hashed and filed as they say, as their ends say, old, and in agreement
 *                                   with their leases ──> the cut is made; else the chain stays as it is, and why is told
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { GENESIS } from '../../core/audit/chain.ts';
import type { ChainEnd, Pruned } from '../../core/audit/entry.ts';
import { entriesOf } from '../../core/audit/lease-entries.ts';
import { prunedRecords } from '../../core/audit/proven.ts';
import { Row } from '../../core/audit/row.ts';
import type { KeptEnd, KeptEnds, Place, StoredEntry, StoredLease } from '../../core/audit/source.ts';
import { verifyLease } from '../../core/audit/verify-leases.ts';
import { type Tables, tablesOf, toEntry } from './audit-source.ts';
import { readEnds } from './ends.ts';

/** Which entries of a chain go. */
export type Cut = Pick<Pruned, 'through' | 'whole' | 'before'>;

export interface CheckedCuts {
  readonly cuts: readonly Cut[];
  /** A sentence for each chain that is not cut. */
  readonly kept: readonly string[];
}

/** How many rows are looked at before others get their turn. */
const AT_ONCE = 100;

/**
 * @param signal ends it in the middle, with its reason
 * @throws StateError if the folder of ends can't be read
 */
export async function checkCuts(
  db: DatabaseSync,
  endsFolder: string,
  cuts: readonly Cut[],
  signal?: AbortSignal,
): Promise<CheckedCuts> {
  const checked: Cut[] = [];
  const kept: string[] = [];
  const check = new CutCheck(db, endsFolder, signal);
  for (const cut of cuts) {
    const result = await check.of(cut);
    if (typeof result === 'string') kept.push(result);
    else checked.push(result);
  }
  return { cuts: checked, kept };
}

class CutCheck {
  readonly #db: DatabaseSync;
  readonly #folder: string;
  readonly #signal: AbortSignal | undefined;
  readonly #tables: Tables;
  readonly #rows: StatementSync;
  readonly #opened: StatementSync;
  #ends!: KeptEnds;
  #withEnds!: ReadonlySet<string>;
  #recorded!: ReadonlyMap<string, Cut>;

  constructor(db: DatabaseSync, folder: string, signal: AbortSignal | undefined) {
    this.#db = db;
    this.#signal = signal;
    this.#folder = folder;
    this.#tables = tablesOf(db);
    this.#rows = db.prepare(
      'SELECT * FROM entries WHERE chain = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?',
    );
    this.#rows.setReadBigInts(true);
    this.#opened = db.prepare(
      `SELECT 1 FROM entries WHERE chain = ? AND seq = ? AND exchange = ? AND kind = 'opened'`,
    );
    this.#read();
  }

  /** @returns the cut as it may be made, or why it may not */
  async of(cut: Cut): Promise<Cut | string> {
    const { chain, seq } = cut.through;
    for (;;) {
      const recorded = this.#recorded.get(chain);
      const from = recorded?.through ?? { chain, seq: 0, hash: GENESIS };
      // Recorded before, and not wholly removed yet.
      if (recorded && from.seq >= seq) return { ...recorded, whole: recorded.whole || cut.whole };
      const why = await this.#whyNot(cut, from);
      if (why === undefined) return cut;
      // Another process may have recorded meanwhile that it removes these entries, and have begun with it.
      this.#read();
      if ((this.#recorded.get(chain)?.through.seq ?? 0) > from.seq) continue;
      return `Chain ${chain} is not pruned: ${why}. See tollgate audit verify.`;
    }
  }

  async #whyNot({ through, before }: Cut, from: ChainEnd): Promise<string | undefined> {
    let last: KeptEnd = from;
    let ends: Iterator<KeptEnd> | undefined;
    while (last.seq < through.seq) {
      // Within one slice nothing changes.
      this.#db.exec('SAVEPOINT prune_check');
      try {
        ends ??= after(from.seq, this.#ends.of(through.chain));
        const rows = this.#rows.all(through.chain, last.seq, through.seq, AT_ONCE);
        if (rows.length === 0) return `entry ${last.seq + 1}: it is missing`;
        for (const row of rows.map((each) => new Row(toEntry(each)))) {
          const why =
            row.seq === last.seq + 1 ? this.#whyNotRow(row, last, ends.next(), before) : 'it is missing';
          if (why) return `entry ${last.seq + 1}: ${why}`;
          last = row;
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        return `entry ${last.seq + 1}: its ends are missing`;
      } finally {
        this.#db.exec('RELEASE prune_check');
      }
      await nextTurn();
      this.#signal?.throwIfAborted();
    }
    return undefined;
  }

  #whyNotRow(row: Row, last: KeptEnd, end: IteratorResult<KeptEnd>, before: number): string | undefined {
    const { says, stored } = row;
    const wrong = row.disagreement();
    if (wrong) return wrong;
    if (says.chain !== stored.chain || says.seq !== row.seq || says.prev !== last.hash) {
      return 'it does not follow on the one before it';
    }
    if (!(typeof says.at === 'number' && says.at < before)) return 'it is not that old';
    if (!this.#withEnds.has(stored.chain)) return 'its ends are missing';
    // Its process may have died before it could write the last ones.
    if (end.done) return this.#whyNotLease(stored, says.lease);
    if (end.value.seq !== row.seq) return 'its end is missing';
    if (end.value.hash !== row.hash) return 'its hash is not the one that was kept apart';
    return this.#whyNotLease(stored, says.lease);
  }

  /** A lease is looked at with the entry that opened it, and again with one that ended it when that is gone. */
  #whyNotLease({ kind }: StoredEntry, id: unknown): string | undefined {
    if ((kind !== 'opened' && kind !== 'closed' && kind !== 'incomplete') || typeof id !== 'string') {
      return undefined;
    }
    const lease = this.#tables.lease(id);
    if (!lease) return `lease ${id}, which it names, is not there`;
    const pruned = (chain: string) => this.#recorded.get(chain)?.through.seq ?? 0;
    if (kind !== 'opened' && this.#hasOpened(lease)) return undefined;
    const hasEnd = ({ chain, seq }: Place, hash: string) => this.#ends.has(chain, { seq, hash });
    const chains = { pruned, doubtful: () => false, hasEnd };
    for (const { sentence } of verifyLease(lease, entriesOf(this.#tables, lease), chains)) {
      return sentence.replace(/\.$/, '');
    }
    return undefined;
  }

  #hasOpened({ opened, exchange }: StoredLease): boolean {
    return this.#opened.get(opened.chain, opened.seq, exchange) !== undefined;
  }

  #read(): void {
    this.#ends = readEnds(this.#folder);
    this.#withEnds = new Set(this.#ends.chains());
    const latest = new Map<string, Cut>();
    for (const { says } of prunedRecords(this.#tables, this.#ends)) {
      const { chain, seq } = says.through;
      if (seq > (latest.get(chain)?.through.seq ?? 0)) latest.set(chain, says);
    }
    this.#recorded = latest;
  }
}

function* after(seq: number, ends: Iterable<KeptEnd>): Generator<KeptEnd> {
  for (const end of ends) if (end.seq > seq) yield end;
}
