/**
 * How old what control knows of the cluster may be. A kill, a changed policy or a pod that has gone comes by the API server;
 * where that was not heard for too long, nobody can say whether one has, and nothing more is reserved. It goes by what was
 * heard of the resource that was silent for longest, as the egress gateway does: a quiet one has a bookmark every minute or
 * two, so that nothing that is a moment late stops calls.
 */
import type { Log } from '../adapters/telemetry/log.ts';

export interface FreshnessOptions {
  /** Until when nothing can have been missed, epoch ms; undefined: not everything was read yet. */
  heardAt(): number | undefined;
  readonly staleMs: number;
  readonly log: Pick<Log, 'error' | 'info'>;
  readonly clock?: () => number;
}

export class Freshness {
  readonly #options: FreshnessOptions;
  #told = false;

  constructor(options: FreshnessOptions) {
    this.#options = options;
  }

  /** @returns why nothing can be decided by what is known, in words for people; undefined: it can */
  problem(): string | undefined {
    const { heardAt, staleMs, log, clock = Date.now } = this.#options;
    const at = heardAt();
    const isStale = at === undefined || clock() - at > staleMs;
    if (isStale !== this.#told) {
      this.#told = isStale;
      if (isStale) log.error({ staleMs }, `${this.#why}; nothing more is reserved until it is`);
      else log.info('the API server was heard again');
    }
    return isStale ? this.#why : undefined;
  }

  get #why(): string {
    return `the API server was not heard for ${Math.round(this.#options.staleMs / 1000)} seconds, so it is not known whom the kill switch stops`;
  }
}
