/** What a reflector can be told: its times, what to drop, whom to tell. */
import type { ApiError } from './answer.ts';
import type { Selection } from './list.ts';
import type { KubeObject } from './object.ts';
import type { Indexer } from './store.ts';
import type { WatchEnd } from './watch-once.ts';

export interface ReflectorTimes {
  /** Objects of a page. */
  readonly pageLimit: number;
  /** For one page. */
  readonly listMs: number;
  /** Until a watch begins. */
  readonly openMs: number;
  /** Between these the server ends a watch; by chance, so that not all of them come back together. */
  readonly watchSeconds: readonly [number, number];
  /** A watch without a byte for so long is dead. Bookmarks come about every minute. */
  readonly idleMs: number;
  /** A list however well the watch goes: what was missed by whatever defect is found. */
  readonly relistMs: number;
  /** Lists that follow each other sooner than this wait longer and longer. */
  readonly calmMs: number;
  readonly baseMs: number;
  readonly capMs: number;
  /** Requests at once, and per second from then on. */
  readonly burst: number;
  readonly perSecond: number;
  /** What a further page counts, as a part of a request: pages are progress. */
  readonly pageCost: number;
}

export const TIMES: ReflectorTimes = {
  pageLimit: 500,
  listMs: 60_000,
  openMs: 30_000,
  watchSeconds: [300, 600],
  idleMs: 120_000,
  relistMs: 10 * 3_600_000,
  calmMs: 300_000,
  baseMs: 800,
  capMs: 30_000,
  burst: 5,
  perSecond: 1,
  pageCost: 0.1,
};

/** For metrics and logs. */
export interface ReflectorHooks {
  listed?(objects: number, ms: number): void;
  watchEnded?(end: WatchEnd): void;
  failed?(error: ApiError): void;
  /** A handler or indexer threw. */
  handlerFailed?(error: unknown): void;
}

export interface ReflectorOptions<T extends KubeObject> extends Selection {
  readonly indexers?: Readonly<Record<string, Indexer<T>>>;
  /** Drops what nobody reads, besides managedFields, to save memory; never name, namespace, UID or resourceVersion. */
  readonly slim?: (object: T) => T;
  readonly hooks?: ReflectorHooks;
  readonly times?: Partial<ReflectorTimes>;
  readonly random?: () => number;
}
