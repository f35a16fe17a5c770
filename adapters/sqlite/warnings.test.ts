import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { closedDraft, requestFor } from '../testing-drafts.ts';
import { openLedger, rows, temporaryFolder } from './testing.ts';
import { recorded, reserve, settle, spend, warningLimit } from './testing-warnings.ts';
import { verifyDatabase } from './verify.ts';
import type { Recorded } from './warnings.ts';

const LIMIT = [warningLimit()];

async function open(t: Parameters<typeof temporaryFolder>[0], folder = temporaryFolder(t), clock = Date.now) {
  const told: Recorded[] = [];
  const opened = await openLedger(folder, { clock, onWarnings: (some) => told.push(...some) });
  return {
    ...opened,
    folder,
    told: () => told.map(({ warning, highest }) => [warning.percent, highest]),
    all: told,
  };
}

describe('a warning', () => {
  it('is recorded with the settlement that reaches its threshold, with all that there is to know', async (t) => {
    const { ledger, db, told, all, paths } = await open(t, undefined, () => 5_000);
    await spend(ledger, 'a', LIMIT, 499);
    assert.deepEqual(recorded(db), []);
    await spend(ledger, 'b', LIMIT, 1);
    assert.deepEqual(rows(db, 'SELECT * FROM warnings'), [
      {
        counter: 'local/test/budget|cluster|lifetime|usd',
        percent: 50,
        policy: 'local/test',
        limit_id: 'local/test/budget',
        amount: 1000,
        spent: 500,
        resets_at: null,
        at: 5_000,
        workload: 'local/crawler',
        session: 's1',
        state: 'pending',
        attempts: 0,
        due_at: 5_000,
        delivered_at: null,
      },
    ]);
    assert.deepEqual(told(), [[50, true]]);
    assert.deepEqual(all[0]?.warning, {
      policy: 'local/test',
      limit: 'local/test/budget',
      scope: 'cluster',
      window: 'lifetime',
      unit: 'usd',
      percent: 50,
      spent: 500,
      amount: 1000,
      resetsAt: null,
      at: 5_000,
      workload: 'local/crawler',
      session: 's1',
    });
    await ledger.stop();
    assert.deepEqual(verifyDatabase(paths).findings, []);
  });

  it('is about what was spent, not about what running calls hold', async (t) => {
    const { ledger, db } = await open(t);
    assert.ok(await reserve(ledger, 'a', LIMIT, 590));
    assert.ok(await reserve(ledger, 'b', LIMIT, 400));
    assert.deepEqual(recorded(db), []);
    await settle(ledger, 'a', 490);
    assert.deepEqual(recorded(db), []);
    await ledger.stop();
  });

  it('is there for each threshold that one call reaches, and the highest is the one that is sent', async (t) => {
    const { ledger, db, told } = await open(t);
    await spend(ledger, 'a', LIMIT, 810);
    assert.deepEqual(recorded(db), [
      [50, 'passed over'],
      [80, 'pending'],
    ]);
    assert.deepEqual(told(), [
      [50, false],
      [80, true],
    ]);
    await spend(ledger, 'b', LIMIT, 190);
    assert.deepEqual(recorded(db).at(-1), [95, 'pending']);
    await ledger.stop();
  });

  it('is given once: not again by later calls, nor when a late settlement takes spend back and it comes again', async (t) => {
    let now = 1_000_000;
    const { ledger, db, told } = await open(t, undefined, () => now);
    await spend(ledger, 'a', LIMIT, 400);
    assert.ok(await reserve(ledger, 'slow', LIMIT, 450));
    now += 90_000;
    await ledger.sweep();
    assert.deepEqual(told(), [
      [50, false],
      [80, true],
    ]);
    await settle(ledger, 'slow', 10);
    assert.deepEqual(rows(db, 'SELECT spent FROM counters'), [{ spent: 410 }]);
    await spend(ledger, 'b', LIMIT, 500);
    assert.equal(told().length, 2);
    await spend(ledger, 'c', LIMIT, 50);
    assert.deepEqual(told().slice(2), [[95, true]]);
    await ledger.stop();
  });

  it('is given once by all processes and across restarts', async (t) => {
    const one = await open(t);
    const two = await open(t, one.folder);
    await spend(one.ledger, 'a', LIMIT, 300);
    await spend(two.ledger, 'b', LIMIT, 300);
    await spend(one.ledger, 'c', LIMIT, 210);
    await spend(two.ledger, 'd', LIMIT, 10);
    assert.deepEqual([one.told(), two.told()], [[[80, true]], [[50, true]]]);
    await one.ledger.stop();
    await two.ledger.stop();
    const three = await open(t, one.folder);
    await spend(three.ledger, 'e', LIMIT, 10);
    assert.deepEqual(three.told(), []);
    await spend(three.ledger, 'f', LIMIT, 150);
    assert.deepEqual(three.told(), [[95, true]]);
    await three.ledger.stop();
  });

  it('is one row however many calls reach it at the same moment', async (t) => {
    const one = await open(t);
    const two = await open(t, one.folder);
    const ledgers = [one.ledger, two.ledger];
    const leases = Array.from({ length: 100 }, (_, n) => `l${n}`);
    const ledgerOf = (n: number) => ledgers[n % 2] as typeof one.ledger;
    await Promise.all(leases.map((lease, n) => reserve(ledgerOf(n), lease, LIMIT, 10)));
    await Promise.all(leases.map((lease, n) => settle(ledgerOf(n), lease, 10)));
    assert.deepEqual(
      recorded(one.db).map(([percent]) => percent),
      [50, 80, 95],
    );
    const told = [...one.told(), ...two.told()].map(([percent]) => percent).toSorted();
    assert.deepEqual(told, [50, 80, 95]);
    for (const ledger of ledgers) await ledger.stop();
  });

  it('is given anew in a new window, and for each who has a count of their own', async (t) => {
    const { ledger, db, told } = await open(t);
    for (const key of ['workload:a|day:UTC:1', 'workload:a|day:UTC:2', 'workload:b|day:UTC:2']) {
      const resetsAt = 86_400_000 * Number(key.at(-1));
      await spend(ledger, key, [warningLimit({ counter: `local/test/budget|${key}|usd`, resetsAt })], 500);
    }
    assert.equal(told().length, 3);
    assert.deepEqual(
      rows(db, 'SELECT counter, resets_at FROM warnings ORDER BY counter').map(({ resets_at }) => resets_at),
      [86_400_000, 172_800_000, 172_800_000],
    );
    await ledger.stop();
  });

  it('is given by limits that only record, and beyond their amount', async (t) => {
    const { ledger, told } = await open(t);
    const limits = [warningLimit({ refuse: false }, { percents: [100] })];
    await spend(ledger, 'a', limits, 999);
    await spend(ledger, 'b', limits, 5_000);
    assert.deepEqual(told(), [[100, true]]);
    await ledger.stop();
  });

  it('is for the amount that the policy has now, and what was told stays told', async (t) => {
    const { ledger, told } = await open(t);
    await spend(ledger, 'a', LIMIT, 500);
    const raised = [warningLimit({ amount: 10_000 })];
    await spend(ledger, 'b', raised, 4_500);
    assert.deepEqual(told(), [[50, true]], 'half of the larger amount was told as half of the smaller one');
    await spend(ledger, 'c', raised, 3_000);
    assert.deepEqual(told().slice(1), [[80, true]]);
    await ledger.stop();
  });

  it('comes with the next call where a threshold was added below what is spent', async (t) => {
    const { ledger, told } = await open(t);
    await spend(ledger, 'a', [warningLimit({}, { percents: [] })], 600);
    assert.deepEqual(told(), []);
    await spend(ledger, 'b', LIMIT, 1);
    assert.deepEqual(told(), [[50, true]]);
    await ledger.stop();
  });

  it('is for nobody to send where there is no webhook, and is none where nothing is asked for', async (t) => {
    const { ledger, db, told } = await open(t);
    await spend(
      ledger,
      'a',
      [warningLimit({ counter: 'local/test/x|cluster|lifetime|usd' }, { send: false })],
      900,
    );
    assert.deepEqual(recorded(db), [
      [50, 'none'],
      [80, 'none'],
    ]);
    assert.equal(told().length, 2);
    await spend(ledger, 'b', [warningLimit({}, { percents: [] })], 900);
    assert.equal(told().length, 2);
    await ledger.stop();
  });

  it('is given by whoever charges the call of a process that has died, also without its policies', async (t) => {
    let now = 1_000_000;
    const clock = () => now;
    const dead = await open(t, undefined, clock);
    await spend(dead.ledger, 'a', LIMIT, 400);
    assert.ok(await reserve(dead.ledger, 'b', LIMIT, 450));
    dead.db.close();
    now += 90_000;
    const next = await open(t, dead.folder, clock);
    assert.deepEqual(next.told(), [
      [50, false],
      [80, true],
    ]);
    assert.equal(next.all[0]?.warning.workload, 'local/crawler');
    await next.ledger.stop();
  });

  it('is not recorded by a transaction that is rolled back, and is by the one that takes its place', async (t) => {
    const { ledger, db, told } = await open(t);
    assert.ok(await reserve(ledger, 'a', LIMIT, 600));
    const failing = ledger.inTransaction((tx) => {
      const settlement = { outcome: 'settled', amounts: { usd: 600, tokens: 1, requests: 1 } } as const;
      tx.settle('a', settlement, closedDraft({ lease: 'a' }, settlement));
      throw new Error('on purpose');
    });
    await assert.rejects(failing, /on purpose/);
    assert.deepEqual([recorded(db), told()], [[], []]);
    await settle(ledger, 'a', 600);
    const other = [warningLimit({ counter: 'local/test/other|cluster|lifetime|usd' })];
    const reserving = ledger.inTransaction((tx) => {
      tx.reserve(requestFor({ lease: 'b', limits: other }));
      throw new Error('on purpose');
    });
    await assert.rejects(reserving, /on purpose/);
    assert.ok(await reserve(ledger, 'b', other, 10));
    assert.equal(rows(db, 'SELECT 1 FROM warning_rules').length, 2, 'what the other limit warns of');
    assert.deepEqual([recorded(db).length, told().length], [1, 1]);
    await ledger.stop();
  });

  it('costs calls nothing: no statement but those of any other call, until a threshold is reached', async (t) => {
    const { ledger, db, told } = await open(t);
    await spend(ledger, 'first', LIMIT, 1);
    const prepared = new Map<string, number>();
    const prototype = Object.getPrototypeOf(db.prepare('SELECT 1'));
    for (const name of ['run', 'get', 'all'] as const) {
      const real = prototype[name];
      t.mock.method(prototype, name, function (this: { sourceSQL: string }, ...values: unknown[]) {
        prepared.set(this.sourceSQL, (prepared.get(this.sourceSQL) ?? 0) + 1);
        return real.apply(this, values);
      });
    }
    for (let n = 0; n < 10; n++) await spend(ledger, `l${n}`, LIMIT, 1);
    const ofWarnings = () => [...prepared.keys()].filter((sql) => /warning/.test(sql));
    assert.ok(prepared.size > 5);
    assert.deepEqual(ofWarnings(), []);
    await spend(ledger, 'x', LIMIT, 600);
    assert.ok(ofWarnings().length > 0 && told().length === 1);
    prepared.clear();
    await spend(ledger, 'y', LIMIT, 1);
    assert.deepEqual(ofWarnings(), []);
    t.mock.restoreAll();
    await ledger.stop();
  });
});
