/** For tests of windows: an oracle that reads clocks on the wall, and instants at which it is hard to be right. */
import assert from 'node:assert/strict';
import fc from '../testing-fast-check.ts';
import { type WindowKind, windowAt } from './window.ts';

const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
const KINDS = ['hour', 'day', 'month'] as const;
export const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone')];

/**
 * An oracle that knows nothing of Temporal: what a clock on the wall shows, minute by minute, by Intl. A day or month
 * begins when its label is shown for the first time; an hour when the label or the offset changes.
 */
const clocks = new Map<string, Intl.DateTimeFormat>();
function wall(timeZone: string, at: number): { date: string; hour: string; offset: string } {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en-US-u-ca-iso8601', {
      timeZone,
      hourCycle: 'h23',
      ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', timeZoneName: 'longOffset' },
    });
    clocks.set(timeZone, clock);
  }
  const part = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, value]));
  const offset = part.timeZoneName === 'GMT' ? '+00:00' : `${part.timeZoneName?.slice(3)}`;
  return { date: `${part.year}-${part.month}-${part.day}`, hour: `${part.hour}`, offset };
}

function label(kind: WindowKind, timeZone: string, at: number): string {
  const { date, hour, offset } = wall(timeZone, at);
  if (kind === 'hour') return `${date}T${hour}${offset}`;
  return kind === 'day' ? date : date.slice(0, 7);
}

/** The window around `at`, found by looking at the clock in steps and halving the steps where it changes. */
function oracle(kind: 'hour' | 'day' | 'month', timeZone: string, at: number) {
  const reach = { hour: 2 * HOUR, day: 3 * DAY, month: 33 * DAY }[kind];
  // Whole half hours: a midnight that lasts for a minute, before clocks go back from 00:01, must not be stepped over.
  const step = kind === 'hour' ? MINUTE : 30 * MINUTE;
  const from = Math.floor((at - reach) / step) * step;
  const changes = (old: string, now: string) => (kind === 'hour' ? now !== old : now > old);
  let start = Number.NaN;
  let shown = label(kind, timeZone, from);
  let key = shown;
  for (let t = from; t <= at + reach; t += step) {
    if (!changes(shown, label(kind, timeZone, t))) continue;
    let [before, after] = [t - step, t];
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (changes(shown, label(kind, timeZone, middle))) after = middle;
      else before = middle;
    }
    if (after > at) return { key: `${kind}:${timeZone}:${key}`, start, end: after };
    start = after;
    shown = key = label(kind, timeZone, after);
  }
  throw new Error('The oracle found no end.');
}

/** Instants around which the zone's clocks change in that year. */
function changesOf(timeZone: string, year: number): number[] {
  const days = Array.from({ length: 367 }, (_, day) => Date.UTC(year, 0, 1) + day * DAY);
  const offsets = days.map((day) => wall(timeZone, day).offset);
  return days.filter((_, i) => i + 1 < days.length && offsets[i] !== offsets[i + 1]);
}

const anyInstant = fc.integer({ min: Date.UTC(1970, 2), max: Date.UTC(2100, 0) });
/** A zone and an instant within two days of a change of its clocks, if it has one in that year. */
const nearChange = fc
  .record({
    timeZone: fc.constantFrom(...ZONES),
    year: fc.integer({ min: 1972, max: 2037 }),
    pick: fc.nat(),
    shift: fc.integer({ min: -DAY, max: 2 * DAY }),
  })
  .map(({ timeZone, year, pick, shift }) => {
    const changes = changesOf(timeZone, year);
    return { timeZone, at: (changes[pick % (changes.length || 1)] ?? Date.UTC(year, 5, 1)) + shift };
  });
const anywhere = fc.oneof(fc.record({ timeZone: fc.constantFrom(...ZONES), at: anyInstant }), nearChange);

/** Windows agree with the clock on the wall. */
export function checkAgainstClocks(numRuns: number): void {
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), nearChange, (kind, { timeZone, at }) => {
      assert.deepEqual({ ...windowAt(kind, timeZone, at) }, oracle(kind, timeZone, at));
    }),
    { numRuns },
  );
}

/** Windows follow each other without gap or overlap, in every zone. */
export function checkNeighbours(numRuns: number): void {
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), anywhere, (kind, { timeZone, at }) => {
      const { key, start, end } = windowAt(kind, timeZone, at);
      assert.ok(start <= at && at < end, `${start} <= ${at} < ${end}`);
      assert.equal(windowAt(kind, timeZone, start).key, key);
      assert.equal(windowAt(kind, timeZone, end - 1).key, key);
      const next = windowAt(kind, timeZone, end);
      assert.equal(next.start, end);
      assert.notEqual(next.key, key);
      const previous = windowAt(kind, timeZone, start - 1);
      assert.equal(previous.end, start);
      assert.notEqual(previous.key, key);
      if (kind === 'hour') assert.ok(end - start <= HOUR);
    }),
    { numRuns },
  );
}
