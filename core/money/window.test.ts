import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isTimeZone, type WindowKind, windowAt } from './window.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const KINDS = ['hour', 'day', 'month'] as const;
const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone')];

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

test('windows agree with the clock on the wall', () => {
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), nearChange, (kind, { timeZone, at }) => {
      assert.deepEqual({ ...windowAt(kind, timeZone, at) }, oracle(kind, timeZone, at));
    }),
    { numRuns: 200 },
  );
});

test('windows follow each other without gap or overlap, in every zone', () => {
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
    { numRuns: 1000 },
  );
});

test('odd days and hours are as the zone has them', () => {
  const table = `
    day    Europe/Berlin        2026-03-29T10:00Z         2026-03-29              2026-03-28T23:00Z     2026-03-29T22:00Z
    day    Europe/Berlin        2026-10-25T10:00Z         2026-10-25              2026-10-24T22:00Z     2026-10-25T23:00Z
    month  Europe/Berlin        2026-10-25T10:00Z         2026-10                 2026-09-30T22:00Z     2026-10-31T23:00Z
    month  Australia/Sydney     2026-04-15T00:00Z         2026-04                 2026-03-31T13:00Z     2026-04-30T14:00Z
    # Midnight does not exist.
    day    Africa/Cairo         2026-04-23T22:00Z         2026-04-24              2026-04-23T22:00Z     2026-04-24T21:00Z
    day    America/Santiago     2026-09-06T04:00Z         2026-09-06              2026-09-06T04:00Z     2026-09-07T03:00Z
    day    Asia/Beirut          2026-03-29T12:00Z         2026-03-29              2026-03-28T22:00Z     2026-03-29T21:00Z
    day    Africa/Cairo         2026-10-29T20:30Z         2026-10-29              2026-10-28T21:00Z     2026-10-29T22:00Z
    # Clocks went back from 00:01 to 23:01: the second 23:30 belongs to the day that had begun.
    day    America/St_Johns     2010-11-07T03:00Z         2010-11-07              2010-11-07T02:30Z     2010-11-08T03:30Z
    # Samoa left out the 30th of December.
    day    Pacific/Apia         2011-12-30T09:59Z         2011-12-29              2011-12-29T10:00Z     2011-12-30T10:00Z
    day    Pacific/Apia         2011-12-30T10:00Z         2011-12-31              2011-12-30T10:00Z     2011-12-31T10:00Z
    # The hour that the clocks repeat, and the one that they skip.
    hour   Europe/Berlin        2026-10-25T00:30Z         2026-10-25T02+02:00     2026-10-25T00:00Z     2026-10-25T01:00Z
    hour   Europe/Berlin        2026-10-25T01:30Z         2026-10-25T02+01:00     2026-10-25T01:00Z     2026-10-25T02:00Z
    hour   Europe/Berlin        2026-03-29T01:00Z         2026-03-29T03+02:00     2026-03-29T01:00Z     2026-03-29T02:00Z
    hour   Europe/Berlin        2026-11-22T13:59Z         2026-11-22T14+01:00     2026-11-22T13:00Z     2026-11-22T14:00Z
    # Half an hour back, half an hour forth.
    hour   Australia/Lord_Howe  2026-04-04T14:59Z         2026-04-05T01+11:00     2026-04-04T14:00Z     2026-04-04T15:00Z
    hour   Australia/Lord_Howe  2026-04-04T15:00Z         2026-04-05T01+10:30     2026-04-04T15:00Z     2026-04-04T15:30Z
    hour   Australia/Lord_Howe  2026-10-03T15:45Z         2026-10-04T02+11:00     2026-10-03T15:30Z     2026-10-03T16:00Z
    day    Australia/Lord_Howe  2026-04-05T00:00Z         2026-04-05              2026-04-04T13:00Z     2026-04-05T13:30Z
    # Clocks changed a minute into the hour.
    hour   America/St_Johns     2010-11-07T02:30Z         2010-11-07T00-02:30     2010-11-07T02:30Z     2010-11-07T02:31Z
    hour   America/St_Johns     2010-11-07T02:31Z         2010-11-06T23-03:30     2010-11-07T02:31Z     2010-11-07T03:30Z
    # Quarters of an hour.
    hour   Asia/Kathmandu       2026-11-22T12:00Z         2026-11-22T17+05:45     2026-11-22T11:15Z     2026-11-22T12:15Z
    hour   Pacific/Chatham      2026-01-01T00:00Z         2026-01-01T13+13:45     2025-12-31T23:15Z     2026-01-01T00:15Z
    # Local times before 1970 have hours as well.
    hour   America/New_York     1970-01-01T00:20Z         1969-12-31T19-05:00     1970-01-01T00:00Z     1970-01-01T01:00Z
    hour   Africa/Monrovia      1970-01-01T00:20Z         1969-12-31T23-00:44:30  1969-12-31T23:44:30Z  1970-01-01T00:44:30Z
    day    UTC                  2028-02-29T23:59:59.999Z  2028-02-29              2028-02-29T00:00Z     2028-03-01T00:00Z
    month  UTC                  2026-12-31T23:59:59.999Z  2026-12                 2026-12-01T00:00Z     2027-01-01T00:00Z
    hour   UTC                  2026-11-22T14:00Z         2026-11-22T14+00:00     2026-11-22T14:00Z     2026-11-22T15:00Z
  `;
  const lines = table.split('\n').map((line) => line.trim());
  const cases = lines.filter((line) => line !== '' && !line.startsWith('#'));
  assert.equal(cases.length, 28);
  for (const line of cases) {
    const [kind = '', zone = '', at = '', text = '', start = '', end = ''] = line.split(/ +/);
    const expected = { key: `${kind}:${zone}:${text}`, start: Date.parse(start), end: Date.parse(end) };
    assert.deepEqual({ ...windowAt(kind as WindowKind, zone, Date.parse(at)) }, expected, line);
  }
});

test('the lifetime never ends and is the same everywhere', () => {
  for (const zone of ['UTC', 'Asia/Tokyo']) {
    assert.deepEqual(
      { ...windowAt('lifetime', zone, 0) },
      { key: 'lifetime', start: 0, end: Number.POSITIVE_INFINITY },
    );
  }
});

test('a window is worked out once and then costs next to nothing', () => {
  const at = Date.UTC(2026, 10, 22, 14);
  for (const zone of ['UTC', 'Europe/Berlin']) {
    const first = windowAt('day', zone, at);
    assert.equal(windowAt('day', zone, at + HOUR), first);
    assert.ok(Object.isFrozen(first));
    const started = performance.now();
    for (let i = 0; i < 100_000; i++) windowAt('day', zone, at + i);
    assert.ok(performance.now() - started < 100, 'more than a microsecond each');
    // A late settlement asks for a window that is over.
    assert.notEqual(windowAt('day', zone, at - DAY).key, first.key);
    assert.equal(windowAt('day', zone, at).key, first.key);
  }
});

test('names of time zones are told from other text', () => {
  for (const name of [...ZONES, 'US/Pacific', 'Asia/Calcutta', 'Asia/Kolkata', 'Etc/GMT-1', 'GMT']) {
    assert.equal(isTimeZone(name), true, name);
  }
  for (const name of [
    '',
    '+01:00',
    '+0100',
    '+01',
    '-05',
    'Z',
    'Mars/Olympus',
    'Europe/Berlin ',
    'Europe/Berlin\n',
    'local',
    'CET+1',
  ]) {
    assert.equal(isTimeZone(name), false, name);
  }
});

test('what is no zone or no time is refused', () => {
  assert.throws(() => windowAt('day', 'Mars/Olympus', 0), { name: 'RangeError', message: /"Mars\/Olympus"/ });
  assert.throws(() => windowAt('day', '+01:00', 0), RangeError);
  for (const at of [Number.NaN, -1, Number.POSITIVE_INFINITY, Date.UTC(9999, 0)]) {
    for (const zone of ['UTC', 'Europe/Berlin']) assert.throws(() => windowAt('hour', zone, at), RangeError);
  }
});
