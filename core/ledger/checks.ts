/** A workload's budgets at one instant → what the ledger has to check, by the names of its counters. */
import { windowAt } from '../money/window.ts';
import type { Budget, Limit, Per, Rate, Unit } from '../policy/budget.ts';
import type { Workload } from '../policy/snapshot.ts';
import type { WarningRule } from './warnings.ts';

/** Who pays for one call. */
export interface Payer {
  readonly workload: Workload;
  readonly session: string;
}

export interface LimitCheck {
  /** namespace/policy/limit */
  readonly id: string;
  /** The counter's key, "limit|scope|window|unit"; undefined for a limit per request, which needs none. */
  readonly counter: string | undefined;
  readonly unit: Unit;
  /** nano-USD, tokens or requests. */
  readonly amount: number;
  readonly refuse: boolean;
  /** When the window began, epoch ms, for a ledger with a clock of its own to check; nothing where it has no window. */
  readonly startsAt?: number;
  /** When the window ends, epoch ms; Infinity for a lifetime; undefined per request. */
  readonly resetsAt: number | undefined;
  readonly warns?: WarningRule;
}

export interface RateCheck {
  readonly id: string;
  readonly key: string;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  readonly concurrent?: number;
  readonly refuse: boolean;
}

export interface Checks {
  readonly limits: readonly LimitCheck[];
  readonly rates: readonly RateCheck[];
}

/** The last answer for each snapshot's budgets: it stays right until one of its windows ends. */
const lasts = new WeakMap<readonly Budget[], { payer: Payer; from: number; until: number; checks: Checks }>();

/**
 * @param payer never changes; neither do budgets
 * @param at epoch ms: a call is counted in the windows in which it is reserved, whenever it ends
 */
export function checksFor(budgets: readonly Budget[], payer: Payer, at: number): Checks {
  const last = lasts.get(budgets);
  if (last && last.payer === payer && at >= last.from && at < last.until) return last.checks;
  const checks = {
    limits: budgets.flatMap((budget) => budget.limits.map((limit) => limitCheck(limit, payer, at))),
    rates: budgets.flatMap((budget) => budget.rates.map((rate) => rateCheck(rate, payer))),
  };
  const until = Math.min(...checks.limits.map(({ resetsAt }) => resetsAt ?? Number.POSITIVE_INFINITY));
  lasts.set(budgets, { payer, from: at, until, checks });
  return checks;
}

/** @param at epoch ms */
export function limitCheck(limit: Limit, payer: Payer, at: number): LimitCheck {
  const { id, unit, amount, refuse, warns } = limit;
  if (limit.window === 'request')
    return { id, unit, amount, refuse, counter: undefined, resetsAt: undefined };
  const window = windowAt(limit.window, limit.timeZone, at);
  // With its unit: a limit that is changed from USD to tokens must not read one as the other.
  const counter = `${id}|${scopeOf(limit.per, payer)}|${window.key}|${unit}`;
  const startsAt = window.start;
  return { id, unit, amount, refuse, counter, startsAt, resetsAt: window.end, ...(warns && { warns }) };
}

/** What a counter's key says. */
export interface CounterName {
  /** namespace/policy/limit */
  readonly limit: string;
  readonly scope: string;
  readonly window: string;
  readonly unit: Unit;
}

/** Reads a key as limitCheck() makes it. Scopes have names in them that may be anything; what stands around them has not. */
export function counterName(key: string): CounterName {
  const parts = key.split('|');
  const [limit = '', unit = '', window = ''] = [parts.shift(), parts.pop(), parts.pop()];
  return { limit, scope: parts.join('|'), window, unit: unit as Unit };
}

function rateCheck(rate: Rate, payer: Payer): RateCheck {
  const { per, ...check } = rate;
  return { ...check, key: `${rate.id}|${scopeOf(per, payer)}` };
}

/** Whose spend is counted. Names, never UIDs: deleting something and creating it again resets nothing. */
export function scopeOf(per: Per, { workload, session }: Payer): string {
  switch (per) {
    case 'workload':
      return `workload:${workload.namespace}/${workload.name}`;
    case 'session':
      return `session:${session}`;
    case 'namespace':
      return `namespace:${workload.namespace}`;
    case 'cluster':
      return 'cluster';
    case 'runner':
      if (workload.runner === undefined)
        throw new Error('limits per runner are taken out for workloads of none');
      return `runner:${workload.namespace}/${workload.runner}`;
  }
}
