import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuMs } from '../testing-cpu.ts';
import { checkAgainstClocks, checkNeighbours, DAY, HOUR, ZONES } from './testing.ts';
import { isTimeZone, type WindowKind, windowAt } from './window.ts';

// With many more cases in window.slow.test.ts.
test('windows agree with the clock on the wall', () => checkAgainstClocks(50));

test('windows follow each other without gap or overlap, in every zone', () => checkNeighbours(300));

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
    const ms = cpuMs(() => {
      for (let i = 0; i < 100_000; i++) windowAt('day', zone, at + i);
    });
    assert.ok(ms < 500, `${ms} ms: more than five microseconds each`);
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
