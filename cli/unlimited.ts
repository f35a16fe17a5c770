/** Nobody should believe in a budget that is not there. */
import type { Snapshot, Workload } from '../core/policy/snapshot.ts';

/** @returns a sentence that says so, when no limit would ever refuse a call; undefined when one would */
export function spendIsUnlimited({ budgets }: Snapshot, workload: Workload): string | undefined {
  const limits = budgets.flatMap((budget) => budget.limits);
  if (limits.some(({ refuse }) => refuse)) return undefined;
  const who = `${workload.namespace}/${workload.name}`;
  return limits.length === 0
    ? `no budget: spend is not limited (no BudgetPolicy has a limit for ${who})`
    : `no budget: spend is not limited (the limits for ${who} only record)`;
}
