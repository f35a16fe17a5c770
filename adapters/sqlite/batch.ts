/**
 * Work on the database, one transaction for each turn of the event loop.
 *
 *   calls of one turn ──> queue ──setImmediate──> BEGIN IMMEDIATE … COMMIT ──> each call's promise
 *                           ▲                           │
 *                           ├── locked: a short random wait, off the loop
 *                           └── one call fails: rolled back, it alone is rejected, the others run again
 *
 * node:sqlite blocks, and a commit costs more than the statements in it: together they are a third of the price.
 */
import type { DatabaseSync } from 'node:sqlite';
import { isBusy, isOfDatabase, unavailable } from './errors.ts';

interface Work<Tx> {
  /** May run more than once: what it did before is rolled back then. */
  run(tx: Tx): unknown;
  resolve(result: unknown): void;
  reject(error: unknown): void;
  readonly queuedAt: number;
}

/** Where the work of one batch is done. */
export interface BatchTarget<Tx> {
  /** Called before BEGIN. @throws LedgerUnavailable when nothing must be written now */
  check(): void;
  begin(): Tx;
  /** Writes what the batch has gathered; called before COMMIT. */
  finish(tx: Tx): void;
  /** Called after COMMIT. */
  committed(tx: Tx): void;
  /** Called after a batch that may not have been committed. */
  failed(): void;
}

/** How long a locked database is tried, ms. Transactions of other processes take about one millisecond. */
const PATIENCE_MS = 5_000;
/** Bounds how long a transaction holds the lock and the event loop; works take about 20 µs each. */
const MOST_WORKS = 128;

export class Batch<Tx> {
  readonly #db: DatabaseSync;
  readonly #target: BatchTarget<Tx>;
  readonly #patienceMs: number;
  #queue: Work<Tx>[] = [];
  #scheduled = false;

  constructor(db: DatabaseSync, target: BatchTarget<Tx>, patienceMs = PATIENCE_MS) {
    this.#db = db;
    this.#target = target;
    this.#patienceMs = patienceMs;
  }

  /**
   * @returns what `run` returned, once its transaction is committed; rejects with what `run` threw, or with
   *   LedgerUnavailable if the transaction can't be made
   */
  add<T>(run: (tx: Tx) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const queuedAt = performance.now();
      this.#queue.push({ run, resolve: resolve as (result: unknown) => void, reject, queuedAt });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#queue.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    try {
      this.#target.check();
      this.#db.exec('BEGIN IMMEDIATE');
    } catch (error) {
      if (isBusy(error)) this.#waitForLock(error);
      else rejectAll(this.#queue.splice(0), unavailable(error));
      return;
    }
    this.#runAll(this.#queue.splice(0, MOST_WORKS));
    this.#schedule();
  }

  #runAll(works: Work<Tx>[]): void {
    const results: unknown[] = [];
    let running: Work<Tx> | undefined;
    let tx: Tx;
    try {
      tx = this.#target.begin();
      for (running of works) results.push(running.run(tx));
      running = undefined;
      this.#target.finish(tx);
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#rollback();
      this.#target.failed();
      if (running && !isOfDatabase(error)) this.#runWithout(running, works, error);
      else rejectAll(works, unavailable(error));
      return;
    }
    this.#target.committed(tx);
    works.forEach((work, i) => {
      work.resolve(results[i]);
    });
  }

  #runWithout(culprit: Work<Tx>, works: readonly Work<Tx>[], error: unknown): void {
    culprit.reject(unavailable(error));
    this.#queue.unshift(...works.filter((work) => work !== culprit));
  }

  /** Each work waits for its own time, whoever else has waited before it. */
  #waitForLock(error: unknown): void {
    const since = performance.now() - this.#patienceMs;
    const tired = this.#queue.filter((work) => work.queuedAt <= since);
    this.#queue = this.#queue.filter((work) => work.queuedAt > since);
    rejectAll(tired, unavailable(error));
    if (this.#queue.length === 0) return;
    this.#scheduled = true;
    setTimeout(() => this.#flush(), 1 + Math.random() * 8);
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
