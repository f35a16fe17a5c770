/**
 * The calendar windows that limits count in: hours, days and months of a time zone, and all time.
 *
 *   at ─> the window at hand, if it is still that one ─> UTC by arithmetic, other zones by zoned-window.ts
 *
 * Windows of a kind and zone follow each other without gap or overlap. A day may have 23 or 25 hours, or begin at
 * 01:00. An hour that the clocks repeat is two windows, told apart by the offset in their keys, and where clocks
 * change by half an hour there are windows of half an hour: no window of an hour is longer than an hour.
 */
import { zonedWindow } from './zoned-window.ts';

export type WindowKind = 'hour' | 'day' | 'month' | 'lifetime';

export interface Window {
  /** Stable text: "day:Europe/Berlin:2026-11-22", "hour:UTC:2026-11-22T14+00:00", "month:UTC:2026-11", "lifetime". */
  readonly key: string;
  /** Epoch ms of the window's first instant. */
  readonly start: number;
  /** Epoch ms of the first instant after it; Infinity for the lifetime. */
  readonly end: number;
}

const LIFETIME: Window = Object.freeze({ key: 'lifetime', start: 0, end: Number.POSITIVE_INFINITY });
const YEAR_9999 = Date.UTC(9999, 0);
const HOUR = 3_600_000;

// The last window of each zone. Each request asks for the present one, so it changes once an hour at most.
const lasts = {
  hour: new Map<string, Window>(),
  day: new Map<string, Window>(),
  month: new Map<string, Window>(),
};

/**
 * The window that an instant falls into.
 * @param timeZone for which isTimeZone holds; the key has it as it is written here
 * @param at epoch ms, from 1970 to 9998
 * @returns a frozen window with start <= at < end
 * @throws RangeError for any other zone or instant
 */
export function windowAt(kind: WindowKind, timeZone: string, at: number): Window {
  if (kind === 'lifetime') return LIFETIME;
  const last = lasts[kind].get(timeZone);
  if (last !== undefined && at >= last.start && at < last.end) return last;
  if (!(at >= 0 && at < YEAR_9999))
    throw new RangeError(`${at} is not a time from 1970 to 9998 in milliseconds.`);
  if (last === undefined && !isTimeZone(timeZone)) {
    throw new RangeError(
      `${JSON.stringify(timeZone)} is not a time zone: use an IANA name such as Europe/Berlin, or UTC.`,
    );
  }
  const ms = Math.floor(at);
  const window = Object.freeze(timeZone === 'UTC' ? utcWindow(kind, ms) : zonedWindow(kind, timeZone, ms));
  lasts[kind].set(timeZone, window);
  return window;
}

/**
 * Whether a name is one that windowAt takes: "UTC" or a name of the IANA time zone database, links such as US/Pacific
 * included. Bare offsets (+01:00), which no daylight saving follows, are not; Etc/GMT-1 says the same.
 */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function utcWindow(kind: 'hour' | 'day' | 'month', at: number): Window {
  const text = new Date(at).toISOString();
  if (kind === 'month') {
    const [year, month] = [Number(text.slice(0, 4)), Number(text.slice(5, 7))];
    return {
      key: `month:UTC:${text.slice(0, 7)}`,
      start: Date.UTC(year, month - 1),
      end: Date.UTC(year, month),
    };
  }
  const length = kind === 'hour' ? HOUR : 24 * HOUR;
  const start = at - (at % length);
  const label = kind === 'hour' ? `${text.slice(0, 13)}+00:00` : text.slice(0, 10);
  return { key: `${kind}:UTC:${label}`, start, end: start + length };
}
