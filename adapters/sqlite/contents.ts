/**
 * Message contents, stored once per session and encrypted with its key.
 *
 *   put(bytes, prev) ──> address ──> the entry that names it
 *          └── new here? sealed ──> queue ──> written by the next transaction: that entry's, or one before it
 *
 * A conversation is a linked list: each message's address covers the one before it, so a turn that resends the whole
 * history stores only what is new.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LedgerUnavailable } from '../../core/ports.ts';
import { newSessionKey, unwrapKey, wrapKey } from '../contents/sealing.ts';
import { type SealedContent, SessionContents } from '../contents/session.ts';
import { readOrMakeKey } from './key-file.ts';
import { StateError } from './state.ts';

/** Bounds of a transaction that removes contents: overwriting a megabyte takes some milliseconds. */
export const ROWS_AT_ONCE = 200;
export const BYTES_AT_ONCE = 1_000_000;
/** Bytes that may wait for a transaction while the database can't be written. */
const MOST_WAITING = 32 * 1024 * 1024;

/** Writes the contents of all sessions of one process into its transactions. */
export class ContentStore {
  readonly #keyPath: string;
  readonly #waiting = new Map<string, SealedContent>();
  #waitingBytes = 0;
  #written: SealedContent[] = [];
  readonly #session: StatementSync;
  readonly #putSession: StatementSync;
  readonly #put: StatementSync;

  constructor(db: DatabaseSync, keyPath: string) {
    this.#keyPath = keyPath;
    this.#session = db.prepare('SELECT wrapped_key AS wrapped FROM sessions WHERE id = ?');
    this.#putSession = db.prepare('INSERT INTO sessions (id, wrapped_key, created_at) VALUES (?, ?, ?)');
    this.#put = db.prepare(
      `INSERT INTO contents (session, address, prev, at, data) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (session, address) DO UPDATE SET at = excluded.at`,
    );
  }

  /** Within a transaction. @throws StateError when the key file can't be used, or is not the one that fits */
  open(session: string, now: number): SessionContents {
    const enqueue = (row: SealedContent) => this.#enqueue(row);
    const known = this.#row(session);
    if (known?.wrapped === null) return new SessionContents(session, newSessionKey(), undefined, enqueue);
    const wrappingKey = readOrMakeKey(this.#keyPath);
    if (!known) {
      const key = newSessionKey();
      const wrapped = wrapKey(key, session, wrappingKey);
      this.#putSession.run(session, wrapped, now);
      return new SessionContents(session, key, wrapped, enqueue);
    }
    const key = unwrapKey(known.wrapped, session, wrappingKey);
    if (key) return new SessionContents(session, key, known.wrapped, enqueue);
    throw new StateError(
      `The key of session ${session} was not wrapped with ${this.#keyPath}. Put back the key file it was made with, or use another session.`,
    );
  }

  /** Within a transaction: writes what waits. Rows of sessions that somebody erased are dropped. */
  write(now: number): void {
    this.#written = [];
    if (this.#waiting.size === 0) return;
    const mayStore = new Map<SessionContents, boolean>();
    for (const row of this.#waiting.values()) {
      const { contents, address, prev, data } = row;
      if (!mayStore.has(contents)) mayStore.set(contents, this.#mayStore(contents, now));
      if (mayStore.get(contents)) this.#put.run(contents.session, address, prev, now, data);
      this.#written.push(row);
    }
  }

  /** After the transaction that write() was called in. */
  committed(): void {
    for (const row of this.#written) {
      if (!row.contents.erased) row.contents.remember(row.address);
      this.#waiting.delete(nameOf(row));
      this.#waitingBytes -= row.data.length;
    }
    this.#written = [];
  }

  #enqueue(row: SealedContent): void {
    if (this.#waiting.has(nameOf(row))) return;
    if (this.#waitingBytes + row.data.length > MOST_WAITING && this.#waiting.size > 0) {
      throw new LedgerUnavailable("contents can't be stored: too many wait for the state database already");
    }
    this.#waiting.set(nameOf(row), row);
    this.#waitingBytes += row.data.length;
  }

  #mayStore(contents: SessionContents, now: number): boolean {
    if (!contents.wrapped) return false;
    const known = this.#row(contents.session);
    // Retention removed a session that had nothing left and still lives.
    if (!known) this.#putSession.run(contents.session, contents.wrapped, now);
    if (!known || (known.wrapped && Buffer.compare(known.wrapped, contents.wrapped) === 0)) return true;
    contents.forget();
    return false;
  }

  #row(session: string): { wrapped: Uint8Array | null } | undefined {
    return this.#session.get(session) as { wrapped: Uint8Array | null } | undefined;
  }
}

function nameOf({ contents, address }: SealedContent): string {
  return `${contents.session} ${address}`;
}
