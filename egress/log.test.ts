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
  it('are bounded for callers without a good token, who are counted, and for nobody else', async (t) => {
    t.mock.method(performance, 'now', () => now);
    let now = 5_000;
    let text = '';
    const stream = new Writable({
      write(piece, _, done) {
        text += piece;
        done();
      },
    });
    const log = new LoggedRecords(await createLog('info', false, stream));
    for (let n = 0; n < 500; n++) log.write(RECORD);
    for (let n = 0; n < 100; n++) log.write({ ...RECORD, pod: POD, code: 'host_not_allowed' });
    now += 1_000;
    log.write(RECORD);
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.equal(lines.filter(({ code }) => code === 'token_missing').length, 21);
    assert.equal(lines.filter(({ code }) => code === 'host_not_allowed').length, 100);
    assert.deepEqual(
      lines.filter(({ count }) => count !== undefined).map(({ count }) => count),
      [480],
    );
    const { level, time, ...line } = lines[20];
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
