/** The rates that one transaction touches: buckets of requests and tokens by second, and calls that run. */
import type { RateCheck } from '../../core/ledger/checks.ts';
import type { Amounts } from '../../core/ledger/fit.ts';
import {
  BUCKET_MS,
  BUCKETS,
  type Bucket,
  type RateDemand,
  type RateShortage,
  rateShortage,
} from '../../core/ledger/rate.ts';
import type { Statements } from './statements.ts';

/** In which rates a lease runs: kept with it, because policies change. */
export interface LeaseRates {
  /** Epoch second of the buckets it was counted in. */
  readonly second: number;
  readonly keys: readonly string[];
}

export class Rates {
  readonly #sql: Statements;
  readonly #now: number;
  readonly #buckets = new Map<string, Bucket[]>();
  readonly #running = new Map<string, number>();
  readonly #changed = new Map<string, Bucket & { key: string }>();

  constructor(sql: Statements, now: number) {
    this.#sql = sql;
    this.#now = now;
  }

  shortage(rate: RateCheck, demand: RateDemand): RateShortage | undefined {
    return rateShortage(rate, demand, this.#bucketsOf(rate.key), this.#runningOf(rate.key), this.#now);
  }

  count(rates: readonly RateCheck[], { requests, tokens }: Amounts): LeaseRates {
    const second = Math.floor(this.#now / BUCKET_MS);
    for (const { key } of rates) {
      this.#running.set(key, this.#runningOf(key) + requests);
      this.#addToBucket(key, second, requests, tokens);
    }
    return { second, keys: rates.map(({ key }) => key) };
  }

  /** A call ended: it no longer runs, and tokens that it did not use are given back. */
  end({ second, keys }: LeaseRates, reserved: Amounts, real: Amounts): void {
    for (const key of keys) {
      this.#running.set(key, Math.max(0, this.#runningOf(key) - reserved.requests));
      this.#addToBucket(key, second, 0, real.tokens - reserved.tokens);
    }
  }

  write(): void {
    for (const { key, second, requests, tokens } of this.#changed.values()) {
      this.#sql.putBucket.run(key, second, requests, tokens);
    }
    for (const [key, calls] of this.#running) this.#sql.putRunning.run(key, calls);
  }

  /** Drops what no longer counts. */
  sweep(): void {
    this.#sql.dropBuckets.run(Math.floor(this.#now / BUCKET_MS) - BUCKETS);
    this.#sql.dropRunning.run();
  }

  #bucketsOf(key: string): Bucket[] {
    let buckets = this.#buckets.get(key);
    if (!buckets) {
      const oldest = Math.floor(this.#now / BUCKET_MS) - BUCKETS;
      buckets = this.#sql.buckets.all(key, oldest) as unknown as Bucket[];
      this.#buckets.set(key, buckets);
    }
    return buckets;
  }

  /** Buckets older than a minute no longer count; giving tokens back to them would only create rows. */
  #addToBucket(key: string, second: number, requests: number, tokens: number): void {
    if (second <= Math.floor(this.#now / BUCKET_MS) - BUCKETS) return;
    const buckets = this.#bucketsOf(key);
    const at = buckets.findIndex((bucket) => bucket.second === second);
    const old = buckets[at] ?? { second, requests: 0, tokens: 0 };
    const changed = { second, requests: old.requests + requests, tokens: Math.max(0, old.tokens + tokens) };
    if (at >= 0) buckets[at] = changed;
    else buckets.push(changed);
    this.#changed.set(`${second} ${key}`, { ...changed, key });
  }

  #runningOf(key: string): number {
    return (
      this.#running.get(key) ?? (this.#sql.running.get(key) as { calls: number } | undefined)?.calls ?? 0
    );
  }
}
