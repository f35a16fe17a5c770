/** What is said about a peer: figures beside those of nginx, in windows that lie side by side. */
import type { WireId } from '../../core/policy/provider.ts';
import { median } from '../statistics.ts';

/** What is measured on each wire, in the order of the table. */
export const MEASURES = {
  small: { what: 'requests per CPU-second, 2 KB', unit: '/s', digits: 0 },
  large: { what: 'requests per CPU-second, 100 KB', unit: '/s', digits: 0 },
  added: { what: 'added p50 at 200 requests/s, 2 KB', unit: ' ms', digits: 2 },
  chunk: { what: 'CPU per SSE chunk, 100 streams', unit: ' µs', digits: 1 },
  head: { what: 'time to head of an SSE reply, 100 streams', unit: ' ms', digits: 2 },
} as const satisfies Record<string, Measure>;

/** What is measured once for each peer. */
export const ONCE = {
  memory: { what: 'memory after all of it', unit: ' MB', digits: 0 },
  start: { what: 'start to listening', unit: ' ms', digits: 0 },
} as const satisfies Record<string, Measure>;

export interface Measure {
  readonly what: string;
  readonly unit: string;
  /** Behind the point. */
  readonly digits: number;
}

export type MeasureName = keyof typeof MEASURES;

/** One window of a peer, and that of nginx beside it. */
export interface Pair {
  readonly peer: number;
  readonly nginx: number;
}

/** Pairs of windows; or what is to be said instead of a figure; or why there is none. */
export type Cell = readonly Pair[] | { readonly instead: string } | { readonly failed: string };

export interface Column {
  readonly name: string;
  readonly version: string;
  readonly how: string;
  /** Why it could not be measured at all. */
  readonly missing?: string;
  /** What is not in it, the peer does not speak. */
  readonly wires: ReadonlyMap<WireId, Readonly<Partial<Record<MeasureName, Cell>>>>;
  readonly memory: Cell;
  readonly start: Cell;
  /** What is wrong with it as a whole: sentences without their end. */
  readonly faults: readonly string[];
}

/** @returns the middle of the peer's windows */
export function middleOf(pairs: readonly Pair[]): number {
  return median(pairs.map(({ peer }) => peer));
}

/** @returns the middle of the ratios to nginx, of windows in which nginx took what could be measured; NaN of none */
export function ratioOf(pairs: readonly Pair[]): number {
  return median(pairs.filter(({ nginx }) => nginx > 0).map(({ peer, nginx }) => peer / nginx));
}
