import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sessionChecks, sessionCounters } from './session.ts';

const DAY = 86_400_000;
const NOON = Date.UTC(2026, 10, 22, 12);

describe('what a session has spent', () => {
  it('is counted in money and in tokens, under names that no limit can have', () => {
    const [usd, tokens] = sessionCounters('run-1');
    assert.deepEqual(
      [usd, tokens],
      ['-/session/spend|session:run-1|run|usd', '-/session/spend|session:run-1|run|tokens'],
    );
    assert.deepEqual(
      sessionChecks('run-1', NOON).map(({ counter, unit }) => [counter, unit]),
      [
        [usd, 'usd'],
        [tokens, 'tokens'],
      ],
    );
  });

  it('refuses nothing, and warns of nothing', () => {
    for (const { refuse, amount, warns } of sessionChecks('run-1', NOON))
      assert.deepEqual([refuse, amount, warns], [false, Number.MAX_SAFE_INTEGER, undefined]);
  });

  it('is kept for 90 days after the last call, in a window that is open at any time', () => {
    for (const at of [NOON, NOON + DAY / 2 - 1, NOON + DAY / 2, 0]) {
      for (const { startsAt, resetsAt } of sessionChecks('run-1', at)) {
        assert.equal(startsAt, 0);
        assert.ok(resetsAt !== undefined && resetsAt - at > 90 * DAY && resetsAt - at <= 91 * DAY);
        assert.equal(resetsAt % DAY, 0, 'it moves once a day');
      }
    }
  });
});
