/** How often something may be tried: back-off after failures, and a bound that holds whatever happens. */

/** An hour in a header would be an outage of ours. */
const MOST_RETRY_AFTER_MS = 60_000;
/** What setTimeout takes. */
const MOST_TIMER_MS = 2 ** 31 - 1;

export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * "Full jitter": anything up to the exponential bound, so that many clients that failed together come back apart.
 *
 * @param attempt how many failures came before this one
 * @param retryAfterMs what the server asks for; it is waited for at least that long, up to a minute
 */
export function fullJitter(
  attempt: number,
  { baseMs, capMs }: Backoff,
  random: () => number,
  retryAfterMs = 0,
): number {
  const bound = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 40));
  return Math.max(random() * bound, Math.min(retryAfterMs, MOST_RETRY_AFTER_MS));
}

/** Half of the exponential bound for certain and half by chance: never at once, for what has just failed. */
export function halfJitter(attempt: number, { baseMs, capMs }: Backoff, random: () => number): number {
  const bound = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 40));
  return bound / 2 + (random() * bound) / 2;
}

export function timerMs(ms: number): number {
  return Math.min(Math.max(0, ms), MOST_TIMER_MS);
}

/** A token bucket: `burst` at once, then `perSecond`. */
export class Bucket {
  readonly #burst: number;
  readonly #perMs: number;
  readonly #now: () => number;
  #tokens: number;
  #at: number;

  constructor(burst: number, perSecond: number, now: () => number = () => performance.now()) {
    this.#burst = burst;
    this.#perMs = perSecond / 1000;
    this.#now = now;
    this.#tokens = burst;
    this.#at = now();
  }

  /** Takes tokens, also such as are not there yet. @returns how many ms from now they will be */
  take(cost = 1): number {
    this.#fill();
    this.#tokens -= cost;
    return this.#tokens >= 0 ? 0 : -this.#tokens / this.#perMs;
  }

  /** Takes a token only if there is one. */
  tryTake(): boolean {
    this.#fill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #fill(): void {
    const now = this.#now();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
  }
}
