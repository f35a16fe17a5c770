/**
 * Keeps a copy of one resource in memory and tells handlers what changes: "list and watch".
 *
 *   list, page by page ──> store ──> watch from there ──> store ──> …
 *     ^                      │ add, update, delete          │
 *     │                      └──> handlers                  │ closed, broken, silent: again from the last event
 *     └─────────────────────────────────────────────────────┘ expired (410), out of order, every 10 h
 *
 * It goes on until stop(), whatever the server does, and never asks more often than its pace allows.
 */
import type { ApiError } from './answer.ts';
import type { KubeClient } from './client.ts';
import { collect } from './collect.ts';
import { Deadline, pause } from './deadline.ts';
import { type Handler, Handlers } from './handlers.ts';
import type { Selection } from './list.ts';
import type { KubeObject, Resource } from './object.ts';
import { Bucket, fullJitter, timerMs } from './pace.ts';
import { pathOf } from './paths.ts';
import {
  type ReflectorHooks,
  type ReflectorOptions,
  type ReflectorTimes,
  TIMES,
} from './reflector-options.ts';
import { kept, Store, type View } from './store.ts';
import type { WatchEvent } from './watch.ts';
import { type Watched, wantsList, watchOnce } from './watch-once.ts';

export class Reflector<T extends KubeObject> {
  readonly #client: KubeClient;
  readonly #of: Resource<T>;
  readonly #selection: Selection;
  readonly #times: ReflectorTimes;
  readonly #random: () => number;
  readonly #hooks: ReflectorHooks;
  readonly #slim: (object: T) => T;
  readonly #store: Store<T>;
  readonly #handlers: Handlers<T>;
  readonly #pace: Bucket;
  readonly #stop = new AbortController();
  readonly #synced = Promise.withResolvers<boolean>();
  #hasSynced = false;
  #done: Promise<void> | undefined;
  /** In a row. */
  #failures = 0;
  /** When the last list was, how many came soon after one another, and whether the next is in one piece. */
  readonly #lists = { at: Number.NEGATIVE_INFINITY, soon: 0, whole: false };
  #lastNews = performance.now();

  /** @throws RangeError for a namespace that can't be */
  constructor(client: KubeClient, of: Resource<T>, options: ReflectorOptions<T> = {}) {
    const { indexers, slim, hooks, times, random, ...selection } = options;
    pathOf(of, { namespace: selection.namespace });
    this.#client = client;
    this.#of = of;
    this.#selection = selection;
    this.#times = { ...TIMES, ...times };
    this.#random = random ?? Math.random;
    this.#hooks = hooks ?? {};
    this.#slim = slim ?? ((object) => object);
    const failed = (error: unknown) => this.#hooks.handlerFailed?.(error);
    this.#handlers = new Handlers<T>(failed, this.#stop.signal);
    this.#store = new Store<T>(indexers ?? {}, (error) => this.#handlers.report(error));
    this.#pace = new Bucket(this.#times.burst, this.#times.perSecond);
  }

  get store(): View<T> {
    return this.#store;
  }

  /** Whether the store has been complete once. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** @returns true once the store is complete; false if it was stopped before */
  synced(): Promise<boolean> {
    return this.#synced.promise;
  }

  /**
   * Since anything was heard of the server: a list, an event, a bookmark, or that it took a watch. A quiet resource has a
   * bookmark about every minute, or none at all while the server's cache has had no event of it (1.35, measured); then
   * its watch is opened anew after idleMs.
   */
  get lastEventAgeMs(): number {
    return performance.now() - this.#lastNews;
  }

  /** One that comes late is told first of all objects that there are. Handlers should only put keys into a queue. */
  on(handler: Handler<T>): void {
    this.#handlers.join(handler, this.#store.list());
  }

  start(): void {
    this.#done ??= this.#run();
  }

  /** Final: no handler and no hook is called any more. @returns when nothing is left open */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#synced.resolve(this.#hasSynced);
    await this.#done;
  }

  get #stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        const from = await this.#list();
        if (from !== undefined) await this.#follow(from);
      } catch (error) {
        // A hook that throws, or a defect: it must not end the list-watch unseen.
        this.#handlers.report(error);
        await this.#backOff(this.#failures++);
      }
    }
  }

  /** @returns the resourceVersion to watch from */
  async #list(): Promise<string | undefined> {
    const lists = this.#lists;
    const soon = performance.now() - lists.at < this.#times.calmMs;
    if (soon) await this.#backOff(lists.soon++);
    else lists.soon = 0;
    if (this.#stopped) return undefined;

    const began = performance.now();
    const paging = {
      limit: lists.whole ? undefined : this.#times.pageLimit,
      turn: (first: boolean) => this.#turn(first ? 1 : this.#times.pageCost),
      keep: (object: T) => this.#keep(object),
    };
    const options = { timeoutMs: this.#times.listMs, signal: this.#stop.signal };
    const listing = await collect(this.#client, this.#of, this.#selection, paging, options);
    if (this.#stopped) return undefined;
    // What expires between two pages is asked for in one piece.
    lists.whole = !listing.ok && listing.error.code === 410 && !lists.whole;
    if (!listing.ok) {
      await this.#fail(listing.error);
      return undefined;
    }
    const { objects, resourceVersion } = listing.value;
    lists.at = this.#lastNews = performance.now();
    this.#handlers.tell(this.#store.replace(objects));
    if (this.#stopped) return undefined;
    this.#hasSynced = true;
    this.#synced.resolve(true);
    this.#hooks.listed?.(objects.size, performance.now() - began);
    return resourceVersion;
  }

  /** Watches, again and again, until only a new list can help. */
  async #follow(from: string): Promise<void> {
    const due = performance.now() + this.#times.relistMs * (1 + this.#random() / 10);
    let last = from;
    while (!this.#stopped) {
      await this.#turn(1);
      if (this.#stopped) return;
      const watched = await this.#watch(last, due);
      if (this.#stopped) return;
      const { end, error } = watched;
      last = watched.last;
      this.#hooks.watchEnded?.(end);
      // A watch that was taken and said nothing need not be broken: whether it is, the next one shows.
      const silent = end === 'idle' && watched.opened;
      if (watched.heard || end === 'closed' || silent) this.#failures = 0;
      if (error !== undefined && !silent) await this.#fail(error);
      if (end === 'due' || end === 'order' || wantsList(error, this.#failures)) return;
    }
  }

  async #watch(from: string, due: number): Promise<Watched & { readonly opened: boolean }> {
    let isOpened = false;
    const opened = () => {
      isOpened = true;
      this.#lastNews = performance.now();
    };
    const over = new Deadline(timerMs(due - performance.now()), this.#stop.signal);
    const [least, most] = this.#times.watchSeconds;
    const timeoutSeconds = Math.round(least + this.#random() * (most - least));
    const query = { ...this.#selection, resourceVersion: from, timeoutSeconds };
    const options = { timeoutMs: this.#times.openMs, signal: over.signal, opened };
    const events = this.#client.watch(this.#of, query, this.#times.idleMs, options);
    try {
      const watched = await watchOnce(events, from, (event) => this.#take(event));
      return { ...watched, ...(over.over === 'timeout' ? { end: 'due' } : {}), opened: isOpened };
    } finally {
      over.done();
    }
  }

  /** @returns whether there is to be more */
  #take(event: Exclude<WatchEvent<T>, { type: 'ERROR' }>): boolean {
    if (this.#stopped) return false;
    this.#lastNews = performance.now();
    if (event.type === 'BOOKMARK' || this.#store.knowsNewer(event.object)) return true;
    const one = this.#keep(event.object);
    this.#handlers.tell(event.type === 'DELETED' ? this.#store.delete(one) : this.#store.put(one));
    return true;
  }

  #keep(object: T): T {
    try {
      return kept(this.#slim(object));
    } catch (error) {
      this.#handlers.report(error);
      return kept(object);
    }
  }

  #turn(cost: number): Promise<void> {
    return pause(this.#pace.take(cost), this.#stop.signal);
  }

  async #fail(error: ApiError): Promise<void> {
    this.#hooks.failed?.(error);
    await this.#backOff(this.#failures++, error.retryAfterMs);
  }

  #backOff(attempt: number, retryAfterMs?: number): Promise<void> {
    return pause(fullJitter(attempt, this.#times, this.#random, retryAfterMs), this.#stop.signal);
  }
}
