/**
 * How control goes: in two steps, as its Service sends to it for a moment yet.
 *
 *   stop ── not ready; serves as before, each answer the last of its connection ── half of the time
 *        ── streams are ended, nobody new is taken, requests that run are answered ── the other half ── cut
 */
import type { Server } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServingOptions {
  readonly server: Pick<Server, 'close' | 'closeIdleConnections' | 'closeAllConnections'>;
  /** Ends all streams: their sidecars come back, to another replica. */
  endStreams(): void;
  /** Resolves after so many ms. */
  wait?(ms: number): Promise<unknown>;
}

export class Serving {
  #closing = false;

  /** It is being stopped; for a while yet it serves. */
  get closing(): boolean {
    return this.#closing;
  }

  /** @param graceMs all in all @returns when no connection is left */
  async stop({ server, endStreams, wait = sleep }: ServingOptions, graceMs: number): Promise<void> {
    this.#closing = true;
    await wait(graceMs / 2);
    const closed = new Promise((resolve) => server.close(resolve));
    endStreams();
    const timer = setTimeout(() => server.closeAllConnections(), graceMs / 2);
    server.closeIdleConnections();
    await closed;
    clearTimeout(timer);
  }
}
