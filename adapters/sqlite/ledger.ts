/**
 * Ledger and audit log in one SQLite file, so that a reservation and its `opened` entry are one write.
 *
 *   reserve, settle, extend, record ──> batch ──> transaction ──> COMMIT ──> ends (kept apart) ──> caller
 *
 * Several processes may use one file. Each writes a chain of its own, and any of them charges what another left behind.
 */
import type { DatabaseSync } from 'node:sqlite';
import { type ChainState, newChain } from '../../core/audit/chain.ts';
import type { ChainEnd, EntryDraft } from '../../core/audit/entry.ts';
import { BUCKET_MS, BUCKETS } from '../../core/ledger/rate.ts';
import type { Clock, Ledger, Reservation, ReserveRequest, Settlement } from '../../core/ports.ts';
import { Batch } from './batch.ts';
import { EndsWriter } from './ends.ts';
import type { StatePaths } from './state.ts';
import { Statements, Transaction } from './transaction.ts';

export interface SqliteLedgerOptions {
  readonly db: DatabaseSync;
  readonly paths: StatePaths;
  /** Id of the chain that this process writes. */
  readonly chain: string;
  readonly clock?: Clock;
}

/** How often leases that other processes left behind are looked for, ms. */
const SWEEP_MS = 15_000;

export class SqliteLedger implements Ledger {
  readonly #db: DatabaseSync;
  readonly #batch: Batch<Transaction>;
  readonly #ends: EndsWriter;
  readonly #clock: Clock;
  #chain: ChainState;
  #sweeper: NodeJS.Timeout | undefined;

  constructor({ db, paths, chain, clock = Date.now }: SqliteLedgerOptions) {
    this.#db = db;
    this.#clock = clock;
    this.#chain = newChain(chain);
    this.#ends = new EndsWriter(paths.ends, chain);
    const statements = new Statements(db);
    this.#batch = new Batch(db, {
      begin: () => new Transaction(statements, this.#chain, this.#clock()),
      finish: (tx) => tx.finish(),
      committed: (tx) => {
        this.#chain = tx.chain;
        if (tx.entries.length > 0) this.#ends.append(tx.entries);
      },
    });
  }

  /** Opens the chain, charges what dead processes left, and goes on looking for such. */
  async start(facts: { version: string; command: string }): Promise<void> {
    await this.#batch.add((tx) => {
      tx.append({ kind: 'started', at: this.#clock(), ...facts, predecessor: this.#latestEnd() });
      tx.chargeExpired();
    });
    this.#sweeper = setInterval(() => {
      // A sweep that fails is made up for by the next one.
      this.sweep().catch(() => undefined);
    }, SWEEP_MS).unref();
  }

  /** Charges expired leases; drops rate buckets that no longer count. */
  sweep(): Promise<void> {
    return this.#batch.add((tx) => {
      tx.chargeExpired();
      const oldest = Math.floor(this.#clock() / BUCKET_MS) - BUCKETS;
      this.#db.prepare('DELETE FROM rate_buckets WHERE second < ?').run(oldest);
      this.#db.prepare('DELETE FROM running WHERE calls = 0').run();
    });
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

  /** Where this process' chain stands: what to keep elsewhere, to be able to show that nothing was changed. */
  get end(): ChainEnd {
    return this.#chain;
  }

  /** Ends the chain and closes the database. */
  async stop(): Promise<void> {
    clearInterval(this.#sweeper);
    await this.record({ kind: 'stopped', at: this.#clock() });
    this.#ends.close();
    this.#db.close();
  }

  #latestEnd(): ChainEnd | null {
    const last = this.#db
      .prepare(`SELECT chain FROM entries WHERE kind = 'started' ORDER BY at DESC, chain DESC LIMIT 1`)
      .get() as { chain: string } | undefined;
    if (!last) return null;
    return this.#db
      .prepare('SELECT chain, seq, hash FROM entries WHERE chain = ? ORDER BY seq DESC LIMIT 1')
      .get(last.chain) as unknown as ChainEnd;
  }
}
