/** Responses that are kept for later. */
import type { JsonObject } from '../json.ts';
import { textOf } from '../json.ts';

/** A response that was asked to be stored. */
export type Stored = {
  /** The items that the model read, and those that it made. */
  readonly input: readonly JsonObject[];
  readonly output: readonly JsonObject[];
  /** As it was sent. */
  readonly json: string;
};

const most = 1000;

/** The responses that a server keeps, which they are unless a request says `store: false`; the last 1,000. */
export class ResponseStore {
  readonly #responses = new Map<string, Stored>();

  keep(id: string, stored: Stored): void {
    this.#responses.set(id, stored);
    const oldest = this.#responses.keys().next().value;
    if (this.#responses.size > most && oldest !== undefined) this.#responses.delete(oldest);
  }

  find(id: string): Stored | undefined {
    return this.#responses.get(id);
  }

  /** An item of any response, by its id. */
  findItem(id: string): JsonObject | undefined {
    for (const { input, output } of this.#responses.values()) {
      const item = [...output, ...input].find((one) => textOf(one.id) === id);
      if (item !== undefined) return item;
    }
    return undefined;
  }

  /** @returns whether there was one */
  delete(id: string): boolean {
    return this.#responses.delete(id);
  }
}
