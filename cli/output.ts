/** What commands print: for people on a terminal, for machines with --json. */

import type { Amounts } from '../core/ledger/fit.ts';

/** An error whose message is for the user; it needs no stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly exitCode: number;

  constructor(message: string, exitCode = 2) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Writes a line of the result. */
export function print(line = ''): void {
  process.stdout.write(`${process.stdout.isTTY ? visible(line) : line}\n`);
}

/** Notes beside the result, which a pipe must not get. */
export function note(line: string): void {
  process.stderr.write(`tollgate: ${process.stderr.isTTY ? visible(line) : line}\n`);
}

/** Models, tools and replies come from elsewhere: on a terminal they must not move the cursor or rename the window. */
export function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => ('\n\t'.includes(character) ? character : '\u{fffd}'));
}

/** @returns amounts for machines, where the unit is in the name: policies have US dollars, records nano-USD */
export function withUnits({ usd, tokens, requests }: Amounts): object {
  return { nanoUsd: usd, tokens, requests };
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

type Align = 'left' | 'right';

/**
 * @param rows cells as text; the first row is the head
 * @returns lines with columns as wide as their widest cell
 */
export function table(rows: readonly (readonly string[])[], align: readonly Align[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, i) => (align[i] === 'right' ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** @returns amounts with equally many decimals, so that in a column their points stand below each other */
export function evenDecimals(amounts: readonly string[]): string[] {
  const decimals = (amount: string) => amount.split('.')[1]?.length ?? 0;
  const most = Math.max(...amounts.map(decimals));
  return amounts.map((amount) => (amount === '' ? '' : amount + '0'.repeat(most - decimals(amount))));
}

/** @returns the zone of localTime(), as a head of a table names it once */
export function localZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** @returns local time to the second, as people read it: 2026-11-22 14:03:07 */
export function localTime(at: number): string {
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 19).replace('T', ' ');
}
