import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evenDecimals, plural, table } from './output.ts';
import { stateFolder } from './state-folder.ts';
import { parseAge, parseLabels, parsePort, parseSince, workloadName } from './values.ts';

describe('values of flags', () => {
  it('are read as they say', () => {
    assert.deepEqual(parseLabels(['team=payments', 'app.example/tier=']), {
      team: 'payments',
      'app.example/tier': '',
    });
    assert.equal(parsePort('0'), 0);
    assert.deepEqual(['90d', '12h'].map(parseAge), [90 * 86_400_000, 12 * 3_600_000]);
    assert.equal(workloadName('claude-2.1'), 'claude-2.1');
    assert.equal(parseSince('2h', 10_000_000), 2_800_000);
    assert.equal(parseSince('2026-11-22'), Date.UTC(2026, 10, 22));
  });

  it('are refused with what they take', () => {
    assert.throws(() => parseLabels(['team']), /--label takes NAME=VALUE/);
    for (const port of ['65536', '-1', '80x', '']) assert.throws(() => parsePort(port), /a port is a number/);
    for (const age of ['', '90', '0d', '-1d', '2w', '1.5d'])
      assert.throws(() => parseAge(age), /an age is a number of days or hours/);
    for (const name of ['', 'a b', '../x', 'a|b', '-a'])
      assert.throws(() => workloadName(name), /can't name a workload/);
    for (const since of ['yesterday', '7', '2026-13-40', '7w'])
      assert.throws(() => parseSince(since), /a time is 30m/);
  });

  it('name the state folder: flag, variable, XDG, home; rehearsals have one of their own', () => {
    assert.equal(stateFolder({ state: '/s' }, {}), '/s');
    assert.equal(stateFolder({ state: '/s', rehearsal: true }, {}), '/s');
    assert.equal(stateFolder({}, { TOLLGATE_STATE: '/t' }), '/t');
    assert.equal(stateFolder({ rehearsal: true }, { TOLLGATE_STATE: '/t' }), '/t/rehearsal');
    assert.equal(stateFolder({}, { XDG_STATE_HOME: '/x' }), '/x/tollgate');
    assert.match(stateFolder({}, {}), /\/\.local\/state\/tollgate$/);
  });
});

describe('output', () => {
  it('lines columns up', () => {
    assert.deepEqual(
      table(
        [
          ['a', 'n'],
          ['long', '10'],
        ],
        ['left', 'right'],
      ),
      ['a      n', 'long  10'],
    );
    assert.equal(plural(1, 'call'), '1 call');
    assert.equal(plural(0, 'call'), '0 calls');
    assert.equal(plural(2, 'entry', 'entries'), '2 entries');
    assert.deepEqual(evenDecimals(['$0.05', '$12.123', '']), ['$0.050', '$12.123', '']);
  });
});
