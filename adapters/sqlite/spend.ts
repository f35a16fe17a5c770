/** Spend and counters, as people ask for them: read from the ledger, never from the log. */
import type { DatabaseSync } from 'node:sqlite';
import type { Amounts } from '../../core/ledger/fit.ts';

export type SpendBy = 'day' | 'model' | 'workload' | 'session' | 'provider';

export interface SpendRow {
  /** A day is one of this machine's time zone, 2026-11-22; a workload is namespace/name. */
  readonly key: string;
  readonly calls: number;
  /** Nano-USD, tokens, requests. */
  readonly charged: Amounts;
  /** Held by calls that have not ended. */
  readonly reserved: Amounts;
}

const SPEND_KEYS: Readonly<Record<SpendBy, string>> = {
  day: `date(opened_at / 1000, 'unixepoch', 'localtime')`,
  model: 'model',
  workload: `namespace || '/' || workload`,
  session: 'session',
  provider: 'provider',
};

/**
 * What was spent, from the ledger. Calls count where they began; those that came to nothing (released) do not count.
 * @returns days in their order, everything else by what it cost, most first
 */
export function spend(db: DatabaseSync, { since = 0, by }: { since?: number; by: SpendBy }): SpendRow[] {
  const open = (unit: string) => `sum(CASE state WHEN 'open' THEN ${unit} ELSE 0 END) AS open_${unit}`;
  const rows = db
    .prepare(
      `SELECT ${SPEND_KEYS[by]} AS key, count(*) AS calls, sum(charged_usd) AS usd, sum(charged_tokens) AS tokens,
        sum(charged_requests) AS requests, ${open('usd')}, ${open('tokens')}, ${open('requests')}
      FROM leases WHERE opened_at >= ? AND state <> 'released' GROUP BY 1 ORDER BY ${by === 'day' ? 'key' : 'usd + open_usd DESC, key'}`,
    )
    .all(since) as unknown as SumRow[];
  return rows.map(({ key, calls, usd, tokens, requests, open_usd, open_tokens, open_requests }) => ({
    key,
    calls,
    charged: { usd, tokens, requests },
    reserved: { usd: open_usd, tokens: open_tokens, requests: open_requests },
  }));
}

export interface CounterView {
  /** namespace/policy/limit */
  readonly limit: string;
  /** "workload:local/claude", "session:…", "namespace:…", "cluster" */
  readonly scope: string;
  /** "day:Europe/Berlin:2026-11-22", …, "lifetime" */
  readonly window: string;
  readonly unit: keyof Amounts;
  readonly spent: number;
  readonly reserved: number;
  /** Epoch ms; null for never. */
  readonly resetsAt: number | null;
}

/** @returns the counters of all limits, by their keys (core/ledger/checks.ts) */
export function counters(db: DatabaseSync): CounterView[] {
  const rows = db
    .prepare('SELECT key, spent, reserved, resets_at AS resetsAt FROM counters ORDER BY key')
    .all();
  return (rows as unknown as CounterRow[]).map(({ key, ...values }) => {
    // Scopes have names in them that may be anything; what stands around them has not.
    const parts = key.split('|');
    const [limit = '', unit = '', window = ''] = [parts.shift(), parts.pop(), parts.pop()];
    return { limit, scope: parts.join('|'), window, unit: unit as keyof Amounts, ...values };
  });
}

type CounterRow = Pick<CounterView, 'spent' | 'reserved' | 'resetsAt'> & { readonly key: string };

interface SumRow extends Amounts {
  readonly key: string;
  readonly calls: number;
  readonly open_usd: number;
  readonly open_tokens: number;
  readonly open_requests: number;
}
