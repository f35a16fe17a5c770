/** Sends what is in the spool to control, oldest first, one batch at a time, for as long as it takes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ContentsAnswer, type EntriesAnswer, PATHS } from '../../control-api/messages.ts';
import { type ControlConnection, ControlRefused } from './connection.ts';
import type { Spool, SpooledBatch } from './spool.ts';

const BATCH_BYTES = 512 * 1024;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 10_000;

export interface PumpOptions {
  readonly connection: Pick<ControlConnection, 'post'>;
  readonly spool: Spool;
  /** Control will never take what it was sent. Told each time. */
  onRefused(error: ControlRefused): void;
  /** The session was erased: nothing of it is kept any longer. */
  onErased?(): void;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

export class Pump {
  readonly #options: PumpOptions;
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: PumpOptions) {
    this.#options = options;
  }

  /** There is something new in the spool. */
  kick(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** @returns when everything was sent, or after `ms`; what is left stays in the spool */
  async stop(ms: number): Promise<void> {
    this.kick();
    const timer = setTimeout(() => this.#stopped.abort(), ms);
    await this.#running;
    clearTimeout(timer);
    this.#stopped.abort();
  }

  async #run(): Promise<void> {
    const { spool, random = Math.random } = this.#options;
    const { signal } = this.#stopped;
    let wait = FIRST_WAIT_MS;
    // What is appended in this turn goes out together.
    await new Promise(setImmediate);
    for (;;) {
      const batch = spool.batch(BATCH_BYTES);
      if (batch === undefined || signal.aborted) return;
      if (await this.#send(batch)) {
        wait = FIRST_WAIT_MS;
        continue;
      }
      await this.#rest(wait / 2 + (random() * wait) / 2);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  }

  /** @returns whether it is stored */
  async #send(batch: SpooledBatch): Promise<boolean> {
    const { connection, spool, onRefused, onErased } = this.#options;
    try {
      if ('contents' in batch) {
        const said = (await connection.post(PATHS.contents, batch, this.#stopped.signal)) as ContentsAnswer;
        if ('erased' in said) onErased?.();
        // Of a session that was erased nothing is kept.
        spool.acknowledgeContents(batch.contents.length);
        return true;
      }
      const answer = (await connection.post(PATHS.entries, batch, this.#stopped.signal)) as EntriesAnswer;
      if (!Number.isSafeInteger(answer.acknowledged)) return false;
      spool.acknowledge(batch.chain, answer.acknowledged);
      return answer.acknowledged >= (batch.entries.at(-1)?.seq ?? 0);
    } catch (error) {
      if (error instanceof ControlRefused) onRefused(error);
      return false;
    }
  }

  /** Waits; something new in the spool is no reason to ask sooner, the end of the process is. */
  async #rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
  }
}
