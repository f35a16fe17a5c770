/** Keys by which control knows again what it granted (control/proofs.ts): one document a key, never changed. */
import { Binary, type Collection, MongoServerError } from 'mongodb';
import type { LedgerUnavailable } from '../../core/ports.ts';

export interface ProofKeyRow {
  readonly key: Binary;
  readonly at: number;
}

const DUPLICATE_KEY = 11_000;

export class ProofKeys {
  readonly #rows: Collection<ProofKeyRow>;
  readonly #unavailable: (error: unknown) => LedgerUnavailable;

  constructor(rows: Collection<ProofKeyRow>, unavailable: (error: unknown) => LedgerUnavailable) {
    this.#rows = rows;
    this.#unavailable = unavailable;
  }

  async prepare(): Promise<void> {
    await this.#rows.createIndex({ key: 1 }, { unique: true });
  }

  /**
   * Keeps these keys, where they are not there yet.
   * @returns all that there are, oldest first; @throws LedgerUnavailable
   */
  async share(keys: readonly Buffer[], now: number): Promise<readonly Buffer[]> {
    try {
      for (const key of keys) await this.#keep(new Binary(key), now);
      const rows = await this.#rows.find({}).sort({ at: 1, key: 1 }).toArray();
      return rows.map(({ key }) => Buffer.from(key.buffer).subarray(0, key.position));
    } catch (error) {
      throw this.#unavailable(error);
    }
  }

  async #keep(key: Binary, at: number): Promise<void> {
    try {
      await this.#rows.updateOne({ key }, { $setOnInsert: { at } }, { upsert: true });
    } catch (error) {
      // Another replica does it at the same time.
      if (!(error instanceof MongoServerError && error.code === DUPLICATE_KEY)) throw error;
    }
  }
}
