/**
 * A work queue of keys: what controllers reconcile from.
 *
 *   add ──> ready (each key once) ──> N workers, a key never in two ──> done
 *             ^                                                          │ failed: later, and later again
 *             └──────────────── later <──────────────────────────────────┘ requeueAfterMs
 *
 * A key that is added while it is worked on is worked on once more afterwards, so that no change is missed.
 */
import { type Backoff, Bucket, halfJitter, timerMs } from './pace.ts';

/** @returns when to look at this key again even if nothing changes; undefined: not before something does */
export type Reconcile = (
  key: string,
  signal: AbortSignal,
) => Promise<{ requeueAfterMs?: number } | undefined>;

export type WorkResult = 'success' | 'requeue_after' | 'error';

/** For metrics and logs. */
export interface QueueHooks {
  /** @param waitedMs from being ready to being worked on */
  done?(key: string, result: WorkResult, waitedMs: number, workedMs: number): void;
  failed?(key: string, error: unknown, failures: number): void;
}

export interface QueueOptions {
  readonly workers?: number;
  /** Of one key's failures in a row. */
  readonly backoff?: Backoff;
  /** Of all failures together: so many at once, then per second. */
  readonly retries?: { readonly burst: number; readonly perSecond: number };
  readonly hooks?: QueueHooks;
  readonly random?: () => number;
}

/** As in client-go (DefaultTypedControllerRateLimiter). */
const BACKOFF: Backoff = { baseMs: 5, capMs: 1_000_000 };
const RETRIES = { burst: 100, perSecond: 10 };

export class WorkQueue {
  readonly #reconcile: Reconcile;
  readonly #workers: number;
  readonly #backoff: Backoff;
  readonly #retries: Bucket;
  readonly #hooks: QueueHooks;
  readonly #random: () => number;
  /** In the order of arrival, and since when. */
  readonly #ready = new Map<string, number>();
  readonly #running = new Set<string>();
  /** Added while running. */
  readonly #again = new Set<string>();
  readonly #later = new Map<string, { readonly timer: NodeJS.Timeout; readonly at: number }>();
  readonly #failures = new Map<string, number>();
  readonly #cut = new AbortController();
  #started = false;
  #stopping = false;
  #idle = Promise.withResolvers<void>();

  constructor(reconcile: Reconcile, options: QueueOptions = {}) {
    const { workers = 1, backoff = BACKOFF, retries = RETRIES, hooks = {}, random = Math.random } = options;
    if (!Number.isInteger(workers) || workers < 1) throw new RangeError(`${workers} workers can't work`);
    this.#reconcile = reconcile;
    this.#workers = workers;
    this.#backoff = backoff;
    this.#retries = new Bucket(retries.burst, retries.perSecond);
    this.#hooks = hooks;
    this.#random = random;
  }

  /** Keys that wait to be worked on now. */
  get depth(): number {
    return this.#ready.size + this.#again.size;
  }

  /** Keys that are worked on. */
  get working(): number {
    return this.#running.size;
  }

  /** Keys that wait for their time. */
  get waiting(): number {
    return this.#later.size;
  }

  add(key: string): void {
    if (this.#stopping) return;
    if (this.#running.has(key)) this.#again.add(key);
    else if (!this.#ready.has(key)) this.#ready.set(key, performance.now());
    this.#pump();
  }

  /** Adds a key in `ms`; if it waits already, at the sooner of the two times. */
  addAfter(key: string, ms: number): void {
    if (this.#stopping) return;
    if (!(ms > 0)) {
      this.add(key);
      return;
    }
    const at = performance.now() + ms;
    const before = this.#later.get(key);
    if (before !== undefined && before.at <= at) return;
    clearTimeout(before?.timer);
    this.#later.set(key, { at, timer: setTimeout(() => this.#due(key), timerMs(ms)) });
  }

  /** Work begins; until then keys are only collected. */
  start(): void {
    this.#started = true;
    this.#pump();
  }

  /**
   * Takes no more keys, forgets what is for later, and finishes what is ready.
   *
   * @param graceMs after so long what is left is dropped, and the signal of what still runs is aborted
   * @returns whether all was finished
   */
  async stop(graceMs: number): Promise<boolean> {
    this.#stopping = true;
    for (const { timer } of this.#later.values()) clearTimeout(timer);
    this.#later.clear();
    if (!this.#started) this.#ready.clear();
    if (this.#isIdle()) return !this.#cut.signal.aborted;
    const grace = Promise.withResolvers<void>();
    const timer = setTimeout(grace.resolve, timerMs(graceMs));
    await Promise.race([this.#idle.promise, grace.promise]);
    clearTimeout(timer);
    if (this.#isIdle()) return true;
    this.#ready.clear();
    this.#again.clear();
    this.#cut.abort();
    return false;
  }

  #due(key: string): void {
    const { at = 0 } = this.#later.get(key) ?? {};
    this.#later.delete(key);
    // Some waits are longer than a timer can be.
    const left = at - performance.now();
    if (left > 1000) this.addAfter(key, left);
    else this.add(key);
  }

  #pump(): void {
    if (!this.#started) return;
    for (const [key, since] of this.#ready) {
      if (this.#running.size >= this.#workers) return;
      this.#ready.delete(key);
      this.#running.add(key);
      void this.#work(key, since);
    }
  }

  async #work(key: string, since: number): Promise<void> {
    // This look decides anew when the next one is.
    clearTimeout(this.#later.get(key)?.timer);
    this.#later.delete(key);
    const began = performance.now();
    let result: WorkResult = 'success';
    try {
      const { requeueAfterMs } = (await this.#reconcile(key, this.#cut.signal)) ?? {};
      this.#failures.delete(key);
      if (requeueAfterMs !== undefined) {
        result = 'requeue_after';
        this.addAfter(key, requeueAfterMs);
      }
    } catch (error) {
      result = 'error';
      this.#failed(key, error);
    }
    this.#running.delete(key);
    if (this.#again.delete(key)) this.#ready.set(key, performance.now());
    if (!this.#cut.signal.aborted) {
      this.#tell(() => this.#hooks.done?.(key, result, began - since, performance.now() - began));
    }
    this.#pump();
    if (this.#isIdle()) {
      this.#idle.resolve();
      this.#idle = Promise.withResolvers();
    }
  }

  #failed(key: string, error: unknown): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    if (!this.#cut.signal.aborted) this.#tell(() => this.#hooks.failed?.(key, error, failures + 1));
    if (this.#stopping) return;
    this.addAfter(key, Math.max(halfJitter(failures, this.#backoff, this.#random), this.#retries.take()));
  }

  #isIdle(): boolean {
    return this.#ready.size === 0 && this.#running.size === 0;
  }

  #tell(call: () => void): void {
    try {
      call();
    } catch {
      // A metric that can't be kept must not stop the work.
    }
  }
}
