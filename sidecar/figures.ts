/** Where the budgets of all callers stand, for metrics. */
import type { SqliteLedger } from '../adapters/sqlite/ledger.ts';
import type { BudgetFigures } from '../adapters/telemetry/metrics.ts';
import { limitCheck, scopeOf } from '../core/ledger/checks.ts';
import type { Budget } from '../core/policy/budget.ts';
import type { Callers } from './callers.ts';
import type { Identity } from './sidecar.ts';
import type { Snapshots } from './snapshots.ts';

/** Callers whose budgets are told, those who called last first: the number of series is bounded. */
const MOST_CALLERS = 100;

/** @returns the limits in US dollars of each caller, nano-USD: one that several share, for each of them */
export function budgetFigures(
  callers: Callers,
  snapshots: Pick<Snapshots, 'of'>,
  ledger: Pick<SqliteLedger, 'counter'>,
): BudgetFigures[] {
  return callers.known(MOST_CALLERS).flatMap((identity) => figuresOf(identity, snapshots, ledger));
}

/** @returns the budgets of all callers, each as often as there are callers whom it is for */
export function budgetsInForce(callers: Callers, snapshots: Pick<Snapshots, 'of'>): Budget[] {
  return callers.known(Number.MAX_SAFE_INTEGER).flatMap((identity) => {
    const snapshot = snapshots.of(identity);
    return 'code' in snapshot ? [] : snapshot.budgets;
  });
}

function figuresOf(
  identity: Identity,
  snapshots: Pick<Snapshots, 'of'>,
  ledger: Pick<SqliteLedger, 'counter'>,
): BudgetFigures[] {
  const snapshot = snapshots.of(identity);
  if ('code' in snapshot) return [];
  const limits = snapshot.budgets.flatMap((budget) => budget.limits.filter(({ unit }) => unit === 'usd'));
  return limits.flatMap((limit) => {
    const { id, amount, counter } = limitCheck(limit, identity.payer, Date.now());
    // A limit per request counts nothing.
    if (counter === undefined) return [];
    return [{ id, scope: scopeOf(limit.per, identity.payer), amount, ...ledger.counter(counter) }];
  });
}
