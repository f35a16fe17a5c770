/** Counters against the leases that stand on them: setting a counter back is the shortest way around a budget. */
import type { Amounts } from '../ledger/fit.ts';
import { type Finding, finding } from './finding.ts';
import type { StoredCounter, StoredLease } from './source.ts';

/** How long counters are kept after their window ended, ms: retention removes older ones. */
export const COUNTERS_KEPT_MS = 400 * 24 * 3_600_000;

interface Sum {
  spent: number;
  reserved: number;
  /** When the newest of its leases was opened, epoch ms. */
  newest: number;
}

/** Sums up what leases say about counters, one lease after the other. */
export class CounterSums {
  readonly #sums = new Map<string, Sum>();

  add({ state, counters, reserved, charged, openedAt }: StoredLease): void {
    for (const [key, unit] of counters) {
      const sum = this.#sums.get(key) ?? { spent: 0, reserved: 0, newest: 0 };
      sum.newest = Math.max(sum.newest, openedAt);
      sum.spent += charged[unit as keyof Amounts];
      if (state === 'open') sum.reserved += reserved[unit as keyof Amounts];
      this.#sums.set(key, sum);
    }
  }

  /**
   * @param pruned whether retention has removed leases: then counters may be higher than those that are left
   * @param now epoch ms
   */
  *compare(counters: Iterable<StoredCounter>, pruned: boolean, now: number): Generator<Finding> {
    const missing = new Map(this.#sums);
    for (const { key, spent, reserved } of counters) {
      const sum = this.#sums.get(key) ?? { spent: 0, reserved: 0 };
      missing.delete(key);
      if (reserved === sum.reserved && (spent === sum.spent || (pruned && spent > sum.spent))) continue;
      yield finding('counter_mismatch', {
        sentence: `Counter ${key} has ${spent} spent and ${reserved} reserved; its leases come to ${sum.spent} and ${sum.reserved}.`,
      });
    }
    for (const [key, { spent, reserved, newest }] of missing) {
      if (newest < now - COUNTERS_KEPT_MS) continue;
      yield finding('counter_mismatch', {
        sentence: `Counter ${key} is missing; its leases come to ${spent} spent and ${reserved} reserved.`,
      });
    }
  }
}
