/**
 * When a limit is nearly spent: which thresholds of a limit its counter has reached and nobody was told of.
 *
 *   spent ──> reached(rule, spent, told) ──> recorded with the settlement, once ──> log, metric; the highest: webhook
 *
 * Each threshold is told once for each counter: that is once for each window, and each of those who have a count of
 * their own. What was told stays told when a late settlement lowers what is spent, or a policy raises the amount.
 */
import type { Unit } from '../policy/budget.ts';

/** What a limit warns of. */
export interface WarningRule {
  /** The limit's, in its unit. */
  readonly amount: number;
  /** Of the amount, 1 to 100; ascending, each once. */
  readonly percents: readonly number[];
  /** Whether a webhook is told, too. */
  readonly send: boolean;
}

/** One threshold that was reached. */
export interface BudgetWarning {
  /** namespace/policy */
  readonly policy: string;
  /** namespace/policy/limit */
  readonly limit: string;
  /** Whose spend is counted: "workload:local/claude", "cluster", … */
  readonly scope: string;
  /** In which time: "day:UTC:2026-11-22", …, "lifetime". */
  readonly window: string;
  readonly unit: Unit;
  readonly percent: number;
  /** nano-USD, tokens or requests, as the next one. */
  readonly spent: number;
  readonly amount: number;
  /** Epoch ms; null for never. */
  readonly resetsAt: number | null;
  /** Epoch ms, on the ledger's clock. */
  readonly at: number;
  /** Who made the call that reached it: namespace/name. */
  readonly workload: string;
  readonly session: string;
}

/**
 * @param spent of the limit's counter, in its unit
 * @param told percents that were told of this counter already
 * @returns percents that are reached and were not told, ascending; under a limit of 0 any spend reaches all of them
 */
export function reached(
  { amount, percents }: WarningRule,
  spent: number,
  told: ReadonlySet<number>,
): number[] {
  return percents.filter((percent) => !told.has(percent) && spent >= leastSpent(amount, percent));
}

/** @returns the least spend at which reached() finds something; Infinity where nothing is left to tell */
export function nextWarning({ amount, percents }: WarningRule, told: ReadonlySet<number>): number {
  const next = percents.find((percent) => !told.has(percent));
  return next === undefined ? Number.POSITIVE_INFINITY : leastSpent(amount, next);
}

/** Products of nano-USD and percent do not fit a number. */
function leastSpent(amount: number, percent: number): number {
  return Math.max(1, Number((BigInt(amount) * BigInt(percent) + 99n) / 100n));
}

/** How long a webhook is tried after the threshold was reached, ms. */
export const GIVE_UP_AFTER_MS = 24 * 3_600_000;

const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 3_600_000;

/**
 * @param attempts that failed so far, from 1
 * @param random from 0 up to 1, so that not all senders come back at once
 * @returns how long to wait before the next one, ms: 5 seconds, doubled each time up to an hour, or up to half less
 */
export function retryAfter(attempts: number, random: number): number {
  const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempts - 1));
  return Math.round(longest * (1 - random / 2));
}
