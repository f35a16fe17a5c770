import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { REPORT_SPREAD_MS, Reports } from './reports.ts';

function reports(t: TestContext, random: number) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const sent: unknown[] = [];
  const connection = {
    post: async (path: string, message: unknown) => {
      sent.push([path, message]);
    },
  };
  const made = new Reports({ connection, onFailed: () => undefined, random: () => random });
  return { made, sent };
}

const good = (snapshot: string) => ({ snapshot, problem: null });
const path = '/sidecar/v1/report';

describe('reports of a sidecar', () => {
  it('wait for a time of their own when all is in order, and tell the last policy alone', (t) => {
    const { made, sent } = reports(t, 0.5);
    made.report(good('a'));
    t.mock.timers.tick(REPORT_SPREAD_MS / 2 - 1);
    assert.deepEqual(sent, []);
    made.report(good('b'));
    t.mock.timers.tick(REPORT_SPREAD_MS / 2);
    assert.deepEqual(sent, [[path, good('b')]]);
    t.mock.timers.tick(REPORT_SPREAD_MS);
    assert.equal(sent.length, 1);
  });

  it('tell a problem at once, in the place of what was in order before', (t) => {
    const { made, sent } = reports(t, 0.9);
    const problem = { snapshot: null, problem: 'it is of another version' };
    made.report(good('a'));
    made.report(problem);
    assert.deepEqual(sent, [[path, problem]]);
    t.mock.timers.tick(REPORT_SPREAD_MS);
    assert.equal(sent.length, 1);
  });

  it('end with their sidecar', (t) => {
    const { made, sent } = reports(t, 0);
    made.report(good('a'));
    made.stop();
    t.mock.timers.tick(REPORT_SPREAD_MS);
    assert.deepEqual(sent, []);
  });
});
