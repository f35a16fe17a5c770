/** Reads the contents of sessions back. Reading them is itself recorded (`content_read`): by who calls this. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { addressOf, type SessionKeys, sessionKeys, unseal, unwrapKey } from '../contents/sealing.ts';
import { readKey } from './key-file.ts';

/** The contents asked for can't be had, and the message says why. */
export class ContentUnavailable extends Error {
  override readonly name = 'ContentUnavailable';
}

interface ContentRow {
  readonly prev: string | null;
  readonly data: Uint8Array;
}

export class ContentReader {
  readonly #keyPath: string;
  readonly #session: StatementSync;
  readonly #row: StatementSync;

  /** @param db may be open to read only */
  constructor(db: DatabaseSync, keyPath: string) {
    this.#keyPath = keyPath;
    this.#session = db.prepare('SELECT wrapped_key AS wrapped FROM sessions WHERE id = ?');
    this.#row = db.prepare('SELECT prev, data FROM contents WHERE session = ? AND address = ?');
  }

  /**
   * @returns the bytes of one message
   * @throws ContentUnavailable
   */
  get(session: string, address: string): Buffer {
    return this.#open(this.#keysOf(session), session, address).bytes;
  }

  /**
   * @param head address of the last message
   * @returns the messages of a list, first to last
   * @throws ContentUnavailable if one of them can't be had
   */
  list(session: string, head: string): Buffer[] {
    const keys = this.#keysOf(session);
    const messages: Buffer[] = [];
    // An address covers the one before it, so a list can't lead back into itself.
    for (let address: string | null = head; address !== null; ) {
      const { bytes, prev } = this.#open(keys, session, address);
      messages.push(bytes);
      address = prev;
    }
    return messages.reverse();
  }

  #keysOf(session: string): SessionKeys {
    const row = this.#session.get(session) as { wrapped: Uint8Array | null } | undefined;
    if (!row) throw new ContentUnavailable(`Nothing is stored of session ${session}.`);
    if (!row.wrapped) throw new ContentUnavailable(`The contents of session ${session} were erased.`);
    const wrappingKey = readKey(this.#keyPath);
    const key = wrappingKey && unwrapKey(row.wrapped, session, wrappingKey);
    if (key) return sessionKeys(key);
    const what = wrappingKey ? 'is not the one its key was wrapped with' : 'is missing';
    throw new ContentUnavailable(`Session ${session} can't be read: the key file ${this.#keyPath} ${what}.`);
  }

  #open(keys: SessionKeys, session: string, address: string): { bytes: Buffer; prev: string | null } {
    const row = this.#row.get(session, address) as ContentRow | undefined;
    if (!row) throw new ContentUnavailable(`There is no content ${address} in session ${session}.`);
    const bytes = unseal(keys, row.data, address);
    if (bytes && addressOf(keys, bytes, row.prev) === address) return { bytes, prev: row.prev };
    throw new ContentUnavailable(`Content ${address} of session ${session} was changed.`);
  }
}
