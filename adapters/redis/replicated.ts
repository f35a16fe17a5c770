/**
 * Calls that count only once they are on every replica: those that come while one group waits go together in the next.
 *
 *   calls ──> queue ──> FCALL … FCALL, WAIT ──(one round trip)──> each call's promise
 */
import type { Arguments, Connection } from './connection.ts';

/** Bounds how long one group holds up Redis; a call takes some 100 µs of it. */
const MOST_TOGETHER = 64;

interface Waiting {
  readonly name: string;
  readonly args: Arguments;
  resolve(result: { readonly answer: unknown; readonly replicas: number }): void;
  reject(error: unknown): void;
}

export class ReplicatedCalls {
  readonly #connection: Connection;
  #queue: Waiting[] = [];
  #isBusy = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** @returns the answer, and how many replicas have what it wrote; rejects with LedgerUnavailable */
  async call(name: string, args: Arguments): Promise<{ answer: unknown; replicas: number }> {
    if (this.#connection.settings.minReplicas === 0) {
      return { answer: await this.#connection.call(name, args), replicas: 0 };
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ name, args, resolve, reject });
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#isBusy || this.#queue.length === 0) return;
    this.#isBusy = true;
    // Calls of one turn of the event loop go together.
    setImmediate(() => this.#send(this.#queue.splice(0, MOST_TOGETHER)));
  }

  async #send(group: readonly Waiting[]): Promise<void> {
    try {
      const { answers, replicas } = await this.#connection.callTogether(group);
      for (const [i, { resolve, reject }] of group.entries()) {
        const [error, answer] = answers[i] ?? [new Error('there was no answer'), undefined];
        if (error) reject(error);
        else resolve({ answer, replicas });
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    } finally {
      this.#isBusy = false;
      this.#flush();
    }
  }
}
