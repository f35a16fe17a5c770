/**
 * Destroys what was said in a session, and proves it.
 *
 *   key ──> overwritten, `erased` entry (one transaction) ──> messages removed ──> journal emptied into the database
 *                                                                        ──> bytes of all files searched for the key
 *
 * Entries stay: the chain still verifies, and their addresses tell nothing without the key.
 */
import { createReadStream, existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { erasedSessions } from '../../core/audit/proven.ts';
import { plural } from '../../core/wording.ts';
import { tracesOf } from '../contents/sealing.ts';
import { tablesOf } from './audit-source.ts';
import { BYTES_AT_ONCE, ROWS_AT_ONCE } from './contents.ts';
import { readEnds } from './ends.ts';
import { isBusy } from './errors.ts';
import type { SqliteLedger } from './ledger.ts';
import { StateError, type StatePaths } from './state.ts';

export interface EraseOptions {
  readonly db: DatabaseSync;
  readonly paths: StatePaths;
  /** Writes the `erased` entry; of the same database. */
  readonly ledger: SqliteLedger;
  /** How long other processes are waited for, ms. */
  readonly patienceMs?: number;
}

export interface Erasure {
  /** Whether no trace of the key is left in the database, its journal or free pages. */
  readonly complete: boolean;
  /** How many messages were removed. */
  readonly messages: number;
  /** For people: what was done, and what keeps it from being complete. */
  readonly sentence: string;
}

const PATIENCE_MS = 5_000;

/**
 * Erases a session's key and contents. May be called again for a session whose erasure was not complete.
 * @throws StateError when nothing is known of the session; LedgerUnavailable when the database can't be written
 */
export async function eraseSession(session: string, options: EraseOptions): Promise<Erasure> {
  const { db, paths, ledger, patienceMs = PATIENCE_MS } = options;
  const before = db.prepare('SELECT 1 FROM sessions WHERE id = ? AND erased_at IS NOT NULL').get(session);
  const traces = await destroyKey(session, options);
  const messages = await removeContents(session, ledger, db);
  const said = plural(messages, 'message');
  const done = before
    ? `Session ${session} was erased before${messages === 0 ? '' : `; ${said} of it were still there and were removed`}.`
    : `The key of session ${session} and ${said} were removed.`;
  if (!(await emptyJournal(db, patienceMs))) {
    const sentence = `${done} This is not complete yet: another process is using the database, so the journal ${paths.database}-wal may still have copies of them. End it, or wait until it is idle, and erase the session again.`;
    return { complete: false, messages, sentence };
  }
  const file = await findIn([paths.database, `${paths.database}-wal`, `${paths.database}-shm`], traces);
  if (file) {
    const sentence = `${done} This is not complete: a copy of the key is left in ${file}. Something wrote to it that does not overwrite what it deletes. End all processes that use it, and run VACUUM on it with sqlite3.`;
    return { complete: false, messages, sentence };
  }
  return { complete: true, messages, sentence: `${done} No trace of the key is left in the database.` };
}

/** @returns by which bytes the key would be found; none when it was erased before */
function destroyKey(session: string, { db, paths, ledger }: EraseOptions): Promise<Buffer[]> {
  const known = db.prepare('SELECT wrapped_key AS wrapped, erased_at AS erased FROM sessions WHERE id = ?');
  const lease = db.prepare('SELECT 1 FROM leases WHERE session = ? LIMIT 1');
  const overwrite = db.prepare('UPDATE sessions SET wrapped_key = NULL, erased_at = ? WHERE id = ?');
  const forbid = db.prepare('INSERT INTO sessions (id, created_at, erased_at) VALUES (?, ?, ?)');
  const recorded = () => erasedSessions(tablesOf(db), readEnds(paths.ends)).has(session);
  return ledger.inTransaction((tx) => {
    const row = known.get(session) as { wrapped: Uint8Array | null; erased: number | null } | undefined;
    if (row && row.erased !== null) {
      // Its process may have died before that had its end: then verify does not believe it.
      if (!recorded()) tx.append({ kind: 'erased', at: tx.now, session });
      return [];
    }
    if (!row && !lease.get(session)) throw new StateError(`Nothing is known of session ${session}.`);
    if (row) overwrite.run(tx.now, session);
    else forbid.run(session, tx.now, tx.now);
    tx.append({ kind: 'erased', at: tx.now, session });
    return row?.wrapped ? tracesOf(row.wrapped) : [];
  });
}

async function removeContents(session: string, ledger: SqliteLedger, db: DatabaseSync): Promise<number> {
  const next = db.prepare('SELECT address, length(data) AS size FROM contents WHERE session = ? LIMIT ?');
  const remove = db.prepare('DELETE FROM contents WHERE session = ? AND address = ?');
  for (let removed = 0; ; ) {
    const count = await ledger.inTransaction(() => {
      const rows = next.all(session, ROWS_AT_ONCE) as { address: string; size: number }[];
      let [taken, bytes] = [0, 0];
      for (const { address, size } of rows) {
        if (taken > 0 && bytes + size > BYTES_AT_ONCE) break;
        remove.run(session, address);
        taken++;
        bytes += size;
      }
      return taken;
    });
    if (count === 0) return removed;
    removed += count;
  }
}

/** @returns whether all of the journal is in the database, and nothing in it any more */
async function emptyJournal(db: DatabaseSync, patienceMs: number): Promise<boolean> {
  const until = performance.now() + patienceMs;
  while (!isEmptied(db)) {
    if (performance.now() > until) return false;
    await sleep(20 + Math.random() * 30);
  }
  return true;
}

function isEmptied(db: DatabaseSync): boolean {
  try {
    const { busy } = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number };
    return busy === 0;
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  }
}

/** @returns the first file that has any of these bytes in it */
async function findIn(files: readonly string[], needles: readonly Buffer[]): Promise<string | undefined> {
  for (const file of files) if (existsSync(file) && (await hasAny(file, needles))) return file;
  return undefined;
}

async function hasAny(file: string, needles: readonly Buffer[]): Promise<boolean> {
  const longest = Math.max(0, ...needles.map(({ length }) => length));
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    if (needles.some((needle) => bytes.includes(needle))) return true;
    rest = bytes.subarray(Math.max(0, bytes.length - longest + 1));
  }
  return false;
}
