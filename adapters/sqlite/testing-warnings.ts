/** For tests: calls under a limit that warns, and what is recorded of it. */
import type { DatabaseSync } from 'node:sqlite';
import type { LimitCheck } from '../../core/ledger/checks.ts';
import type { Amounts } from '../../core/ledger/fit.ts';
import type { WarningRule } from '../../core/ledger/warnings.ts';
import type { Settlement } from '../../core/ports.ts';
import { closedDraft, limitOf, requestFor } from '../testing-drafts.ts';
import type { SqliteLedger } from './ledger.ts';
import { rows } from './testing.ts';

/** @returns a limit of 1000 nano-USD that warns at 50, 80 and 95 % */
export function warningLimit(more: Partial<LimitCheck> = {}, rule: Partial<WarningRule> = {}): LimitCheck {
  const { amount = 1000 } = more;
  return limitOf(amount, { ...more, warns: { amount, percents: [50, 80, 95], send: true, ...rule } });
}

/** Reserves at most `bound`, by default what it will cost. */
export async function reserve(
  ledger: SqliteLedger,
  lease: string,
  limits: readonly LimitCheck[],
  bound: number,
): Promise<boolean> {
  const rates = { input: 1_000_000, output: 1_000_000 };
  const tokens = { inputTokens: bound, cap: 0, minCap: 0, rates, requests: 1 } as const;
  return 'granted' in (await ledger.reserve(requestFor({ lease, limits, bound: tokens })));
}

export function settle(ledger: SqliteLedger, lease: string, usd: number): Promise<void> {
  const settlement: Settlement = {
    outcome: 'settled',
    amounts: { usd, tokens: usd, requests: 1 } as Amounts,
  };
  return ledger.settle(lease, settlement, closedDraft({ lease }, settlement));
}

/** A whole call. */
export async function spend(
  ledger: SqliteLedger,
  lease: string,
  limits: readonly LimitCheck[],
  usd: number,
): Promise<void> {
  if (!(await reserve(ledger, lease, limits, usd))) throw new Error(`${lease} does not fit`);
  await settle(ledger, lease, usd);
}

/** @returns [percent, state] of all warnings, in the order of their counters */
export function recorded(db: DatabaseSync): (readonly [number, string])[] {
  return rows(db, 'SELECT percent, state FROM warnings ORDER BY counter, percent').map(
    ({ percent, state }) => [Number(percent), String(state)] as const,
  );
}
