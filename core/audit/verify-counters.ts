/** Counters against the leases that stand on them: setting a counter back is the shortest way around a budget. */
import type { Carried } from './entry.ts';
import { type Finding, finding } from './finding.ts';
import type { Counted } from './lease-entries.ts';
import type { StoredCounter } from './source.ts';

/** How long counters are kept after their window ended, ms: retention removes older ones. */
export const COUNTERS_KEPT_MS = 400 * 24 * 3_600_000;

interface Sum {
  spent: number;
  reserved: number;
  /** When its window ends, epoch ms; null for never. Undefined as long as nothing says it. */
  resetsAt: number | null | undefined;
}

/** Sums up what leases say about counters, one lease after the other, and what those had spent that are gone. */
export class CounterSums {
  readonly #sums = new Map<string, Sum>();

  add({ isOpen, counters, reserved, charged }: Counted): void {
    for (const [key, unit, resetsAt] of counters) {
      this.#add(key, charged[unit], isOpen ? reserved[unit] : 0, resetsAt);
    }
  }

  carry(counters: Carried['counters']): void {
    for (const [key, spent, resetsAt] of counters) this.#add(key, spent, 0, resetsAt);
  }

  /** @param now epoch ms */
  *compare(counters: Iterable<StoredCounter>, now: number): Generator<Finding> {
    const missing = new Map(this.#sums);
    for (const { key, spent, reserved, resetsAt } of counters) {
      const sum = this.#sums.get(key) ?? { spent: 0, reserved: 0, resetsAt: undefined };
      missing.delete(key);
      if (reserved !== counted(sum.reserved) || spent !== counted(sum.spent)) {
        yield finding('counter_mismatch', {
          sentence: `Counter ${key} has ${spent} spent and ${reserved} reserved; its leases come to ${sum.spent} and ${sum.reserved}.`,
        });
      } else if (sum.resetsAt !== undefined && sum.resetsAt !== resetsAt) {
        yield finding('counter_mismatch', {
          sentence: `Counter ${key} ends at ${resetsAt}; its leases say ${sum.resetsAt}.`,
        });
      }
    }
    for (const [key, { spent, reserved, resetsAt }] of missing) {
      if (typeof resetsAt === 'number' && resetsAt < now - COUNTERS_KEPT_MS) continue;
      yield finding('counter_mismatch', {
        sentence: `Counter ${key} is missing; its leases come to ${spent} spent and ${reserved} reserved.`,
      });
    }
  }

  #add(key: string, spent: number, reserved: number, resetsAt: number | null): void {
    const sum = this.#sums.get(key) ?? { spent: 0, reserved: 0, resetsAt: undefined };
    sum.spent += spent;
    sum.reserved += reserved;
    sum.resetsAt = later(sum.resetsAt, resetsAt);
    this.#sums.set(key, sum);
  }
}

/** A counter stays where it can no longer be counted exactly. */
function counted(sum: number): number {
  return Math.min(sum, Number.MAX_SAFE_INTEGER);
}

function later(a: number | null | undefined, b: number | null): number | null {
  if (a === undefined) return b;
  return a === null || b === null ? null : Math.max(a, b);
}
