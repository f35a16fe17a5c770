/** The few figures that say what many measurements said. */

/** @returns the middle value; of an even number the mean of the two in the middle; NaN of none */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** @param q from 0 to 1. Between two values it is interpolated. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

/** A figure of several windows: the middle one, and how far the others were from it. */
export interface Figure {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** @param values at least one */
export function figure(values: readonly number[]): Figure {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}
