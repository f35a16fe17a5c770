/** `tollgate spend`: what was spent, from the ledger. */
import { type SpendBy, type SpendRow, spend as spendRows } from '../adapters/sqlite/queries.ts';
import { NOTHING } from '../core/ledger/fit.ts';
import { formatUsd } from '../core/money/amount.ts';
import { evenDecimals, note, print, printJson, table, UsageError, withUnits } from './output.ts';
import { nothingYet, openRecordsIfAny } from './records.ts';
import type { StateOptions } from './state-folder.ts';
import { parseSince } from './values.ts';

export interface SpendOptions extends StateOptions {
  readonly by: string;
  readonly since?: string;
  readonly json?: boolean;
}

const KINDS: readonly SpendBy[] = ['day', 'model', 'workload', 'session', 'provider'];

/** @returns the exit code; @throws UsageError for flags that can't be read */
export function spend(options: SpendOptions): number {
  const by = KINDS.find((kind) => kind === options.by);
  if (!by) throw new UsageError(`--by takes ${KINDS.join(', ')}, not ${JSON.stringify(options.by)}`);
  const since = options.since === undefined ? 0 : parseSince(options.since);
  const db = openRecordsIfAny(options);
  const rows = db ? spendRows(db, { by, since }) : [];
  db?.close();
  const total = sum(rows);
  const nothing = db ? 'Nothing was spent.' : nothingYet(options);
  if (options.json) {
    if (rows.length === 0) note(nothing);
    const from = since === 0 ? null : new Date(since).toISOString();
    printJson({ by, since: from, rows: rows.map(forMachines), total: forMachines(total) });
    return 0;
  }
  if (rows.length === 0) {
    print(nothing);
    return 0;
  }
  for (const line of spendTable(by, [...rows, { ...total, key: 'total' }])) print(line);
  return 0;
}

function forMachines<Row extends Omit<SpendRow, 'key'>>(row: Row): object {
  return { ...row, charged: withUnits(row.charged), reserved: withUnits(row.reserved) };
}

const ALIGN = ['left', 'right', 'right', 'right', 'right'] as const;

function spendTable(by: SpendBy, rows: readonly SpendRow[]): string[] {
  const spent = evenDecimals(rows.map(({ charged }) => formatUsd(charged.usd)));
  const held = evenDecimals(rows.map(({ reserved }) => (reserved.usd === 0 ? '' : formatUsd(reserved.usd))));
  const cells = rows.map(({ key, calls, charged }, n) => [
    key === '' ? '(no model)' : key,
    String(calls),
    String(charged.tokens),
    spent[n] ?? '',
    held[n] ?? '',
  ]);
  return table([[by, 'calls', 'tokens', 'spent', 'reserved'], ...cells], ALIGN);
}

/** Amounts are integers, so the rows add up exactly. */
function sum(rows: readonly SpendRow[]): Omit<SpendRow, 'key'> {
  const total = { calls: 0, charged: { ...NOTHING }, reserved: { ...NOTHING } };
  for (const { calls, charged, reserved } of rows) {
    total.calls += calls;
    for (const unit of ['usd', 'tokens', 'requests'] as const) {
      total.charged[unit] += charged[unit];
      total.reserved[unit] += reserved[unit];
    }
  }
  return total;
}
