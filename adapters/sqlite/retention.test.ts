import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PruneReport } from './prune.ts';
import { Retention } from './retention.ts';
import { type OpenLedger, rows } from './testing.ts';
import { DAY, Machine } from './testing-machine.ts';

/** Retention of one process, until it has pruned or failed. */
async function retain(machine: Machine, open: OpenLedger, keepMs: number): Promise<PruneReport> {
  const { promise, resolve, reject } = Promise.withResolvers<PruneReport>();
  const clock = () => machine.now;
  const retention = new Retention({ ...open, clock, keepMs, onPruned: resolve, onError: reject });
  const report = await promise;
  await retention.stop();
  return report;
}

async function oldAndYoung(machine: Machine): Promise<void> {
  await machine.process('old', 1_200);
  machine.now += 40 * DAY;
  await machine.process('young', 3);
}

describe('a process that keeps records for so long', () => {
  it('removes what is older when it starts, and the log still verifies', async (t) => {
    const machine = new Machine(t);
    await oldAndYoung(machine);
    const open = await machine.open('keeper');
    const report = await retain(machine, open, 30 * DAY);
    assert.deepEqual([report.entries, report.leases], [2_402, 1_200]);
    await open.ledger.stop();
    assert.deepEqual(machine.found(), ['(pruned)']);
    assert.deepEqual(machine.ends(), ['keeper.1', 'young.1']);
  });

  it('may do so beside others that do the same', async (t) => {
    const machine = new Machine(t);
    await oldAndYoung(machine);
    const all = await Promise.all(['a', 'b', 'c'].map((chain) => machine.open(chain)));
    const reports = await Promise.all(all.map((open) => retain(machine, open, 30 * DAY)));
    assert.equal(
      reports.reduce((sum, { leases }) => sum + leases, 0),
      1_200,
    );
    for (const { ledger } of all) await ledger.stop();
    assert.deepEqual([...new Set(machine.found())], ['(pruned)']);
    assert.deepEqual(machine.ends(), ['a.1', 'b.1', 'c.1', 'young.1']);
  });

  it('ends in the middle of it when it is stopped; the next one goes on', async (t) => {
    const machine = new Machine(t);
    await oldAndYoung(machine);
    const open = await machine.open('hasty');
    let pruned = 0;
    const tell = () => {
      pruned++;
    };
    const clock = () => machine.now;
    const retention = new Retention({ ...open, clock, keepMs: 30 * DAY, onPruned: tell, onError: tell });
    const recorded = () => rows(open.db, `SELECT 1 FROM entries WHERE kind = 'pruned'`).length > 0;
    while (!recorded()) await new Promise((resolve) => setImmediate(resolve));
    await retention.stop();
    await open.ledger.stop();
    assert.equal(pruned, 0, 'it had not ended');
    assert.deepEqual([...new Set(machine.found())], ['(pruned)']);
    const next = await machine.open('next');
    await retain(machine, next, 30 * DAY);
    await next.ledger.stop();
    assert.deepEqual(machine.ends(), ['hasty.1', 'next.1', 'young.1']);
    assert.deepEqual([...new Set(machine.found())], ['(pruned)']);
  });
});
