/** `tollgate audit list`: an exchange a line. */

import { type ExchangeRow, listExchanges } from '../adapters/sqlite/queries.ts';
import { formatUsd } from '../core/money/amount.ts';
import { plural } from '../core/wording.ts';
import { evenDecimals, localTime, localZone, note, print, printJson, table, withUnits } from './output.ts';
import { nothingYet, openRecordsIfAny } from './records.ts';
import type { StateOptions } from './state-folder.ts';
import { parseCount, parseSince } from './values.ts';

export interface ListOptions extends StateOptions {
  readonly limit: string;
  readonly session?: string;
  readonly refused?: boolean;
  readonly since?: string;
  readonly json?: boolean;
}

/** @returns the exit code; @throws UsageError for flags that can't be read */
export function list(options: ListOptions): number {
  const limit = parseCount(options.limit, '--limit');
  const wanted = {
    ...(options.session === undefined ? {} : { session: options.session }),
    ...(options.refused ? { refused: true } : {}),
    ...(options.since === undefined ? {} : { since: parseSince(options.since) }),
  };
  const db = openRecordsIfAny(options);
  const rows = db ? listExchanges(db, { limit, ...wanted }) : [];
  db?.close();
  if (rows.length === 0) {
    const anything = db !== undefined && Object.keys(wanted).length > 0;
    const sentence = anything ? 'Nothing of that kind is recorded.' : nothingYet(options);
    if (options.json) note(sentence);
    else print(sentence);
  }
  if (options.json) printJson(rows.map(forMachines));
  else if (rows.length > 0) for (const line of listTable(rows)) print(line);
  return 0;
}

function forMachines(row: ExchangeRow): object {
  return { ...row, charged: withUnits(row.charged), reserved: withUnits(row.reserved) };
}

function listTable(rows: readonly ExchangeRow[]): string[] {
  const head = [`time (${localZone()})`, 'exchange', 'workload', 'model', 'spent', 'what became of it'];
  const spent = evenDecimals(rows.map(({ charged }) => formatUsd(charged.usd)));
  const cells = rows.map((row, n) => [
    localTime(row.at),
    row.exchange,
    row.workload ?? '',
    row.model ?? '',
    spent[n] ?? '',
    whatBecameOf(row),
  ]);
  return table([head, ...cells], ['left', 'left', 'left', 'left', 'right', 'left']);
}

/** @returns what happened to an exchange, in words */
export function whatBecameOf({
  status,
  code,
  observed,
  toolCalls,
  deniedCalls,
  faults,
}: Pick<ExchangeRow, 'status' | 'code' | 'observed' | 'toolCalls' | 'deniedCalls' | 'faults'>): string {
  const answer = faults.map((fault) => /^upstream_(\d+)$/.exec(fault)?.[1]).findLast(Boolean);
  const parts = [
    status === 'closed' ? '' : status,
    code ?? '',
    deniedCalls === 0 ? '' : `${deniedCalls} of ${plural(toolCalls, 'tool call')} denied`,
    answer === undefined ? '' : `provider said ${answer}`,
  ].filter(Boolean);
  const outcome = parts.length === 0 ? 'allowed' : parts.join(', ');
  return observed.length === 0 ? outcome : `${outcome}; not enforced: ${observed.join(', ')}`;
}
