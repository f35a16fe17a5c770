/**
 * One call to a provider, as undici's handler: no promises and no stream objects for each piece.
 *
 *   head ──> (status, headers)      pieces ──> consume(…) once somebody listens; until then they are kept
 *
 * Consumers must not throw: what escapes from an error callback of undici ends the process.
 */
import type { Dispatcher } from 'undici';
import { Pieces } from '../../core/wire/pieces.ts';

export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: string[];
  readonly body: Buffer | null;
}

export interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface Consumer {
  data(chunk: Buffer): void;
  end(): void;
  /** The connection broke, stayed silent for too long, or was broken off from here. */
  error(error: Error): void;
}

/** Of a reply that is kept; a stream of 128,000 output tokens has about 20 MB. */
const MOST_KEPT = 32 * 1024 * 1024;

/** Why a call is broken off that nobody waits for any more. */
export class AgentGone extends Error {
  override readonly name = 'AgentGone';
}

export class UpstreamCall implements Dispatcher.DispatchHandler {
  readonly head: Promise<Head>;
  #resolveHead!: (head: Head) => void;
  #rejectHead!: (error: Error) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #consumer: Consumer | undefined;
  readonly #waiting = new Pieces();
  readonly #keep: boolean;
  readonly #received = new Pieces();
  #receivedBytes = 0;
  #over: Error | true | undefined;
  #sent = false;
  #broken: Error | undefined;
  #silent = false;

  /** @param keep whether what arrives is also kept for the audit log */
  constructor(keep: boolean) {
    this.#keep = keep;
    this.head = new Promise((resolve, reject) => {
      this.#resolveHead = resolve;
      this.#rejectHead = reject;
    });
  }

  /** Whether the provider may have seen the request: from then on a call may cost money. */
  get sent(): boolean {
    return this.#sent;
  }

  /** What has arrived of the reply, if it is kept; of a very long one only the beginning. */
  get received(): Buffer {
    return this.#received.join();
  }

  get receivedInPart(): boolean {
    return this.#receivedBytes > this.#received.bytes;
  }

  consume(consumer: Consumer): void {
    this.#consumer = consumer;
    const waiting = this.#waiting.join();
    this.#waiting.clear();
    if (waiting.length > 0 && !this.#silent) consumer.data(waiting);
    if (this.#over !== undefined) this.#tell(this.#over);
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }

  /** Breaks the call off; nothing more is told. */
  abort(): void {
    this.#silent = true;
    this.breakOff(new Error('broken off'));
  }

  /** Breaks the call off as if the connection had failed; one that has no connection yet is never sent. */
  breakOff(error: Error): void {
    if (this.#broken !== undefined || this.#over !== undefined) return;
    this.#broken = error;
    if (this.#controller) this.#controller.abort(error);
    else this.onResponseError(undefined, error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // undici calls this when it takes the request to a connection, right before it writes.
    if (this.#broken === undefined) this.#sent = true;
    else controller.abort(this.#broken);
  }

  onResponseStart(_controller: unknown, status: number, headers: Head['headers']): void {
    // 1xx replies are not the reply.
    if (status >= 200) this.#resolveHead({ status, headers });
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (this.#silent) return;
    if (this.#keep) this.#keepPiece(chunk);
    if (this.#consumer) this.#consumer.data(chunk);
    else this.#waiting.push(chunk);
  }

  #keepPiece(chunk: Buffer): void {
    this.#receivedBytes += chunk.length;
    // Pieces may be parts of larger buffers, which must not stay in memory for them.
    if (this.#receivedBytes <= MOST_KEPT) this.#received.push(Buffer.from(chunk));
  }

  onResponseEnd(): void {
    this.#finish(true);
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#rejectHead(error);
    this.#finish(error);
  }

  #finish(how: Error | true): void {
    if (this.#over !== undefined) return;
    this.#over = how;
    if (this.#consumer) this.#tell(how);
  }

  #tell(how: Error | true): void {
    if (this.#silent) return;
    if (how === true) this.#consumer?.end();
    else this.#consumer?.error(how);
  }
}
