/**
 * Rates over any 60 seconds, counted in buckets of one second.
 *
 *   …│ 58 │ 59 │ now │   a call at `now` sees this second's bucket and the 60 before it
 *
 * Looking at 61 buckets errs by less than a second against the agent and never lets more than the rate through in any
 * 60 seconds, which a token bucket would (its burst comes on top).
 */
import type { RateCheck } from './checks.ts';

export const BUCKET_MS = 1000;
export const BUCKETS = 61;

/** What one bucket holds. */
export interface Bucket {
  /** Epoch seconds. */
  readonly second: number;
  readonly requests: number;
  readonly tokens: number;
}

/** What a call adds. */
export interface RateDemand {
  readonly requests: number;
  /** At most; the difference is given back at settlement. */
  readonly tokens: number;
}

export interface RateShortage {
  readonly kind: 'rate';
  readonly check: RateCheck;
  readonly what: 'requests' | 'tokens' | 'concurrent';
  /** When it may fit, in ms from now; running calls may end sooner than known, so `concurrent` says a second. */
  readonly retryAfterMs: number;
}

/**
 * @param buckets those of the last 61 seconds, oldest first
 * @param running calls that run at the moment under this rate
 * @param now epoch ms
 * @returns the first number of the rate that the call exceeds
 */
export function rateShortage(
  check: RateCheck,
  demand: RateDemand,
  buckets: readonly Bucket[],
  running: number,
  now: number,
): RateShortage | undefined {
  if (check.concurrent !== undefined && running >= check.concurrent && demand.requests > 0) {
    return { kind: 'rate', check, what: 'concurrent', retryAfterMs: BUCKET_MS };
  }
  for (const what of ['requests', 'tokens'] as const) {
    const limit = what === 'requests' ? check.requestsPerMinute : check.tokensPerMinute;
    if (limit === undefined) continue;
    // A call larger than the whole rate may go when nothing else did: it could never go otherwise.
    const wanted = Math.min(demand[what], limit);
    const used = buckets.reduce((sum, bucket) => sum + bucket[what], 0);
    // After such a call, one that adds nothing (listing models) still exceeds nothing.
    if (wanted > 0 && used + wanted > limit) {
      return { kind: 'rate', check, what, retryAfterMs: waitFor(used + wanted - limit, what, buckets, now) };
    }
  }
  return undefined;
}

/** @returns how long until buckets with at least `excess` have left the 61 seconds */
function waitFor(
  excess: number,
  what: 'requests' | 'tokens',
  buckets: readonly Bucket[],
  now: number,
): number {
  let left = excess;
  for (const bucket of buckets) {
    left -= bucket[what];
    if (left <= 0) return Math.max(1, (bucket.second + BUCKETS) * BUCKET_MS - now);
  }
  return BUCKETS * BUCKET_MS;
}
