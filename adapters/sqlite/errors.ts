/** What SQLite's errors mean: codes from https://www.sqlite.org/rescode.html, the low byte of an extended code. */
import { LedgerUnavailable } from '../../core/ports.ts';

const BUSY = 5;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;
/** Errors that concern one statement and its values; all others concern the database, and so every work on it. */
const OF_STATEMENT = new Set([1, 18, 19, 20, 21, 25]);

/** @returns whether another connection held the lock: trying again helps */
export function isBusy(error: unknown): boolean {
  return codeOf(error) === BUSY;
}

/** @returns whether the file is no database any more, or is broken inside */
export function isDamage(error: unknown): boolean {
  const code = codeOf(error);
  return code === CORRUPT || code === NOT_A_DATABASE;
}

/** Whether whatever else is tried now would fail too. */
export function isOfDatabase(error: unknown): boolean {
  if (isClosed(error)) return true;
  const code = codeOf(error);
  return code !== undefined && !OF_STATEMENT.has(code);
}

/** A programming error stays what it is; what SQLite says becomes the port's own error. */
export function unavailable(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (error instanceof LedgerUnavailable || (codeOf(error) === undefined && !isClosed(error))) return error;
  return new LedgerUnavailable(`the state database can't be written: ${error.message}`, { cause: error });
}

function codeOf(error: unknown): number | undefined {
  const { code, errcode } = error as { code?: string; errcode?: number };
  return code === 'ERR_SQLITE_ERROR' && errcode !== undefined ? errcode & 0xff : undefined;
}

/** node:sqlite says so of a database that stop() has closed. */
function isClosed(error: unknown): boolean {
  return (error as { code?: string }).code === 'ERR_INVALID_STATE';
}
