/** The limits of a BudgetPolicy as `kubectl get` shows them. */
import type { BudgetFigures } from '../../adapters/telemetry/metrics.ts';
import type { Limit } from '../../core/policy/budget.ts';
import { showAmount } from '../../core/wording.ts';
import { timeOf } from './condition.ts';
import type { Count } from './counts.ts';

export interface LimitStatus {
  readonly name: string;
  readonly limit: string;
  readonly spent?: string;
  readonly reserved?: string;
  readonly left?: string;
  /** RFC 3339. */
  readonly resetsAt?: string;
  readonly scope?: string;
  readonly counters?: number;
}

/** @returns the fullest first, as columns show the first one; those that count nothing last */
export function limitStatuses(limits: readonly Limit[], counts: ReadonlyMap<Limit, Count>): LimitStatus[] {
  return limits
    .map((limit) => ({ limit, count: counts.get(limit) }))
    .toSorted((a, b) => fullness(b.limit, b.count) - fullness(a.limit, a.count))
    .map(({ limit, count }) => statusOf(limit, count));
}

/** @returns limits in US dollars, for metrics; nobody's count is that of everybody */
export function figuresOf(counts: ReadonlyMap<Limit, Count>): BudgetFigures[] {
  return [...counts].flatMap(([{ id, unit, amount, per }, { fullest }]) =>
    unit === 'usd'
      ? [
          {
            id,
            scope: fullest?.scope ?? per,
            amount,
            spent: fullest?.spent ?? 0,
            reserved: fullest?.reserved ?? 0,
          },
        ]
      : [],
  );
}

function statusOf({ id, unit, amount, window }: Limit, count: Count | undefined): LimitStatus {
  const name = id.slice(id.lastIndexOf('/') + 1);
  const limit = `${showAmount(amount, unit)} ${window === 'lifetime' ? 'in all' : `per ${window}`}`;
  if (count === undefined) return { name, limit };
  const { fullest, counters, resetsAt } = count;
  const { spent, reserved } = fullest ?? { spent: 0, reserved: 0 };
  return {
    name,
    limit,
    spent: showAmount(spent, unit),
    reserved: showAmount(reserved, unit),
    left: showAmount(Math.max(0, amount - spent - reserved), unit),
    ...(resetsAt === Number.POSITIVE_INFINITY ? {} : { resetsAt: timeOf(resetsAt) }),
    ...(fullest === undefined ? {} : { scope: fullest.scope.slice(0, MOST_SCOPE) }),
    counters,
  };
}

const MOST_SCOPE = 1_024;

/** 0 … 1 and beyond; a limit of nothing is always full. */
function fullness({ amount }: Limit, count: Count | undefined): number {
  if (count === undefined) return -1;
  const { spent, reserved } = count.fullest ?? { spent: 0, reserved: 0 };
  return amount === 0 ? Number.MAX_VALUE : (spent + reserved) / amount;
}
