/**
 * Whether a call fits its limits, and with which output cap.
 *
 * Every ledger decides by these rules: SQLite's by calling them inside its transaction, Redis' by a function that the
 * same model-based test holds to them.
 */
import type { NanoUsd } from '../money/amount.ts';
import { boundCost, maxOutputFor } from '../money/price.ts';
import type { Unit } from '../policy/budget.ts';
import type { LimitCheck } from './checks.ts';

/** The most that a call can use. */
export interface Bound {
  /** Upper bound of the input of all kinds, tokens. */
  readonly inputTokens: number;
  /** Dearest rates it can reach, nano-USD per million tokens; undefined when the price is not known. */
  readonly rates: { readonly input: number; readonly output: number } | undefined;
  /** The output cap wanted, tokens. */
  readonly cap: number;
  /** How many replies are asked for, each with this cap; one without it. */
  readonly choices?: number;
  /** The least output cap worth calling with, tokens; at most `cap`. */
  readonly minCap: number;
  /** 1, or 0 for what is not a model call (listing models). */
  readonly requests: 0 | 1;
}

export type Amounts = Readonly<Record<Unit, number>>;

export const NOTHING: Amounts = { usd: 0, tokens: 0, requests: 0 };

/** What a counter holds: settled, and reserved by calls that are still running. */
export interface Counter {
  readonly spent: number;
  readonly reserved: number;
}

export interface Shortage {
  /** spent: nothing to wait for. reserved: it would fit if running calls ended. request: by itself too large. */
  readonly kind: 'spent' | 'reserved' | 'request';
  readonly limit: LimitCheck;
  /** What is left, in the limit's unit; may be negative. */
  readonly left: number;
  /** What the call needs at its least cap. */
  readonly needed: number;
}

export interface Fit {
  readonly cap: number;
  readonly amounts: Amounts;
  /** Limits that the call exceeds and that only record: their ids. */
  readonly over: readonly string[];
}

/** @returns what a call uses at most with this output cap; USD is 0 when the price is not known */
export function amountsAt(bound: Bound, cap: number): Amounts {
  const output = cap * (bound.choices ?? 1);
  return {
    usd: bound.rates === undefined ? 0 : boundCost(bound.inputTokens, output, bound.rates),
    tokens: bound.requests === 0 ? 0 : bound.inputTokens + output,
    requests: bound.requests,
  };
}

/**
 * @param counterOf the counter of a limit that has one
 * @returns the highest cap that fits all limits that refuse, or the first limit that even the least cap exceeds
 */
export function fit(
  bound: Bound,
  limits: readonly LimitCheck[],
  counterOf: (counter: string) => Counter,
): Fit | { readonly short: Shortage } {
  let cap = bound.cap;
  const least = amountsAt(bound, bound.minCap);
  const wanted = amountsAt(bound, bound.cap);
  for (const limit of limits) {
    // What takes nothing of a limit (listing models) exceeds it in no case, not even one that is overspent.
    if (!limit.refuse || wanted[limit.unit] === 0) continue;
    const left = leftOf(limit, counterOf);
    const most = mostOutput(bound, limit.unit, left);
    if (most < bound.minCap || least[limit.unit] > left) {
      return {
        short: { kind: shortageKind(limit, least, counterOf), limit, left, needed: least[limit.unit] },
      };
    }
    cap = Math.min(cap, most);
  }
  const amounts = amountsAt(bound, cap);
  const over = limits.filter(
    (limit) => !limit.refuse && amounts[limit.unit] > 0 && amounts[limit.unit] > leftOf(limit, counterOf),
  );
  return { cap, amounts, over: over.map(({ id }) => id) };
}

function leftOf(limit: LimitCheck, counterOf: (counter: string) => Counter): number {
  if (limit.counter === undefined) return limit.amount;
  const { spent, reserved } = counterOf(limit.counter);
  return limit.amount - spent - reserved;
}

/** @returns the most output tokens with which the call stays within `left`; -1 when none do */
function mostOutput(bound: Bound, unit: Unit, left: NanoUsd | number): number {
  const { choices = 1 } = bound;
  switch (unit) {
    case 'usd':
      if (bound.rates === undefined) return bound.cap;
      return Math.floor(maxOutputFor(left, bound.inputTokens, bound.rates) / choices);
    case 'tokens':
      return Math.floor((left - bound.inputTokens) / choices);
    case 'requests':
      return left >= bound.requests ? bound.cap : -1;
  }
}

function shortageKind(
  limit: LimitCheck,
  least: Amounts,
  counterOf: (counter: string) => Counter,
): Shortage['kind'] {
  if (limit.counter === undefined) return 'request';
  return limit.amount - counterOf(limit.counter).spent >= least[limit.unit] ? 'reserved' : 'spent';
}
