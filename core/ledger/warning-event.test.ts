import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { warningEvent, warningId } from './warning-event.ts';
import type { BudgetWarning } from './warnings.ts';

const WARNING: BudgetWarning = {
  policy: 'local/team',
  limit: 'local/team/per-day',
  scope: 'workload:local/claude',
  window: 'day:UTC:2026-11-22',
  unit: 'usd',
  percent: 80,
  spent: 10_000_000_001,
  amount: 12_500_000_000,
  resetsAt: Date.UTC(2026, 10, 23),
  at: Date.UTC(2026, 10, 22, 14, 30, 1, 5),
  workload: 'local/claude',
  session: 's1',
};

const event = (more: Partial<BudgetWarning> = {}) => JSON.parse(warningEvent({ ...WARNING, ...more }));

describe('a warning as an event', () => {
  it('is a CloudEvent with what there is to know', () => {
    assert.deepEqual(event(), {
      specversion: '1.0',
      id: warningId(WARNING),
      source: '/apis/tollgate.dev/v1alpha1/namespaces/local/budgetpolicies/team',
      type: 'dev.tollgate.budget.warning',
      subject: 'local/team/per-day',
      time: '2026-11-22T14:30:01.005Z',
      datacontenttype: 'application/json',
      data: {
        policy: 'local/team',
        limit: 'local/team/per-day',
        per: 'workload',
        scope: 'workload:local/claude',
        window: 'day:UTC:2026-11-22',
        unit: 'usd',
        percent: 80,
        spent: '10.000000001',
        amount: '12.50',
        spentNanoUsd: 10_000_000_001,
        amountNanoUsd: 12_500_000_000,
        resetsAt: '2026-11-23T00:00:00.000Z',
        workload: 'local/claude',
        session: 's1',
      },
    });
  });

  it('counts tokens and requests as numbers, and may never be reset', () => {
    const { data } = event({ unit: 'tokens', spent: 8, amount: 10, resetsAt: null, scope: 'cluster' });
    assert.deepEqual([data.spent, data.amount, data.resetsAt, data.per], [8, 10, null, 'cluster']);
    assert.ok(!('spentNanoUsd' in data) && !('amountNanoUsd' in data));
  });

  it('has the same id however often it is sent, and another one than any other warning', () => {
    assert.match(warningId(WARNING), /^warning_[0-9a-f]{32}$/);
    assert.equal(warningId({ ...WARNING }), warningId(WARNING));
    const others: Partial<BudgetWarning>[] = [
      { percent: 95 },
      { window: 'day:UTC:2026-11-23' },
      { scope: 'workload:local/codex' },
      { limit: 'local/team/per-week' },
      { unit: 'tokens' },
      // Another machine, or a state folder that was begun anew.
      { at: WARNING.at + 1 },
    ];
    const ids = others.map((more) => warningId({ ...WARNING, ...more }));
    assert.equal(new Set([warningId(WARNING), ...ids]).size, others.length + 1);
  });
});
