/**
 * Stages 1 and 2, rate limit and budget: what the ledger is asked, and what its answer means. Both are one call to the
 * ledger, because only there can all limits of all scopes be checked at once.
 */
import { type Checks, checksFor, type LimitCheck } from '../ledger/checks.ts';
import type { Bound, Shortage } from '../ledger/fit.ts';
import type { RateShortage } from '../ledger/rate.ts';
import { formatUsd } from '../money/amount.ts';
import { dearestInput, dearestOutput } from '../money/price.ts';
import type { Unit } from '../policy/budget.ts';
import { inputBound } from '../wire/anthropic-messages/bound.ts';
import type { Finding } from '../wire/wire.ts';
import type { Call } from './call.ts';
import { unknownOrOff } from './model.ts';
import { BOUNDING, fill, type Refusal, refusal } from './refusals.ts';

/** Used where no budget says otherwise. */
const MIN_OUTPUT_TOKENS = 1024;

export interface Demand {
  readonly bound: Bound;
  readonly checks: Checks;
  readonly observed: readonly string[];
}

/**
 * @param now epoch ms
 * @returns what to ask the ledger for, or why it need not be asked
 */
export function demandOf(call: Call, now: number): Demand | Refusal {
  const checks = checksFor(call.snapshot.budgets, call.payer, now);
  const { view, price } = call;
  if (!view.endpoint.billed) {
    const requests = call.model === undefined ? 0 : 1;
    return { bound: { inputTokens: 0, rates: FREE, cap: 0, minCap: 0, requests }, checks, observed: [] };
  }
  const observed: string[] = [];
  const strict = (units: readonly Unit[]) =>
    checks.limits.find(({ refuse, unit }) => refuse && units.includes(unit));

  const usdLimit = strict(['usd']);
  if (price === undefined && usdLimit) return priceUnknown(call, usdLimit);
  if (price === undefined) observed.push('price_unknown');

  const inputTokens = inputBound(view.size, price?.contextWindow);
  const boundless = unknownOrOff(call).find(({ unbounded }) => unbounded);
  if (inputTokens === undefined || boundless) {
    const limit = strict(['usd', 'tokens']);
    if (limit && boundless?.capability === 'stored_state') return refusal('threads_off');
    const what = boundless
      ? `${boundless.name} at ${boundless.path}`
      : 'a document whose pages are not counted';
    if (limit) return costUnbounded(call, limit, what, boundless);
    observed.push('cost_unbounded');
  }
  const input = inputTokens ?? view.size.textBytes;
  const reach = {
    cacheWrite: view.cacheWrite,
    maxInputTokens: input,
    multiplierPermille: view.multiplierPermille,
  };
  const rates = price && { input: dearestInput(price, reach), output: dearestOutput(price, reach) };
  const least = Math.max(leastOutput(call), view.minCap);
  const bound: Bound = {
    inputTokens: input,
    rates,
    cap: call.cap,
    minCap: Math.min(call.cap, least),
    requests: 1,
  };
  return { bound, checks, observed };
}

const FREE = { input: 0, output: 0 };

function leastOutput({ snapshot }: Call): number {
  const budgets = snapshot.budgets.filter(({ enforce, limits }) => enforce && limits.length > 0);
  return budgets.length === 0
    ? MIN_OUTPUT_TOKENS
    : Math.max(...budgets.map(({ minOutputTokens }) => minOutputTokens));
}

function priceUnknown(call: Call, limit: LimitCheck): Refusal {
  return refusal('price_unknown', { model: call.model ?? '', provider: call.provider.name, limit: limit.id });
}

function costUnbounded(
  { provider }: Call,
  limit: LimitCheck,
  what: string,
  boundless: Finding | undefined,
): Refusal {
  const unknown = boundless?.kind === 'capability' ? 'capability' : 'unknown';
  const how = BOUNDING[boundless === undefined ? 'document' : unknown];
  const params = { name: boundless?.name ?? '', provider: provider.name };
  return refusal('cost_unbounded', { what, limit: limit.id, how: fill(how, params) });
}

/** @param waitedMs how long the call has waited for the rate already */
export function rateRefusal({ check, what, retryAfterMs }: RateShortage, waitedMs: number): Refusal {
  const amount = {
    requests: `${show(check.requestsPerMinute ?? 0, 'requests')} per minute`,
    tokens: `${show(check.tokensPerMinute ?? 0, 'tokens')} per minute`,
    concurrent: `${check.concurrent} ${check.concurrent === 1 ? 'call' : 'calls'} at the same time`,
  }[what];
  const params = {
    limit: check.id,
    amount,
    waited: seconds(Math.round(waitedMs / 1000)),
    seconds: seconds(Math.ceil(retryAfterMs / 1000)),
  };
  return { code: 'rate_limited', params, retryAfterMs };
}

function seconds(count: number): string {
  return `${count} second${count === 1 ? '' : 's'}`;
}

export function budgetRefusal({ kind, limit, left, needed }: Shortage): Refusal {
  const code = { spent: 'budget_spent', reserved: 'budget_reserved', request: 'request_over_limit' } as const;
  return refusal(code[kind], {
    limit: limit.id,
    left: limit.unit === 'usd' ? formatUsd(Math.max(0, left)) : String(Math.max(0, left)),
    amount: show(limit.amount, limit.unit),
    needed: show(needed, limit.unit),
    resets: resets(limit),
  });
}

function show(amount: number, unit: Unit): string {
  if (unit === 'usd') return formatUsd(amount);
  return `${amount} ${amount === 1 ? unit.slice(0, -1) : unit}`;
}

function resets({ resetsAt }: LimitCheck): string {
  if (resetsAt === undefined || resetsAt === Number.POSITIVE_INFINITY)
    return 'it is raised (it never resets)';
  return new Date(resetsAt).toISOString().replace(':00.000Z', 'Z');
}
