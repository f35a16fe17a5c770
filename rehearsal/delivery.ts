/** Bytes on their way to one client: at a pace, in pieces, until it leaves. */
import type { ServerResponse } from 'node:http';
import { setImmediate, setTimeout } from 'node:timers/promises';

/** A client that reads one reply: whether it is still there, and how bytes get to it. */
export class Delivery {
  readonly #res: ServerResponse;
  readonly #left = new AbortController();
  readonly #pieceBytes: number | undefined;
  #waiting = Buffer.alloc(0);

  /** @param pieceBytes the size of single writes to the socket; left out, each `write` is one */
  constructor(res: ServerResponse, pieceBytes: number | undefined) {
    this.#res = res;
    this.#pieceBytes = pieceBytes;
    if (res.destroyed || res.socket?.destroyed) this.#left.abort();
    res.once('close', () => {
      if (!res.writableFinished) this.#left.abort();
    });
  }

  /** True once the client has left before its reply was complete. */
  get clientGone(): boolean {
    return this.#left.signal.aborted;
  }

  /** Waits so many milliseconds (0: one turn of the event loop), or until the client leaves. */
  async pause(ms: number): Promise<void> {
    const { signal } = this.#left;
    const waited = ms > 0 ? setTimeout(ms, undefined, { signal }) : setImmediate(undefined, { signal });
    await waited.catch(() => undefined);
  }

  /** Waits until the client leaves. */
  async untilGone(): Promise<void> {
    const { signal } = this.#left;
    if (signal.aborted) return;
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }

  /** Hands bytes to the socket and waits until they are on their way, or the client has left. */
  async write(bytes: string | Buffer): Promise<void> {
    if (this.#pieceBytes === undefined) return this.#put(Buffer.from(bytes));
    this.#waiting = Buffer.concat([this.#waiting, Buffer.from(bytes)]);
    while (this.#waiting.length >= this.#pieceBytes && !this.clientGone) {
      await this.#put(this.#waiting.subarray(0, this.#pieceBytes));
      this.#waiting = this.#waiting.subarray(this.#pieceBytes);
      // A turn of the loop in between, or the kernel gets the pieces as one.
      await this.pause(0);
    }
  }

  async #put(bytes: Buffer): Promise<void> {
    // Between the socket's end and its 'close' event a write is lost, and its callback with it.
    if (this.#res.socket?.destroyed !== false) this.#left.abort();
    if (this.clientGone || bytes.length === 0) return;
    await new Promise<void>((resolve) => {
      this.#res.write(bytes, (error) => {
        if (error) this.#left.abort();
        resolve();
      });
    });
  }

  /** Ends the reply as it should be. */
  async end(): Promise<void> {
    await this.#put(this.#waiting);
    this.#res.end();
  }

  /** Closes the socket in the middle of the reply, after what was written so far. */
  async breakOff(): Promise<void> {
    await this.#put(this.#waiting);
    this.#res.destroy();
  }
}
