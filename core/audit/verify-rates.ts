/** Rates against the leases of the last minute, and calls that run against the leases that are open. */
import { BUCKETS } from '../ledger/rate.ts';
import { type Finding, finding } from './finding.ts';
import { type Counted, secondOf } from './lease-entries.ts';
import type { StoredBucket } from './source.ts';

interface Sum {
  readonly key: string;
  readonly second: number;
  requests: number;
  tokens: number;
}

export class RateSums {
  /** Buckets of this second and before no longer count: they may be there or not. */
  readonly #last: number;
  readonly #running = new Map<string, number>();
  readonly #buckets = new Map<string, Sum>();

  /** @param now epoch ms: not before the moment from which the store is read */
  constructor(now: number) {
    this.#last = secondOf(now) - BUCKETS;
  }

  add({ isOpen, reserved, rates, paced }: Counted): void {
    if (rates === undefined) return;
    const { second, keys } = rates;
    for (const key of keys) {
      if (isOpen) this.#running.set(key, (this.#running.get(key) ?? 0) + reserved.requests);
      if (second <= this.#last) continue;
      const sum = this.#buckets.get(`${second} ${key}`) ?? none(key, second);
      sum.requests += reserved.requests;
      sum.tokens += paced;
      this.#buckets.set(`${second} ${key}`, sum);
    }
  }

  *compare(
    buckets: Iterable<StoredBucket>,
    running: Iterable<readonly [key: string, calls: number]>,
  ): Generator<Finding> {
    const missing = new Map(this.#buckets);
    for (const { key, second, requests, tokens } of buckets) {
      if (second <= this.#last) continue;
      const sum = missing.get(`${second} ${key}`) ?? none(key, second);
      missing.delete(`${second} ${key}`);
      if (requests === sum.requests && tokens === sum.tokens) continue;
      yield wrongBucket(sum, `${requests} requests and ${tokens} tokens`);
    }
    for (const sum of missing.values()) {
      if (sum.requests > 0 || sum.tokens > 0) yield wrongBucket(sum, 'nothing');
    }
    const idle = new Map(this.#running);
    for (const [key, calls] of running) {
      const sum = idle.get(key) ?? 0;
      idle.delete(key);
      if (calls !== sum) yield wrongRunning(key, calls, sum);
    }
    for (const [key, sum] of idle) if (sum > 0) yield wrongRunning(key, 0, sum);
  }
}

function none(key: string, second: number): Sum {
  return { key, second, requests: 0, tokens: 0 };
}

function wrongBucket({ key, second, requests, tokens }: Sum, has: string): Finding {
  return finding('rate_mismatch', {
    sentence: `Rate ${key} has ${has} in second ${second}; its leases come to ${requests} and ${tokens}.`,
  });
}

function wrongRunning(key: string, calls: number, sum: number): Finding {
  return finding('rate_mismatch', {
    sentence: `Rate ${key} counts ${calls} calls that run; ${sum} leases in it are open.`,
  });
}
