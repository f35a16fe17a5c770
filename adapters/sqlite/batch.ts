/**
 * Work on the database, one transaction for each turn of the event loop.
 *
 *   calls of one turn ──> queue ──setImmediate──> BEGIN IMMEDIATE … COMMIT ──> each call's promise
 *
 * node:sqlite blocks, and a commit costs more than the statements in it: together they are a third of the price. A
 * database that another process has locked is tried again after a short random wait, off the loop.
 */
import type { DatabaseSync } from 'node:sqlite';
import { LedgerUnavailable } from '../../core/ports.ts';

interface Work<Tx> {
  run(tx: Tx): unknown;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** Where the work of one batch is done. */
export interface BatchTarget<Tx> {
  begin(): Tx;
  /** Writes what the batch has gathered; called before COMMIT. */
  finish(tx: Tx): void;
  /** Called after COMMIT. */
  committed(tx: Tx): void;
}

/** How long a locked database is tried, ms. Transactions of other processes take about one millisecond. */
const PATIENCE_MS = 5_000;
const SQLITE_BUSY = 5;

export class Batch<Tx> {
  readonly #db: DatabaseSync;
  readonly #target: BatchTarget<Tx>;
  readonly #patienceMs: number;
  #queue: Work<Tx>[] = [];
  #scheduled = false;
  #lockedSince: number | undefined;

  constructor(db: DatabaseSync, target: BatchTarget<Tx>, patienceMs = PATIENCE_MS) {
    this.#db = db;
    this.#target = target;
    this.#patienceMs = patienceMs;
  }

  /** @returns what `run` returns, once its transaction is committed; rejects with LedgerUnavailable if it can't be */
  add<T>(run: (tx: Tx) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ run, resolve: resolve as (result: unknown) => void, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => this.flush());
    });
  }

  /** Runs what is queued, now. */
  flush(): void {
    this.#scheduled = false;
    if (this.#queue.length === 0) return;
    try {
      this.#db.exec('BEGIN IMMEDIATE');
    } catch (error) {
      if (isBusy(error) && this.#mayWait()) this.#retryLater();
      else rejectAll(this.#takeQueue(), unavailable(error));
      return;
    }
    this.#lockedSince = undefined;
    this.#runAll(this.#takeQueue());
  }

  #runAll(works: readonly Work<Tx>[]): void {
    const results: unknown[] = [];
    let tx: Tx;
    try {
      tx = this.#target.begin();
      for (const work of works) results.push(work.run(tx));
      this.#target.finish(tx);
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#rollback();
      rejectAll(works, unavailable(error));
      return;
    }
    this.#target.committed(tx);
    works.forEach((work, i) => {
      work.resolve(results[i]);
    });
  }

  #takeQueue(): Work<Tx>[] {
    const works = this.#queue;
    this.#queue = [];
    return works;
  }

  #mayWait(): boolean {
    this.#lockedSince ??= performance.now();
    if (performance.now() - this.#lockedSince < this.#patienceMs) return true;
    this.#lockedSince = undefined;
    return false;
  }

  #retryLater(): void {
    this.#scheduled = true;
    setTimeout(() => this.flush(), 1 + Math.random() * 8);
  }

  #rollback(): void {
    try {
      this.#db.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself (disk full, I/O error).
    }
  }
}

function rejectAll<Tx>(works: readonly Work<Tx>[], error: Error): void {
  for (const work of works) work.reject(error);
}

function isBusy(error: unknown): boolean {
  return ((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY;
}

/** A programming error stays what it is; what SQLite says becomes the port's own error. */
function unavailable(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if ((error as { code?: string }).code !== 'ERR_SQLITE_ERROR') return error;
  return new LedgerUnavailable(`the state database can't be written: ${error.message}`, { cause: error });
}
