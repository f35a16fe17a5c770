/**
 * What is said in one session, as one process keeps it: each message is addressed and sealed once, and handed on to be
 * written where the ledger writes.
 */
import type { Contents } from '../../core/ports.ts';
import { addressOf, newSessionKey, type SessionKeys, seal, sessionKeys, type WrappedKey } from './sealing.ts';

/**
 * For how long a process takes a message as stored without writing it again, ms. Retention never removes contents
 * that were written or written again within twice this time.
 */
export const REMEMBERED_MS = 3_600_000;
const MOST_REMEMBERED = 20_000;

/** A message that is to be stored. */
export interface SealedContent {
  readonly contents: SessionContents;
  readonly address: string;
  readonly prev: string | null;
  readonly data: Buffer;
}

/** The contents of one session, as one process writes them. */
export class SessionContents implements Contents {
  readonly session: string;
  readonly #enqueue: (row: SealedContent) => void;
  /** When each address was last written, on the monotonic clock, oldest first. */
  readonly #stored = new Map<string, number>();
  #keys: SessionKeys;
  /** Undefined once the session is erased. */
  #wrapped: WrappedKey | undefined;

  constructor(
    session: string,
    key: Buffer,
    wrapped: WrappedKey | undefined,
    enqueue: (row: SealedContent) => void,
  ) {
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
