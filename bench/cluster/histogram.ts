/** Histograms of Prometheus' text format (exposition format 0.0.4): what came to one between two readings. */

/** Upper bounds in seconds, Infinity the last, and how many were at most that. */
export type Histogram = ReadonlyMap<number, number>;

const SAMPLE = /^(\w+)\{(.*)\} (\S+)/;

/**
 * @param text  of /metrics
 * @param name  without `_bucket`
 * @param labels  that a line has to have, with these values; lines that differ in others are added up
 */
export function readHistogram(
  text: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Histogram {
  const sum = new Map<number, number>();
  for (const line of text.split('\n')) {
    const [, metric, rest = '', value] = SAMPLE.exec(line) ?? [];
    if (metric !== `${name}_bucket`) continue;
    const own = new Map([...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', text = '']) => [key, text]));
    if (!Object.entries(labels).every(([key, wanted]) => own.get(key) === wanted)) continue;
    const le = own.get('le') === '+Inf' ? Number.POSITIVE_INFINITY : Number(own.get('le'));
    sum.set(le, (sum.get(le) ?? 0) + Number(value));
  }
  return new Map([...sum].sort(([a], [b]) => a - b));
}

export function difference(later: Histogram, earlier: Histogram): Histogram {
  return new Map([...later].map(([le, count]) => [le, count - (earlier.get(le) ?? 0)]));
}

export function sum(histograms: readonly Histogram[]): Histogram {
  const all = new Map<number, number>();
  for (const one of histograms) for (const [le, count] of one) all.set(le, (all.get(le) ?? 0) + count);
  return all;
}

export function countOf(histogram: Histogram): number {
  return histogram.get(Number.POSITIVE_INFINITY) ?? 0;
}

/**
 * As Prometheus' histogram_quantile(): between the bounds of a bucket it is interpolated.
 *
 * @returns seconds; the last bound but one for what is beyond it; NaN for an empty histogram
 */
export function quantileOf(histogram: Histogram, q: number): number {
  const rank = q * countOf(histogram);
  if (rank === 0) return Number.NaN;
  let [low, below] = [0, 0];
  for (const [le, count] of histogram) {
    if (count >= rank && le === Number.POSITIVE_INFINITY) return low;
    if (count >= rank) return low + (le - low) * ((rank - below) / (count - below));
    [low, below] = [le, count];
  }
  return Number.NaN;
}
