import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { COUNTERS_KEPT_MS } from '../../core/audit/verify-counters.ts';
import { prune } from './prune.ts';
import { openState } from './state.ts';
import { openLedger, rows, temporaryFolder } from './testing.ts';
import { recorded, spend, warningLimit } from './testing-warnings.ts';
import { type Delivery, WarningOutbox } from './warning-outbox.ts';

const MINE = ['local/test'];

async function open(t: TestContext, folder = temporaryFolder(t)) {
  const clock = { now: 1_000_000 };
  const opened = await openLedger(folder, { clock: () => clock.now });
  return { ...opened, folder, clock, outbox: new WarningOutbox(opened) };
}

const percentOf = (delivery: Delivery | undefined) => delivery?.warning.percent;

describe('the outbox of warnings', () => {
  it('gives each to one process at a time', async (t) => {
    const one = await open(t);
    const two = await open(t, one.folder);
    await spend(one.ledger, 'a', [warningLimit()], 500);
    await spend(one.ledger, 'b', [warningLimit()], 300);
    const claims = await Promise.all(
      [one, two, one, two].map(({ outbox }) => outbox.claim(MINE, 60_000).then(percentOf)),
    );
    assert.deepEqual(claims.toSorted(), [50, 80, undefined, undefined]);
    await one.ledger.stop();
    await two.ledger.stop();
  });

  it('gives it with all that there is to know, as it was recorded', async (t) => {
    const { ledger, outbox } = await open(t);
    await spend(ledger, 'a', [warningLimit({ resetsAt: 2_000_000 })], 500);
    assert.deepEqual(await outbox.claim(MINE, 60_000), {
      counter: 'local/test/budget|cluster|lifetime|usd',
      attempt: 1,
      warning: {
        policy: 'local/test',
        limit: 'local/test/budget',
        scope: 'cluster',
        window: 'lifetime',
        unit: 'usd',
        percent: 50,
        spent: 500,
        amount: 1000,
        resetsAt: 2_000_000,
        at: 1_000_000,
        workload: 'local/crawler',
        session: 's1',
      },
    });
    await ledger.stop();
  });

  it('gives it again when the time of who had it is over', async (t) => {
    const { ledger, outbox, clock } = await open(t);
    await spend(ledger, 'a', [warningLimit()], 500);
    await outbox.claim(MINE, 60_000);
    clock.now += 59_999;
    assert.equal(await outbox.claim(MINE, 60_000), undefined);
    assert.equal(outbox.nextDue(MINE), clock.now + 1);
    clock.now += 1;
    const again = await outbox.claim(MINE, 60_000);
    assert.deepEqual([percentOf(again), again?.attempt], [50, 2]);
    await ledger.stop();
  });

  it('gives none to who has no webhook for it', async (t) => {
    const { ledger, outbox } = await open(t);
    await spend(ledger, 'a', [warningLimit()], 500);
    for (const policies of [[], ['local/other'], ['local/tes', 'local/test/budget']]) {
      assert.equal(outbox.nextDue(policies), undefined);
      assert.equal(await outbox.claim(policies, 60_000), undefined);
    }
    assert.equal(percentOf(await outbox.claim(['local/other', ...MINE], 60_000)), 50);
    await ledger.stop();
  });

  it('gives none again that was delivered or given up, and none that is not for sending', async (t) => {
    const { ledger, db, outbox, clock } = await open(t);
    const counter = 'local/test/other|cluster|lifetime|usd';
    await spend(ledger, 'a', [warningLimit(), warningLimit({ counter }, { send: false })], 810);
    const first = (await outbox.claim(MINE, 60_000)) as Delivery;
    clock.now += 70_000;
    await outbox.delivered(first);
    assert.deepEqual(rows(db, `SELECT delivered_at FROM warnings WHERE state = 'delivered'`), [
      { delivered_at: clock.now },
    ]);
    await spend(ledger, 'b', [warningLimit()], 150);
    await outbox.giveUp((await outbox.claim(MINE, 60_000)) as Delivery);
    clock.now += 1e9;
    assert.equal(outbox.nextDue(MINE), undefined);
    assert.equal(await outbox.claim(MINE, 60_000), undefined);
    assert.deepEqual(recorded(db), [
      [50, 'passed over'],
      [80, 'delivered'],
      [95, 'given up'],
      [50, 'none'],
      [80, 'none'],
    ]);
    await ledger.stop();
  });

  it('lets nobody put off what another process has taken over meanwhile', async (t) => {
    const { ledger, outbox, clock } = await open(t);
    await spend(ledger, 'a', [warningLimit()], 500);
    const slow = (await outbox.claim(MINE, 60_000)) as Delivery;
    await outbox.tryAgain(slow, clock.now + 5_000);
    assert.equal(outbox.nextDue(MINE), clock.now + 5_000);
    clock.now += 5_000;
    await outbox.claim(MINE, 60_000);
    await outbox.tryAgain(slow, clock.now);
    assert.equal(outbox.nextDue(MINE), clock.now + 60_000);
    await ledger.stop();
  });

  it('is cleared with the counters of windows long past, and only of those', async (t) => {
    const { ledger, db, paths, clock } = await open(t);
    const long = warningLimit({ counter: 'local/test/a|cluster|day:UTC:1|usd', resetsAt: 2_000_000 });
    await spend(ledger, 'a', [long, warningLimit()], 810);
    const kept = { db, paths, ledger, before: Number.MAX_SAFE_INTEGER };
    await prune({ ...kept, now: 2_000_000 + COUNTERS_KEPT_MS });
    assert.equal(recorded(db).length, 4);
    clock.now = 2_000_001 + COUNTERS_KEPT_MS;
    await prune({ ...kept, now: clock.now });
    const left = ['warnings', 'warning_rules'].map((table) =>
      rows(db, `SELECT DISTINCT counter FROM ${table}`),
    );
    assert.deepEqual(left, Array(2).fill([{ counter: 'local/test/budget|cluster|lifetime|usd' }]));
    await ledger.stop();
  });
});

describe('a state folder that an earlier version made', () => {
  it('gets a place for warnings and keeps what is in it', async (t) => {
    const { ledger, db, folder } = await open(t);
    await spend(ledger, 'a', [warningLimit()], 400);
    const made = `SELECT name FROM sqlite_master WHERE name LIKE '%warning%' OR name LIKE '%keys%' ORDER BY name`;
    const before = rows(db, made);
    db.exec('DROP TABLE warnings; DROP TABLE warning_rules; DROP TABLE keys; PRAGMA user_version = 1');
    db.close();
    const again = openState(folder);
    assert.deepEqual(rows(again.db, made), before);
    assert.deepEqual(rows(again.db, 'SELECT spent FROM counters'), [{ spent: 400 }]);
    again.db.close();
    const later = await open(t, folder);
    await spend(later.ledger, 'b', [warningLimit()], 100);
    assert.deepEqual(recorded(later.db), [[50, 'pending']]);
    await later.ledger.stop();
  });
});
