/** How counts and amounts are written for people, in refusals as on the command line. */
import { formatUsd } from './money/amount.ts';
import type { Unit } from './policy/budget.ts';

/** @returns "1 exchange", "2 exchanges" */
export function plural(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}

/**
 * @param amount nano-USD, tokens or requests
 * @returns "$0.40", "1 token", "5 requests"
 */
export function showAmount(amount: number, unit: Unit): string {
  return unit === 'usd' ? formatUsd(amount) : plural(amount, unit.slice(0, -1));
}

/**
 * What is left of a limit, to stand before "of" and the limit. One that is exceeded has nothing left.
 * @param left nano-USD, tokens or requests; may be negative
 * @returns "$0.40", "5"
 */
export function showLeft(left: number, unit: Unit): string {
  const most = Math.max(0, left);
  return unit === 'usd' ? formatUsd(most) : String(most);
}

/**
 * @param resetsAt epoch ms; Infinity or undefined for what never resets
 * @returns UTC, "2026-11-23T00:00Z"; undefined for what never resets
 */
export function showReset(resetsAt: number | undefined): string | undefined {
  if (resetsAt === undefined || resetsAt === Number.POSITIVE_INFINITY) return undefined;
  return new Date(resetsAt).toISOString().replace(':00.000Z', 'Z');
}
