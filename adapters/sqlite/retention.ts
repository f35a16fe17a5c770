/** Retention while a process runs: what has grown too old is removed when it starts, and every day. */
import { type Clock, LedgerUnavailable } from '../../core/ports.ts';
import { type PruneOptions, type PruneReport, prune } from './prune.ts';

const DAY_MS = 86_400_000;

export interface RetentionOptions extends Pick<PruneOptions, 'db' | 'paths' | 'ledger'> {
  /** Age from which on records are removed, ms. */
  readonly keepMs: number;
  readonly clock?: Clock;
  /** What was removed, and what was left because it was changed. */
  onPruned(report: PruneReport): void;
  onError(error: unknown): void;
}

export class Retention {
  readonly #options: RetentionOptions;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void>;
  readonly #stopped = new AbortController();

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#running = this.#prune();
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.#prune());
    }, DAY_MS).unref();
  }

  /** Ends after the transaction that is under way: what is left is done the next time. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopped.abort();
    await this.#running;
  }

  async #prune(): Promise<void> {
    const { db, paths, keepMs, clock = Date.now, onPruned, onError } = this.#options;
    const now = clock();
    try {
      const ledger = this.#untilStopped();
      onPruned(await prune({ db, paths, ledger, before: now - keepMs, now, signal: this.#stopped.signal }));
    } catch (error) {
      if (!this.#stopped.signal.aborted) onError(error);
    }
  }

  #untilStopped(): PruneOptions['ledger'] {
    const { ledger } = this.#options;
    return {
      inTransaction: (run) =>
        this.#stopped.signal.aborted
          ? Promise.reject(new LedgerUnavailable('retention was stopped'))
          : ledger.inTransaction(run),
      get end() {
        return ledger.end;
      },
    };
  }
}
