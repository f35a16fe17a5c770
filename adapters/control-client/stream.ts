/**
 * The one stream that comes down from control: kept open for ever, and opened anew whenever it ends.
 *
 *   connect ── events ──> handlers        ended, silent or refused ──> wait (full jitter) ──> connect
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { type Events, HEARTBEAT_MS, PATHS } from '../../control-api/messages.ts';
import type { ControlConnection } from './connection.ts';

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 15_000;
/** A stream that stood so long was a good one: waits begin small again. */
const GOOD_MS = 30_000;

export interface StreamOptions {
  readonly connection: Pick<ControlConnection, 'stream'>;
  /** @param name of an event that this release knows. Must not throw. */
  onEvent<Name extends keyof Events>(name: Name, event: Events[Name]): void;
  /** Told when the stream is lost, once, with why. */
  onLost(why: string): void;
  onConnected(): void;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

const KNOWN: ReadonlySet<string> = new Set<keyof Events>(['policy', 'problem', 'credentials', 'kill']);

export class ControlStream {
  readonly #options: StreamOptions;
  readonly #stopped = new AbortController();
  readonly #done: Promise<void>;
  #connected = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Nothing is said after it. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    const { onLost, random = Math.random } = this.#options;
    let longest = FIRST_WAIT_MS;
    let said = false;
    while (!signal.aborted) {
      const began = performance.now();
      const why = await this.#follow().catch((error: unknown) => String((error as Error).message ?? error));
      const wasConnected = this.#connected;
      this.#connected = false;
      if (signal.aborted) return;
      if (wasConnected) said = false;
      if (!said) onLost(why);
      said = true;
      longest = performance.now() - began > GOOD_MS ? FIRST_WAIT_MS : Math.min(longest * 2, LONGEST_WAIT_MS);
      await sleep(random() * longest, undefined, { signal }).catch(() => undefined);
    }
  }

  /** @returns why it ended */
  async #follow(): Promise<string> {
    const { connection, onConnected } = this.#options;
    const bytes = await connection.stream(PATHS.events, 2 * HEARTBEAT_MS, this.#stopped.signal);
    this.#connected = true;
    onConnected();
    const decoder = new TextDecoder();
    const parser = createParser({ onEvent: ({ event, data }) => this.#take(event ?? '', data) });
    for await (const chunk of bytes) parser.feed(decoder.decode(chunk, { stream: true }));
    return 'control ended the stream';
  }

  /** @throws SyntaxError for what is no JSON: the stream is opened anew then */
  #take(name: string, data: string): void {
    if (this.#stopped.signal.aborted || !KNOWN.has(name)) return;
    this.#options.onEvent(name as keyof Events, JSON.parse(data));
  }
}
