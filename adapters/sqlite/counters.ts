/** The counters that one transaction touches: read once, decided on and changed in memory, written once. */
import type { Counter } from '../../core/ledger/fit.ts';
import type { Statements } from './statements.ts';

interface CounterRow {
  spent: number;
  reserved: number;
  resetsAt: number | null;
}

export class Counters {
  readonly #sql: Statements;
  readonly #rows = new Map<string, CounterRow>();
  readonly #changed = new Set<string>();

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  of(key: string): Counter {
    return this.#row(key);
  }

  /** @param resetsAt epoch ms; Infinity or undefined for a window that never ends */
  reserve(key: string, amount: number, resetsAt: number | undefined): void {
    this.#add(key, 0, amount);
    this.#row(key).resetsAt =
      resetsAt === undefined || resetsAt === Number.POSITIVE_INFINITY ? null : resetsAt;
  }

  /** Takes back a reservation and counts what became of it. */
  settle(key: string, reserved: number, spent: number): void {
    this.#add(key, spent, -reserved);
  }

  write(): void {
    for (const key of this.#changed) {
      const { spent, reserved, resetsAt } = this.#row(key);
      this.#sql.putCounter.run(key, spent, reserved, resetsAt);
    }
  }

  #row(key: string): CounterRow {
    let row = this.#rows.get(key);
    if (!row) {
      const stored = this.#sql.counter.get(key) as unknown as CounterRow | undefined;
      row = stored ? { ...stored } : { spent: 0, reserved: 0, resetsAt: null };
      this.#rows.set(key, row);
    }
    return row;
  }

  #add(key: string, spent: number, reserved: number): void {
    const row = this.#row(key);
    // A counter that only records may be run past what is counted exactly (9 M USD). It stays there: a larger number
    // could not even be read back.
    row.spent = Math.min(Number.MAX_SAFE_INTEGER, row.spent + spent);
    row.reserved = Math.min(Number.MAX_SAFE_INTEGER, row.reserved + reserved);
    this.#changed.add(key);
  }
}
