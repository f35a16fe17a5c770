/**
 * Ledger and audit log in one SQLite file, so that a reservation and its `opened` entry are one write.
 *
 *   reserve, settle, extend, record ──> batch ──> transaction ──> COMMIT ──> ends (kept apart) ──> caller
 *   contents ──────────────────────────────────────┘ (rows of messages, with the entries that name them)
 *
 * Several processes may use one file. Each writes a chain of its own, and any of them charges what another left behind.
 */
import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { type ChainedEntry, type ChainState, newChain } from '../../core/audit/chain.ts';
import type { ChainEnd, EntryDraft } from '../../core/audit/entry.ts';
import type { Counter } from '../../core/ledger/fit.ts';
import {
  type Clock,
  LEASE_TTL_MS,
  type Ledger,
  LedgerUnavailable,
  type Reservation,
  type ReserveRequest,
  type Settlement,
} from '../../core/ports.ts';
import type { SessionContents } from '../contents/session.ts';
import { Batch } from './batch.ts';
import { ContentStore } from './contents.ts';
import { EndsWriter } from './ends.ts';
import type { StatePaths } from './state.ts';
import { Statements } from './statements.ts';
import { EXPIRED_AT_ONCE, type Known, Transaction } from './transaction.ts';
import { type Recorded, WatchedCounters } from './warnings.ts';

export interface SqliteLedgerOptions {
  readonly db: DatabaseSync;
  readonly paths: StatePaths;
  /** Id of the chain that this process writes: letters, digits, - and _. */
  readonly chain: string;
  readonly clock?: Clock;
  /** How long a lease lives without being extended, ms. */
  readonly leaseTtlMs?: number;
  /** How long a call waits for a database that another process has locked, ms. */
  readonly patienceMs?: number;
  /** Told of warnings once they are committed. Must not throw. */
  onWarnings?(recorded: readonly Recorded[]): void;
}

/** How often leases that other processes left behind are looked for, ms. */
const SWEEP_MS = 15_000;

export class SqliteLedger implements Ledger {
  readonly #db: DatabaseSync;
  readonly #database: string;
  readonly #opened: string;
  readonly #batch: Batch<Transaction>;
  readonly #contents: ContentStore;
  readonly #ends: EndsWriter;
  readonly #statements: Statements;
  readonly #known: Known;
  #chain: ChainState;
  /** The last commit failed, or seemed to. */
  #inDoubt = false;
  #sweeper: NodeJS.Timeout | undefined;

  /** @throws StateError if the folder of ends can't be written */
  constructor(options: SqliteLedgerOptions) {
    const { db, paths, chain, clock = Date.now, leaseTtlMs = LEASE_TTL_MS, patienceMs, onWarnings } = options;
    this.#db = db;
    this.#database = paths.database;
    this.#opened = fileId(paths.database);
    this.#chain = newChain(chain);
    this.#ends = new EndsWriter(paths.ends, chain);
    this.#contents = new ContentStore(db, paths.key);
    this.#statements = new Statements(db);
    this.#known = { openHere: new Map(), watched: new WatchedCounters(db) };
    const target = {
      check: () => this.#checkFile(),
      begin: () => {
        if (this.#inDoubt) this.#catchUp();
        return new Transaction(this.#statements, this.#chain, this.#known, clock(), leaseTtlMs);
      },
      finish: (tx: Transaction) => {
        tx.finish();
        this.#contents.write(tx.now);
      },
      committed: (tx: Transaction) => {
        this.#chain = tx.chain;
        this.#contents.committed();
        if (tx.entries.length > 0) this.#ends.append(tx.entries);
        const recorded = tx.committed();
        if (recorded.length > 0) onWarnings?.(recorded);
      },
      failed: () => {
        this.#inDoubt = true;
        this.#known.openHere.clear();
      },
    };
    this.#batch = new Batch(db, target, patienceMs);
  }

  /** Opens the chain, charges what dead processes left, and goes on looking for such. */
  async start(facts: { version: string; command: string }): Promise<void> {
    await this.#batch.add((tx) => tx.start(facts));
    await this.sweep();
    this.#sweeper = setInterval(() => {
      // A sweep that fails is made up for by the next one.
      this.sweep().catch(() => undefined);
    }, SWEEP_MS).unref();
  }

  /** Charges expired leases; drops rate buckets that no longer count. */
  async sweep(): Promise<void> {
    await this.#batch.add((tx) => tx.dropOldRates());
    while ((await this.#batch.add((tx) => tx.chargeExpired())) === EXPIRED_AT_ONCE);
  }

  reserve(request: ReserveRequest): Promise<Reservation> {
    return this.#batch.add((tx) => tx.reserve(request));
  }

  settle(lease: string, settlement: Settlement, closed: EntryDraft): Promise<void> {
    return this.#batch.add((tx) => tx.settle(lease, settlement, closed));
  }

  extend(leases: readonly string[]): Promise<void> {
    return this.#batch.add((tx) => {
      for (const lease of leases) tx.extend(lease);
    });
  }

  record(entry: EntryDraft): Promise<void> {
    return this.#batch.add((tx) => tx.append(entry));
  }

  /**
   * Where messages of a session are stored; its key is made when it has none.
   * @throws StateError when the key file can't be used
   */
  openContents(session: string): Promise<SessionContents> {
    return this.#batch.add((tx) => this.#contents.open(session, tx.now));
  }

  /** @param key of a counter; @returns where it stands, as it was last committed by anybody */
  counter(key: string): Counter {
    const row = this.#statements.counter.get(key) as unknown as Counter | undefined;
    return { spent: row?.spent ?? 0, reserved: row?.reserved ?? 0 };
  }

  /** Other writes to this database, with entries in this process' chain. `run` may run more than once. */
  inTransaction<T>(run: (tx: Transaction) => T): Promise<T> {
    return this.#batch.add(run);
  }

  /** Where this process' chain stands: what to keep elsewhere, to be able to show that nothing was changed. */
  get end(): ChainEnd {
    return this.#chain;
  }

  /** Ends the chain and closes the database, the latter in any case. Rejects with LedgerUnavailable. */
  async stop(): Promise<void> {
    clearInterval(this.#sweeper);
    try {
      await this.#batch.add((tx) => tx.append({ kind: 'stopped', at: tx.now }));
    } finally {
      this.#ends.close();
      this.#db.close();
    }
  }

  /** SQLite itself would go on writing to a file that nobody will ever find again. */
  #checkFile(): void {
    if (fileId(this.#database) === this.#opened) return;
    throw new LedgerUnavailable(
      `${this.#database} was moved or removed while it was in use. Put it back, or start Tollgate again.`,
    );
  }

  /** A commit that reported an error may have been made all the same: what it wrote stands in the log. */
  #catchUp(): void {
    const { chain, seq } = this.#chain;
    const entries = this.#statements.entriesAfter.all(chain, seq) as unknown as ChainedEntry[];
    const last = entries.at(-1);
    if (last) this.#chain = { chain, seq: last.seq, hash: last.hash };
    this.#ends.append(entries);
    this.#inDoubt = false;
  }
}

function fileId(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat ? `${stat.dev} ${stat.ino}` : 'none';
}
