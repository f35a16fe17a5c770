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
import { type Contents, LedgerUnavailable } from '../../core/ports.ts';
import { readOrMakeKey } from './key-file.ts';
import {
  addressOf,
  newSessionKey,
  type SessionKeys,
  seal,
  sessionKeys,
  unwrapKey,
  type WrappedKey,
  wrapKey,
} from './sealing.ts';
import { StateError } from './state.ts';

/**
 * For how long a process takes a message as stored without writing it again, ms. Retention never removes contents
 * that were written or written again within twice this time.
 */
export const REMEMBERED_MS = 3_600_000;
/** Bounds of a transaction that removes contents: overwriting a megabyte takes some milliseconds. */
export const ROWS_AT_ONCE = 200;
export const BYTES_AT_ONCE = 1_000_000;
const MOST_REMEMBERED = 20_000;
/** Bytes that may wait for a transaction while the database can't be written. */
const MOST_WAITING = 32 * 1024 * 1024;

interface Row {
  readonly contents: SessionContents;
  readonly address: string;
  readonly prev: string | null;
  readonly data: Buffer;
}

/** The contents of one session, as one process writes them. */
export class SessionContents implements Contents {
  readonly session: string;
  readonly #enqueue: (row: Row) => void;
  /** When each address was last written, on the monotonic clock, oldest first. */
  readonly #stored = new Map<string, number>();
  #keys: SessionKeys;
  /** Undefined once the session is erased. */
  #wrapped: WrappedKey | undefined;

  constructor(session: string, key: Buffer, wrapped: WrappedKey | undefined, enqueue: (row: Row) => void) {
    this.session = session;
    this.#keys = sessionKeys(key);
    this.#wrapped = wrapped;
    this.#enqueue = enqueue;
  }

  /**
   * Queues a message for the next transaction, unless it is stored. Call it before the ledger's method that names the
   * address, or in `opened`. In an erased session nothing is stored and the address means nothing.
   * @param prev address of the message before it
   * @returns its address, 64 hex digits
   * @throws LedgerUnavailable when more waits to be written than memory should hold
   */
  put(bytes: Buffer, prev: string | null): string {
    const address = addressOf(this.#keys, bytes, prev);
    if (this.#wrapped && !this.#isStored(address)) {
      this.#enqueue({ contents: this, address, prev, data: seal(this.#keys, bytes, address) });
    }
    return address;
  }

  get erased(): boolean {
    return this.#wrapped === undefined;
  }

  /** The session's key as it has to stand in the database. */
  get wrapped(): WrappedKey | undefined {
    return this.#wrapped;
  }

  /** Forgets the key: what is put from now on gets addresses under a key that nobody has. */
  forget(): void {
    this.#wrapped = undefined;
    this.#keys = sessionKeys(newSessionKey());
    this.#stored.clear();
  }

  /** Called once its row is committed. */
  remember(address: string): void {
    this.#stored.delete(address);
    this.#stored.set(address, performance.now());
    if (this.#stored.size > MOST_REMEMBERED) {
      const oldest = this.#stored.keys().next().value;
      if (oldest !== undefined) this.#stored.delete(oldest);
    }
  }

  #isStored(address: string): boolean {
    const at = this.#stored.get(address);
    return at !== undefined && performance.now() - at < REMEMBERED_MS;
  }
}

/** Writes the contents of all sessions of one process into its transactions. */
export class ContentStore {
  readonly #keyPath: string;
  readonly #waiting = new Map<string, Row>();
  #waitingBytes = 0;
  #written: Row[] = [];
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
    const enqueue = (row: Row) => this.#enqueue(row);
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

  #enqueue(row: Row): void {
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

function nameOf({ contents, address }: Row): string {
  return `${contents.session} ${address}`;
}
