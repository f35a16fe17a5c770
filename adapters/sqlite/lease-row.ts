/** A row of the table leases, as the ledger and people who look at spend read it. */
import type { LeaseState } from '../../core/audit/source.ts';
import type { Amounts } from '../../core/ledger/fit.ts';

export interface LeaseRow {
  readonly id: string;
  readonly state: LeaseState;
  readonly opened_at: number;
  readonly expires_at: number;
  readonly closed_at: number | null;
  readonly exchange: string;
  readonly namespace: string;
  readonly workload: string;
  readonly session: string;
  readonly provider: string;
  readonly model: string;
  readonly cap: number;
  readonly usd: number;
  readonly tokens: number;
  readonly requests: number;
  readonly charged_usd: number;
  readonly charged_tokens: number;
  readonly charged_requests: number;
  /** JSON, as the three here. */
  readonly counters: string;
  readonly rates: string;
  readonly over: string;
}

/** @returns what the lease reserved when it was opened */
export function reservedOf({ usd, tokens, requests }: LeaseRow): Amounts {
  return { usd, tokens, requests };
}

/** @returns what the lease was charged when it ended; nothing while it is open */
export function chargedOf({ charged_usd, charged_tokens, charged_requests }: LeaseRow): Amounts {
  return { usd: charged_usd, tokens: charged_tokens, requests: charged_requests };
}
