/**
 * The state folder of one machine: what everything local stands on.
 *
 *   tollgate.db   ledger and audit log (SQLite, WAL; several processes may have it open)
 *   ends/         for each chain of the audit log, the hashes it has; kept apart from the log
 *   key           wraps the sessions' keys (32 random bytes, mode 0600)
 */
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { isBusy, isDamage } from './errors.ts';
import { MIGRATIONS, SCHEMA, SCHEMA_VERSION } from './schema.ts';

export interface StatePaths {
  readonly folder: string;
  readonly database: string;
  readonly ends: string;
  readonly key: string;
}

/** @returns where in a state folder everything is, whether it is there or not */
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

/**
 * SQLite's own wait for a lock. It blocks the event loop, so it is shorter than anybody notices; who still finds the
 * database locked tries again later, off the loop.
 */
const BUSY_TIMEOUT_MS = 5;

/** How long a process that starts waits for another that creates the database or cleans up after a crash, ms. */
const START_PATIENCE_MS = 5_000;
const START_LOOK_MS = 20;

/**
 * Opens the database of a state folder, which is created when it is not there. Blocks while another process creates it.
 * @throws StateError
 */
export function openState(folder: string): { db: DatabaseSync; paths: StatePaths } {
  const paths = statePaths(folder);
  makeFolder(paths.folder);
  makeFolder(paths.ends);
  const until = performance.now() + START_PATIENCE_MS;
  for (;;) {
    let db: DatabaseSync | undefined;
    try {
      makePrivate(paths.database);
      db = new DatabaseSync(paths.database, { timeout: START_PATIENCE_MS });
      prepare(db, paths);
      return { db, paths };
    } catch (error) {
      db?.close();
      // Going over to WAL, SQLite does not wait for another process that is at the same, but fails at once.
      if (!isBusy(error) || performance.now() > until)
        throw error instanceof StateError ? error : explain(error, paths.database);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, START_LOOK_MS);
    }
  }
}

/**
 * Opens a database to read and nothing else, such as a copy that is to be verified.
 * @throws StateError
 */
export function openReadOnly(database: string): DatabaseSync {
  if (!existsSync(database)) throw new StateError(`There is no audit log at ${database}.`);
  let db: DatabaseSync | undefined;
  try {
    db = openToRead(database);
    if (checkVersion(db, database) < 1) throw new StateError(`${database} is not a database of Tollgate.`);
    return db;
  } catch (error) {
    db?.close();
    throw error instanceof StateError ? error : explain(error, database);
  }
}

function openToRead(database: string): DatabaseSync {
  const options = { readOnly: true, timeout: 1000 };
  // Beside a log in WAL mode SQLite wants to create files. In a folder that can't be written it needs to be told that
  // nobody else writes there either.
  if (existsSync(`${database}-wal`)) return new DatabaseSync(database, options);
  const db = new DatabaseSync(database, options);
  try {
    userVersion(db);
    return db;
  } catch (error) {
    db.close();
    if (isDamage(error)) throw error;
    const url = pathToFileURL(database);
    url.searchParams.set('immutable', '1');
    return new DatabaseSync(url, options);
  }
}

/** Makes a folder that only its owner may look into, and those above it. @throws StateError */
export function makeFolder(folder: string): void {
  try {
    makeWithParents(folder);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    const why =
      code === 'EEXIST' || code === 'ENOTDIR'
        ? `The state folder ${folder} can't be made: a file is in its place (${code}). Move it away`
        : `The state folder ${folder} can't be written (${code}). Make it writable`;
    throw new StateError(`${why}, or name another folder with --state or TOLLGATE_STATE.`);
  }
}

/** One after the other: where a file system takes no folders, such as /proc, Node's own recursive way never ends. */
function makeWithParents(folder: string): void {
  const there = statSync(folder, { throwIfNoEntry: false });
  if (there?.isDirectory()) return;
  if (there) throw Object.assign(new Error(`${folder} is a file`), { code: 'ENOTDIR' });
  makeWithParents(dirname(resolve(folder)));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have been faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Created before SQLite opens it, so that its journal gets the same mode, and in a folder others can read from birth. */
function makePrivate(database: string): void {
  closeSync(openSync(database, 'a', 0o600));
  chmodSync(database, 0o600);
}

function prepare(db: DatabaseSync, paths: StatePaths): void {
  checkVersion(db, paths.database);
  useWal(db, paths.database);
  // NORMAL keeps every commit when a process dies. When the machine loses power, the last moments may be lost; FULL
  // would cost a disk flush for each call.
  db.exec('PRAGMA synchronous = NORMAL');
  // Deleted rows are overwritten: an erased session's key must not stay in free pages.
  db.exec('PRAGMA secure_delete = ON');
  if (userVersion(db) !== SCHEMA_VERSION) {
    db.exec('BEGIN IMMEDIATE');
    migrate(db, paths.database);
    db.exec('COMMIT');
  }
  db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
}

/** Within a transaction: another process may have done it meanwhile. Tables that are there stay as they are. */
function migrate(db: DatabaseSync, database: string): void {
  const version = checkVersion(db, database);
  if (version === 0) db.exec(SCHEMA);
  else for (let from = version; from < SCHEMA_VERSION; from++) db.exec(MIGRATIONS.get(from) ?? '');
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
}

function useWal(db: DatabaseSync, database: string): void {
  const { journal_mode: mode } = db.prepare('PRAGMA journal_mode = WAL').get() as { journal_mode: string };
  if (mode === 'wal') return;
  throw new StateError(
    `${database} is on a file system that SQLite's WAL can't use (journal mode ${mode}). Name another state folder with --state or TOLLGATE_STATE, on a local disk.`,
  );
}

function userVersion(db: DatabaseSync): number {
  return (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
}

function checkVersion(db: DatabaseSync, database: string): number {
  const version = userVersion(db);
  if (version > SCHEMA_VERSION) {
    throw new StateError(
      `${database} was written by a newer Tollgate (schema ${version}; this one knows ${SCHEMA_VERSION}). Update Tollgate, or name another state folder.`,
    );
  }
  return version;
}

function explain(error: unknown, database: string): StateError {
  const { message } = error as Error;
  if (isDamage(error)) {
    return new StateError(
      `${database} is damaged (${message}). Keep it for inspection: move it away together with its -wal file, and Tollgate starts a new one. Budgets then start from zero.`,
    );
  }
  return new StateError(
    `${database} can't be opened: ${message}. Check the folder, or name another with --state or TOLLGATE_STATE.`,
  );
}
