/** What has to be reached. A bar is a ratio to nginx or a plain figure; ratios decide, because machines differ. */
import type { Figure } from './statistics.ts';

export interface Bar {
  readonly what: string;
  readonly limit: number;
  readonly better: 'more' | 'less';
  /** What the compared value is. */
  readonly unit: string;
}

export const BARS = {
  small: { what: 'requests per CPU-second, 2 KB', limit: 0.15, better: 'more', unit: '× nginx' },
  large: { what: 'requests per CPU-second, 100 KB', limit: 0.15, better: 'more', unit: '× nginx' },
  added: { what: 'added p50 at 200 requests/s, 2 KB', limit: 0.6, better: 'less', unit: 'ms over direct' },
  chunk: { what: 'CPU per SSE chunk, 100 streams', limit: 3, better: 'less', unit: '× nginx' },
  head: {
    what: 'time to head of an SSE reply, 100 streams',
    limit: 1,
    better: 'less',
    unit: 'ms over nginx',
  },
  smallMemory: { what: 'memory after 2 KB at full speed', limit: 140, better: 'less', unit: 'MB' },
  largeMemory: { what: 'memory after 100 KB, 8 at once', limit: 180, better: 'less', unit: 'MB' },
  start: { what: 'start to listening', limit: 250, better: 'less', unit: 'ms' },
} as const satisfies Record<string, Bar>;

export type BarName = keyof typeof BARS;

/** One line of the result. */
export interface Row {
  readonly bar: BarName;
  /** What is compared with the bar. */
  readonly value: Figure;
  /** What it was made of, in words and units of their own. */
  readonly tollgate: string;
  readonly nginx: string;
  /** The same of a proxy on Node that does nothing, where that was measured. */
  readonly bare?: string;
  /** Where time is measured: the part of it in which Tollgate wanted its core and another process had it, 0 to 1. */
  readonly waited?: number;
}

/**
 * far: worse than twice the bar, which no noise explains.
 * disturbed: others had the core for so long that a time says nothing; a figure that meets its bar meets it all the same.
 */
export type Verdict = 'met' | 'missed' | 'far' | 'disturbed';

/** On a quiet machine it is 0.02: Node's own helper threads share the core. */
const MOST_WAITED = 0.1;

/**
 * @param value in the unit of the bar
 * @param waited as in Row, 0 to 1
 */
export function judge({ limit, better }: Bar, value: number, waited = 0): Verdict {
  const reached = better === 'more' ? value / limit : limit / value;
  // Less than nothing is better than any bar that asks for little.
  if (better === 'less' && value <= 0) return 'met';
  if (reached >= 1) return 'met';
  if (waited > MOST_WAITED) return 'disturbed';
  return reached >= 0.5 ? 'missed' : 'far';
}
