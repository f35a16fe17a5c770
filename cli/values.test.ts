import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseLogLevel } from './log-level.ts';
import { evenDecimals, table, visible, withUnits } from './output.ts';
import { stateFlags, stateFolder } from './state-folder.ts';
import {
  agentKind,
  parseAge,
  parseCount,
  parseLabels,
  parsePort,
  parseSince,
  parseSpan,
  workloadName,
} from './values.ts';

describe('values of flags', () => {
  it('are read as they say', () => {
    assert.deepEqual(parseLabels(['team=payments', 'app.example/tier=']), {
      team: 'payments',
      'app.example/tier': '',
    });
    assert.equal(parsePort('0', '--port'), 0);
    assert.deepEqual(
      ['90d', '12h', '30m'].map((age) => parseAge(age, '--keep')),
      [90 * 86_400_000, 12 * 3_600_000, 30 * 60_000],
    );
    assert.equal(parseAge('0d', '--older-than', 0), 0);
    assert.deepEqual(
      ['25s', '0s', '30m', '24h', '90d'].map((span) => parseSpan(span, '--grace')),
      [25_000, 0, 30 * 60_000, 24 * 3_600_000, 90 * 86_400_000],
    );
    assert.equal(parseLogLevel('warn'), 'warn');
    assert.equal(parseCount('20', '--limit'), 20);
    assert.equal(workloadName('claude-2.1'), 'claude-2.1');
    assert.deepEqual(
      ['crewai', 'sdk'].map((kind) => agentKind(kind).id),
      ['crewai', 'sdk'],
    );
    assert.equal(parseSince('2h', 10_000_000), 2_800_000);
    assert.equal(parseSince('2026-11-22'), Date.UTC(2026, 10, 22));
  });

  it('are refused with what they take', () => {
    assert.throws(() => parseLabels(['team']), /--label takes NAME=VALUE/);
    for (const port of ['65536', '-1', '80x', ''])
      assert.throws(() => parsePort(port, '--metrics-port'), /--metrics-port takes a number .*, not "/);
    for (const age of ['', '90', '0d', '-1d', '2w', '1.5d'])
      assert.throws(() => parseAge(age, '--keep'), /--keep takes an age such as 90d, 12h or 30m, not "/);
    for (const span of ['', '25', '-1s', '1.5h', '2w', '1 h'])
      assert.throws(() => parseSpan(span, '--grace'), /--grace takes a time such as 30s, 24h or 90d, not "/);
    assert.throws(() => agentKind('crew'), /--agent takes claude-code, .*, sdk, not "crew"/);
    assert.throws(() => parseLogLevel('loud'), /--log-level takes debug, .*, not "loud"/);
    for (const count of ['0', '-1', '1.5', 'x', ''])
      assert.throws(() => parseCount(count, '--limit'), /--limit takes a number from 1 up, not "/);
    for (const name of ['', 'a b', '../x', 'a|b', '-a'])
      assert.throws(() => workloadName(name), /can't name a workload/);
    for (const since of ['yesterday', '7', '2026-13-40', '7w'])
      assert.throws(() => parseSince(since), /--since takes an age such as 7d, .* or a date .*, not "/);
  });

  it('name the state folder: flag, variable, XDG, home; rehearsals have one of their own', () => {
    assert.equal(stateFolder({ state: '/s' }, {}), '/s');
    assert.equal(stateFolder({ state: '/s', rehearsal: true }, {}), '/s/rehearsal');
    assert.equal(stateFolder({}, { TOLLGATE_STATE: '/t' }), '/t');
    assert.equal(stateFolder({ rehearsal: true }, { TOLLGATE_STATE: '/t' }), '/t/rehearsal');
    assert.equal(stateFolder({}, { XDG_STATE_HOME: '/x' }), '/x/tollgate');
    assert.match(stateFolder({}, {}), /\/\.local\/state\/tollgate$/);
  });

  it('are repeated in a command that looks at the same folder, as a shell takes them', () => {
    assert.equal(stateFlags({}), '');
    assert.equal(stateFlags({ rehearsal: true }), ' --rehearsal');
    assert.equal(stateFlags({ state: '/a/b-1' }), ' --state /a/b-1');
    assert.equal(
      stateFlags({ state: "my state's", rehearsal: true }),
      " --rehearsal --state 'my state'\\''s'",
    );
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
    assert.deepEqual(evenDecimals(['$0.05', '$12.123', '']), ['$0.050', '$12.123', '']);
  });

  it('shows no control characters on a terminal, for they would act on it', () => {
    assert.equal(visible('a\n\tb'), 'a\n\tb');
    assert.equal(visible('\u001b]0;x\u0007 \u009b2J \r\u007f é'), '\ufffd]0;x\ufffd \ufffd2J \ufffd\ufffd é');
  });

  it('names the unit of an amount', () => {
    assert.deepEqual(withUnits({ usd: 1, tokens: 2, requests: 3 }), { nanoUsd: 1, tokens: 2, requests: 3 });
  });
});
