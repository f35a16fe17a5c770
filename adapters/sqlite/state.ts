/**
 * The state folder of one machine: what everything local stands on.
 *
 *   tollgate.db   ledger and audit log (SQLite, WAL; several processes may have it open)
 *   ends/         for each chain of the audit log, the hashes it has; kept apart from the log
 *   key           wraps the sessions' keys (32 random bytes, mode 0600)
 */
import { accessSync, chmodSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface StatePaths {
  readonly folder: string;
  readonly database: string;
  readonly ends: string;
  readonly key: string;
}

export function statePaths(folder: string): StatePaths {
  return {
    folder,
    database: join(folder, 'tollgate.db'),
    ends: join(folder, 'ends'),
    key: join(folder, 'key'),
  };
}

/** The state folder can't be used; the message says why and what to do. */
export class StateError extends Error {
  override readonly name = 'StateError';
}

/** Raised by one for each change of the schema; a migration takes older files along. */
const SCHEMA_VERSION = 1;

/**
 * SQLite's own wait for a lock. It blocks the event loop, so it is shorter than anybody notices; who still finds the
 * database locked tries again later, off the loop.
 */
const BUSY_TIMEOUT_MS = 5;

/**
 * Opens the database of a state folder, which is created when it is not there.
 * @throws StateError
 */
export function openState(folder: string): { db: DatabaseSync; paths: StatePaths } {
  const paths = statePaths(folder);
  makeFolder(paths.folder);
  makeFolder(paths.ends);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(paths.database, { timeout: BUSY_TIMEOUT_MS });
    prepare(db, paths);
    chmodSync(paths.database, 0o600);
    return { db, paths };
  } catch (error) {
    db?.close();
    throw error instanceof StateError ? error : explain(error, paths);
  }
}

/** Opens a database to read and nothing else, such as a copy that is to be verified. @throws StateError */
export function openReadOnly(database: string): DatabaseSync {
  if (!existsSync(database)) throw new StateError(`There is no audit log at ${database}.`);
  const paths = { ...statePaths(''), database };
  try {
    const db = new DatabaseSync(database, { readOnly: true, timeout: 1000 });
    checkVersion(db, database);
    return db;
  } catch (error) {
    throw error instanceof StateError ? error : explain(error, paths);
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    throw new StateError(
      `The state folder ${folder} can't be written (${code}). Make it writable, or name another with --state or TOLLGATE_STATE.`,
    );
  }
  if (!statSync(folder).isDirectory()) {
    throw new StateError(
      `${folder} is not a folder. Name another state folder with --state or TOLLGATE_STATE.`,
    );
  }
}

function prepare(db: DatabaseSync, paths: StatePaths): void {
  // A process that creates the schema holds the lock for some milliseconds; starting may wait that long.
  db.exec('PRAGMA busy_timeout = 5000');
  checkVersion(db, paths.database);
  db.exec('PRAGMA journal_mode = WAL');
  // NORMAL keeps every commit when a process dies. When the machine loses power, the last moments may be lost; FULL
  // would cost a disk flush for each call.
  db.exec('PRAGMA synchronous = NORMAL');
  // Deleted rows are overwritten: an erased session's key must not stay in free pages.
  db.exec('PRAGMA secure_delete = ON');
  if (userVersion(db) === 0) {
    db.exec('BEGIN IMMEDIATE');
    if (userVersion(db) === 0) db.exec(`${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION};`);
    db.exec('COMMIT');
  }
  db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
}

function userVersion(db: DatabaseSync): number {
  return (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
}

function checkVersion(db: DatabaseSync, database: string): void {
  const version = userVersion(db);
  if (version > SCHEMA_VERSION) {
    throw new StateError(
      `${database} was written by a newer Tollgate (schema ${version}; this one knows ${SCHEMA_VERSION}). Update Tollgate, or name another state folder.`,
    );
  }
}

/** SQLite result codes, https://www.sqlite.org/rescode.html */
const CORRUPT = new Set([11, 26]);

function explain(error: unknown, { database }: StatePaths): StateError {
  const { errcode, message } = error as { errcode?: number; message?: string };
  if (errcode !== undefined && CORRUPT.has(errcode & 0xff)) {
    return new StateError(
      `${database} is damaged (${message}). Keep it for inspection: move it away together with its -wal file, and Tollgate starts a new one. Budgets then start from zero.`,
    );
  }
  return new StateError(
    `${database} can't be opened: ${message}. Check the folder, or name another with --state.`,
  );
}

const SCHEMA = `
CREATE TABLE entries (
  chain TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  exchange TEXT,
  text TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (chain, seq)
) WITHOUT ROWID;
CREATE INDEX entries_started ON entries (at) WHERE kind = 'started';
CREATE INDEX entries_exchange ON entries (exchange) WHERE exchange IS NOT NULL;

CREATE TABLE counters (
  key TEXT PRIMARY KEY,
  spent INTEGER NOT NULL,
  reserved INTEGER NOT NULL,
  resets_at INTEGER
) WITHOUT ROWID;

CREATE TABLE leases (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  closed_at INTEGER,
  exchange TEXT NOT NULL,
  namespace TEXT NOT NULL,
  workload TEXT NOT NULL,
  session TEXT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  cap INTEGER NOT NULL,
  usd INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  charged_usd INTEGER NOT NULL,
  charged_tokens INTEGER NOT NULL,
  charged_requests INTEGER NOT NULL,
  counters TEXT NOT NULL,
  rates TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX leases_open ON leases (expires_at) WHERE state = 'open';
CREATE INDEX leases_opened ON leases (opened_at);

CREATE TABLE rate_buckets (
  key TEXT NOT NULL,
  second INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  PRIMARY KEY (key, second)
) WITHOUT ROWID;

CREATE TABLE running (
  key TEXT PRIMARY KEY,
  calls INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  wrapped_key BLOB,
  created_at INTEGER NOT NULL,
  erased_at INTEGER
) WITHOUT ROWID;

CREATE TABLE contents (
  session TEXT NOT NULL,
  address TEXT NOT NULL,
  prev TEXT,
  data BLOB NOT NULL,
  PRIMARY KEY (session, address)
) WITHOUT ROWID;
`;
