/** Temporary state folders for tests. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { SqliteLedger, type SqliteLedgerOptions } from './ledger.ts';
import { openState, type StatePaths } from './state.ts';

export interface OpenLedger {
  readonly ledger: SqliteLedger;
  readonly db: DatabaseSync;
  readonly paths: StatePaths;
  readonly chain: string;
}

/** A folder that is removed when the test ends. */
export function temporaryFolder(t: Pick<TestContext, 'after'>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A ledger as a process has it, with its own connection and chain; started. */
export async function openLedger(
  folder: string,
  options: Partial<SqliteLedgerOptions> = {},
): Promise<OpenLedger> {
  const { db, paths } = openState(folder);
  const chain = options.chain ?? randomUUID();
  const ledger = new SqliteLedger({ db, paths, chain, ...options });
  await ledger.start({ version: '0.0.0', command: 'test' });
  return { ledger, db, paths, chain };
}

/** @returns all rows, as plain objects */
export function rows(
  db: DatabaseSync,
  sql: string,
  ...values: (string | number)[]
): Record<string, unknown>[] {
  return db
    .prepare(sql)
    .all(...values)
    .map((row) => ({ ...row }));
}
