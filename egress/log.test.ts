import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { createLog } from '../adapters/telemetry/log.ts';
import { POD } from '../adapters/tokens/testing-tokens.ts';
import { LoggedRecords } from './log.ts';
import type { EgressRecord } from './record.ts';

const RECORD: EgressRecord = {
  at: 0,
  durationMs: 5,
  verdict: 'refused',
  code: 'token_missing',
  detail: 'No token came.',
  door: 'wide',
  from: '10.244.9.2',
  purpose: null,
  host: null,
  port: null,
  address: null,
  pod: null,
  phase: null,
  bytesUp: 0,
  bytesDown: 0,
};

describe('the lines of the log', () => {
  const written = async () => {
    let text = '';
    const stream = new Writable({
      write(piece, _, done) {
        text += piece;
        done();
      },
    });
    const log = new LoggedRecords(await createLog('info', false, stream));
    const lines = () =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    return { log, lines };
  };
  const counts = (lines: { count?: number }[]) => lines.flatMap(({ count }) => count ?? []);

  it('are bounded for callers without a good token, who are counted together', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { log, lines } = await written();
    for (let n = 0; n < 500; n++)
      log.write({ ...RECORD, code: n % 2 === 0 ? 'token_missing' : 'bad_request' });
    assert.equal(lines().length, 20);
    t.mock.timers.tick(1_000);
    log.write(RECORD);
    assert.equal(lines().length, 22);
    assert.deepEqual(counts(lines()), [480]);
  });

  it('are bounded for each pod and reason, so that an agent in a loop fills no disk', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { log, lines } = await written();
    const other = { ...POD, uid: 'other', name: 'other' };
    for (let n = 0; n < 500; n++) {
      log.write({ ...RECORD, pod: POD, code: 'host_not_allowed', host: `${n}.example.com` });
      if (n < 5) {
        log.write({ ...RECORD, pod: other, code: 'host_not_allowed' });
        log.write({ ...RECORD, pod: POD, code: 'too_many_tunnels' });
      }
      log.write({ ...RECORD, pod: POD, code: 'client_gone', verdict: 'opened' });
    }
    const { length } = lines();
    assert.equal(length, 10 + 5 + 5 + 500, 'what was opened is recorded each time');
    log.flush();
    const [last] = lines().slice(length);
    assert.deepEqual([last.count, last.code, last.host], [490, 'host_not_allowed', '499.example.com']);
    assert.deepEqual(last.uid, POD.uid);
    t.mock.timers.tick(1_000);
    assert.equal(lines().length, length + 1, 'once');
    log.write({ ...RECORD, pod: POD, code: 'host_not_allowed' });
    assert.equal(lines().length, length + 2, 'another second');
  });

  it('say who was refused what, and why', async () => {
    const { log, lines } = await written();
    log.write({ ...RECORD, pod: POD, code: 'host_not_allowed' });
    log.flush();
    const { level, time, ...line } = lines()[0];
    assert.deepEqual(line, {
      asked: '1970-01-01T00:00:00.000Z',
      durationMs: 5,
      verdict: 'refused',
      code: 'host_not_allowed',
      door: 'wide',
      from: '10.244.9.2',
      purpose: null,
      host: null,
      port: null,
      address: null,
      phase: null,
      bytesUp: 0,
      bytesDown: 0,
      pod: 'agents/fix-bug-work',
      uid: POD.uid,
      serviceAccount: 'runner',
      detail: 'No token came.',
      msg: 'tunnel refused',
    });
  });
});
