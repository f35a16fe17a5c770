/**
 * What was said, in MongoDB: once per session, sealed with its key by its sidecar, in parts that fit a document.
 *
 *   content_keys  one document a session: its key, wrapped with the installation's; null once it was erased
 *   contents      one document a part, unique by (session, address, part)
 *
 * Erasing a session destroys its key and removes its documents; entries stay, and the addresses in them say nothing then.
 */
import { Binary, type Collection, MongoServerError } from 'mongodb';
import type { ContentPart } from '../../control-api/messages.ts';
import { LedgerUnavailable } from '../../core/ports.ts';
import {
  addressOf,
  newSessionKey,
  type SessionKeys,
  sessionKeys,
  unseal,
  unwrapKey,
  wrapKey,
} from '../contents/sealing.ts';
import { insertNew } from './insert.ts';

export interface KeyRow {
  readonly session: string;
  readonly wrapped: Binary | null;
  readonly at: number;
  readonly erasedAt: number | null;
}

export interface PartRow extends Omit<ContentPart, 'data'> {
  readonly session: string;
  readonly at: number;
  readonly data: Binary;
}

export interface ContentCollections {
  readonly keys: Collection<KeyRow>;
  readonly parts: Collection<PartRow>;
}

/** The contents asked for can't be had, and the message says why. */
export class ContentUnavailable extends Error {
  override readonly name = 'ContentUnavailable';
}

const DUPLICATE_KEY = 11_000;

export class MongoContents {
  readonly #keys: Collection<KeyRow>;
  readonly #parts: Collection<PartRow>;
  readonly #unavailable: (error: unknown) => LedgerUnavailable;

  constructor({ keys, parts }: ContentCollections, unavailable: (error: unknown) => LedgerUnavailable) {
    this.#keys = keys;
    this.#parts = parts;
    this.#unavailable = unavailable;
  }

  async prepare(): Promise<void> {
    await this.#keys.createIndex({ session: 1 }, { unique: true });
    await this.#parts.createIndex({ session: 1, address: 1, part: 1 }, { unique: true });
  }

  /**
   * @param wrapping the installation's key, 32 bytes
   * @returns the session's key, made when there is none; undefined when the session was erased
   * @throws LedgerUnavailable, also where the session's key was wrapped with another key
   */
  async keyOf(session: string, wrapping: Buffer, now: number): Promise<Buffer | undefined> {
    return this.#try(async () => {
      const known = (await this.#row(session)) ?? (await this.#make(session, wrapping, now));
      if (known === undefined || known.wrapped === null) return undefined;
      const key = unwrapKey(bytesOf(known.wrapped), session, wrapping);
      if (key !== undefined) return key;
      throw new LedgerUnavailable(
        `the key of session ${session} was wrapped with another key than that of this installation: put that Secret back`,
      );
    });
  }

  /**
   * Stores parts that are not there yet.
   * @returns false when the session was erased, or never had a key: nothing of it is kept
   * @throws LedgerUnavailable
   */
  async put(session: string, parts: readonly ContentPart[], now: number): Promise<boolean> {
    return this.#try(async () => {
      const row = await this.#row(session);
      if (row === null || row.wrapped === null) return false;
      await insertNew(
        this.#parts,
        parts.map(({ data, ...part }) => ({
          ...{ session, at: now, address: part.address, prev: part.prev, part: part.part },
          ...{ parts: part.parts, data: new Binary(Buffer.from(data, 'base64')) },
        })),
      );
      return true;
    });
  }

  /**
   * Destroys the session's key and removes what was said. Nothing of it is kept from then on.
   * @returns how many documents were removed
   * @throws LedgerUnavailable
   */
  async erase(session: string, now: number): Promise<number> {
    return this.#try(async () => {
      await this.#keys.updateOne(
        { session },
        { $set: { wrapped: null, erasedAt: now }, $setOnInsert: { at: now } },
        { upsert: true },
      );
      const { deletedCount } = await this.#parts.deleteMany({ session });
      return deletedCount;
    });
  }

  /** @returns whether contents of it were ever asked for, or erased; @throws LedgerUnavailable */
  async knows(session: string): Promise<boolean> {
    return this.#try(async () => (await this.#row(session)) !== null);
  }

  /**
   * @param head address of the last message
   * @returns the messages of a list, first to last
   * @throws ContentUnavailable if one of them can't be had; LedgerUnavailable
   */
  async list(session: string, head: string, wrapping: Buffer): Promise<Buffer[]> {
    const keys = await this.#keysOf(session, wrapping);
    const messages: Buffer[] = [];
    // An address covers the one before it, so a list can't lead back into itself.
    for (let address: string | null = head; address !== null; ) {
      const { bytes, prev } = await this.#open(keys, session, address);
      messages.push(bytes);
      address = prev;
    }
    return messages.reverse();
  }

  /** @returns one message; @throws as list() */
  async get(session: string, address: string, wrapping: Buffer): Promise<Buffer> {
    return (await this.#open(await this.#keysOf(session, wrapping), session, address)).bytes;
  }

  async #keysOf(session: string, wrapping: Buffer): Promise<SessionKeys> {
    const row = await this.#try(() => this.#row(session));
    if (row === null) throw new ContentUnavailable(`Nothing is stored of session ${session}.`);
    if (row.wrapped === null) throw new ContentUnavailable(`The contents of session ${session} were erased.`);
    const key = unwrapKey(bytesOf(row.wrapped), session, wrapping);
    if (key !== undefined) return sessionKeys(key);
    throw new ContentUnavailable(
      `Session ${session} can't be read: its key was wrapped with another key than that of this installation.`,
    );
  }

  async #open(
    keys: SessionKeys,
    session: string,
    address: string,
  ): Promise<{ bytes: Buffer; prev: string | null }> {
    const rows = await this.#try(() => this.#parts.find({ session, address }).sort({ part: 1 }).toArray());
    const [first] = rows;
    if (first === undefined || rows.length !== first.parts)
      throw new ContentUnavailable(`There is no content ${address} in session ${session}, or not all of it.`);
    const { prev } = first;
    const bytes = unseal(keys, Buffer.concat(rows.map(({ data }) => bytesOf(data))), address);
    if (bytes !== undefined && addressOf(keys, bytes, prev) === address) return { bytes, prev };
    throw new ContentUnavailable(`Content ${address} of session ${session} was changed.`);
  }

  #row(session: string): Promise<KeyRow | null> {
    return this.#keys.findOne({ session });
  }

  /** @returns the key that is there in the end: several may be at it */
  async #make(session: string, wrapping: Buffer, at: number): Promise<KeyRow | undefined> {
    const wrapped = new Binary(Buffer.from(wrapKey(newSessionKey(), session, wrapping)));
    const row = { session, wrapped, at, erasedAt: null };
    try {
      await this.#keys.insertOne({ ...row });
      return row;
    } catch (error) {
      if (!(error instanceof MongoServerError) || error.code !== DUPLICATE_KEY) throw error;
      return (await this.#row(session)) ?? undefined;
    }
  }

  async #try<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof LedgerUnavailable ? error : this.#unavailable(error);
    }
  }
}

function bytesOf({ buffer, position }: Binary): Buffer {
  return Buffer.from(buffer).subarray(0, position);
}
