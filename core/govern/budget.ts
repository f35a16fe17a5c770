/**
 * Stages 1 and 2, rate limit and budget: what the ledger is asked, and what its answer means. Both are one call to the
 * ledger, because only there can all limits of all scopes be checked at once.
 */
import { type Checks, checksFor, type LimitCheck } from '../ledger/checks.ts';
import type { Bound, Shortage } from '../ledger/fit.ts';
import type { RateShortage } from '../ledger/rate.ts';
import { dearestInput, dearestOutput } from '../money/price.ts';
import type { Unit } from '../policy/budget.ts';
import type { Finding } from '../wire/wire.ts';
import { wireOf } from '../wire/wires.ts';
import { plural, showAmount, showLeft, showReset } from '../wording.ts';
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
  /** One that refuses, if there is one. */
  const limitIn = (...units: readonly Unit[]) => {
    const limits = checks.limits.filter(({ unit }) => units.includes(unit));
    return limits.find(({ refuse }) => refuse) ?? limits[0];
  };

  const usdLimit = limitIn('usd');
  if (price === undefined && usdLimit?.refuse) return priceUnknown(call, usdLimit);
  if (price === undefined && usdLimit) observed.push('price_unknown');

  const inputTokens = wireOf(view.endpoint.wire).inputBound(view.size, call.model, price?.contextWindow);
  const boundless = unknownOrOff(call).find(({ unbounded }) => unbounded);
  if (inputTokens === undefined || boundless) {
    const limit = limitIn('usd', 'tokens');
    if (limit?.refuse && boundless?.name === 'thread') return refusal('threads_off');
    const what = boundless
      ? `${boundless.name} at ${boundless.path}`
      : 'a document whose pages are not counted';
    if (limit?.refuse) return costUnbounded(call, limit, what, boundless);
    if (limit) observed.push('cost_unbounded');
  }
  const input = inputTokens ?? view.size.textBytes;
  const reach = {
    cacheWrite: view.cacheWrite,
    maxInputTokens: input,
    audio: view.size.audioTokens > 0,
    multiplierPermille: view.multiplierPermille,
  };
  const rates = price && { input: dearestInput(price, reach), output: dearestOutput(price, reach) };
  const least = Math.max(leastOutput(call), view.minCap);
  const bound: Bound = {
    inputTokens: input,
    rates,
    cap: call.cap,
    choices: view.choices,
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
    requests: `${showAmount(check.requestsPerMinute ?? 0, 'requests')} per minute`,
    tokens: `${showAmount(check.tokensPerMinute ?? 0, 'tokens')} per minute`,
    concurrent: `${plural(check.concurrent ?? 0, 'call')} at the same time`,
  }[what];
  const params = {
    limit: check.id,
    amount,
    waited: plural(Math.round(waitedMs / 1000), 'second'),
    seconds: plural(Math.ceil(retryAfterMs / 1000), 'second'),
  };
  return { code: 'rate_limited', params, retryAfterMs };
}

/** @returns the refusal for what a limit is short of, with amounts as people read them */
export function budgetRefusal({ kind, limit, left, needed }: Shortage): Refusal {
  const code = { spent: 'budget_spent', reserved: 'budget_reserved', request: 'request_over_limit' } as const;
  return refusal(code[kind], {
    limit: limit.id,
    left: showLeft(left, limit.unit),
    amount: showAmount(limit.amount, limit.unit),
    needed: showAmount(needed, limit.unit),
    resets: showReset(limit.resetsAt) ?? 'it is raised (it never resets)',
  });
}
