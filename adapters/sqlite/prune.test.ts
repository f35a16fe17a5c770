import assert from 'node:assert/strict';
import { chmodSync, cpSync, rmSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { closedDraft, limitOf, requestFor } from '../testing-drafts.ts';
import { prune } from './prune.ts';
import { type OpenLedger, openLedger, rows, temporaryFolder } from './testing.ts';
import { DAY, Machine, SETTLED } from './testing-machine.ts';

async function withDatabase<T>(machine: Machine, read: (open: OpenLedger) => T): Promise<T> {
  const open = await machine.open(`reader-${machine.ends().length}`);
  try {
    return read(open);
  } finally {
    open.db.close();
  }
}

describe('retention', () => {
  it('removes what is older than the date, and the log still verifies', async (t) => {
    const machine = new Machine(t);
    await machine.process('old', 5);
    const both = await machine.open('both');
    await machine.call(both.ledger, 'both-0');
    machine.now += 40 * DAY;
    await machine.call(both.ledger, 'both-1');
    await machine.process('young', 5);
    assert.deepEqual(machine.found(), []);

    const report = await machine.prune('pruner', machine.now - 30 * DAY);
    const nothing = { messages: 0, sessions: 0, counters: 0, kept: [] };
    assert.deepEqual(report, { entries: 12 + 3, leases: 6, ...nothing });
    assert.deepEqual(machine.found(), ['(pruned)', '(pruned)']);
    assert.deepEqual(machine.ends(), ['both.1', 'pruner.1', 'young.1']);
    await machine.call(both.ledger, 'both-2');
    await both.ledger.stop();
    assert.deepEqual(machine.found(), ['(pruned)', '(pruned)']);
    await withDatabase(machine, ({ db }) => {
      const ids = rows(db, 'SELECT id FROM leases ORDER BY id').map(({ id }) => id);
      assert.deepEqual(ids, ['both-1', 'both-2', 'young-0', 'young-1', 'young-2', 'young-3', 'young-4']);
      assert.deepEqual(rows(db, 'SELECT min(seq) AS seq FROM entries WHERE chain = ?', 'both'), [{ seq: 4 }]);
      assert.deepEqual(rows(db, 'SELECT spent FROM counters'), [{ spent: 13 * 20 }]);
      const oldest = rows(db, 'SELECT min(at) AS at FROM entries');
      assert.ok(Number(oldest[0]?.at) >= machine.now - 30 * DAY);
    });
  });

  it('is still found out when somebody removes more, or changes what is left', async (t) => {
    const machine = new Machine(t);
    await machine.process('old', 3);
    const open = await machine.open('open');
    await machine.call(open.ledger, 'open-0');
    machine.now += 40 * DAY;
    for (let i = 1; i < 4; i++) await machine.call(open.ledger, `open-${i}`);
    await open.ledger.stop();
    await machine.prune('pruner', machine.now - 30 * DAY);
    const attacks: [sql: string, expected: string][] = [
      [`DELETE FROM entries WHERE chain = 'open' AND seq = 4`, 'removed open 4'],
      [`DELETE FROM entries WHERE chain = 'open' AND seq = 6`, 'removed open 6'],
      [`DELETE FROM entries WHERE chain = 'open' AND seq > 7`, 'cut_off open 8'],
      [`DELETE FROM entries WHERE chain = 'open'`, 'chain_missing open 4'],
      [
        `UPDATE entries SET text = replace(text, 'claude', 'x') WHERE chain = 'open' AND seq = 4`,
        'changed open 4',
      ],
      [`DELETE FROM entries WHERE kind = 'pruned'`, 'removed open 1'],
      [`UPDATE entries SET apart = NULL WHERE kind = 'pruned'`, 'removed open 1'],
      [
        `UPDATE entries SET text = replace(text, '"seq":3', '"seq":5') WHERE kind = 'pruned'; DELETE FROM entries WHERE chain = 'open' AND seq <= 5`,
        'removed open 1',
      ],
    ];
    for (const [sql, expected] of attacks) {
      const folder = temporaryFolder(t);
      cpSync(machine.folder, folder, { recursive: true });
      const { db, ledger } = await openLedger(folder, { clock: () => machine.now });
      db.exec(sql);
      await ledger.stop();
      assert.ok(machine.found(folder).includes(expected), `${sql}: ${machine.found(folder)}`);
    }
  });

  it('can not be pretended: an entry that says so, added to a chain whose process has gone, is not believed', async (t) => {
    const machine = new Machine(t);
    await machine.process('victim', 3);
    await machine.process('other', 1);
    await withDatabase(machine, ({ db }) => {
      const [last] = rows(
        db,
        `SELECT seq, hash FROM entries WHERE chain = 'other' ORDER BY seq DESC LIMIT 1`,
      );
      const [cut] = rows(db, `SELECT chain, seq, hash FROM entries WHERE chain = 'victim' AND seq = 3`);
      db.exec(`
        INSERT INTO entries SELECT 'other', ${Number(last?.seq) + 1}, 9, 'pruned', NULL, 1, t, 'h' FROM (SELECT '{"chain":"other","seq":${Number(last?.seq) + 1},"prev":"${last?.hash}","kind":"pruned","at":9,"through":${JSON.stringify(cut)},"whole":false}' AS t);
        DELETE FROM entries WHERE chain = 'victim' AND seq <= 3`);
    });
    assert.ok(machine.found().includes('removed victim 1'), `${machine.found()}`);
  });

  it('can be repeated, also over chains that recorded it before', async (t) => {
    const machine = new Machine(t);
    const lives = await machine.open('lives');
    for (let month = 0; month < 12; month++) {
      await machine.call(lives.ledger, `lives-${month}`);
      await machine.process(`run-${month}`, 2);
      machine.now += 30 * DAY;
      await machine.prune(`pruner-${month}`, machine.now - 70 * DAY);
      const found = machine.found();
      assert.deepEqual(
        found.filter((one) => one !== '(pruned)'),
        [],
        `month ${month}`,
      );
    }
    // What is recorded of chains that nothing is left of, and nothing names, goes with the chain that recorded it.
    await withDatabase(machine, ({ db }) => {
      const records = rows(db, `SELECT text FROM entries WHERE kind = 'pruned'`);
      const named = new Set(records.map(({ text }) => JSON.parse(text as string).through.chain));
      assert.ok(named.has('lives') && named.has('run-9'), `${[...named]}`);
      for (const gone of ['run-0', 'run-5', 'pruner-5']) assert.ok(!named.has(gone), `${[...named]}`);
    });
    await lives.ledger.stop();
    assert.deepEqual(
      machine.found().filter((one) => one !== '(pruned)'),
      [],
    );
  });

  it('keeps its record of a chain that goes on without having been cut again', async (t) => {
    const machine = new Machine(t);
    const lives = await machine.open('lives');
    await machine.call(lives.ledger, 'lives-0');
    machine.now += 30 * DAY;
    await machine.prune('pruner-1', machine.now - DAY);
    machine.now += 30 * DAY;
    await machine.call(lives.ledger, 'lives-1');
    await machine.prune('pruner-2', machine.now - DAY);
    assert.deepEqual(machine.ends(), ['lives.1', 'pruner-2.1']);
    assert.deepEqual(machine.found(), ['(pruned)', '(pruned)']);
    await lives.ledger.stop();
  });

  it('keeps a lease while an entry of its exchange is left, as where a clock was set back', async (t) => {
    const machine = new Machine(t);
    machine.now += 50 * DAY;
    const open = await machine.open('ahead');
    machine.now -= 50 * DAY;
    await machine.call(open.ledger, 'behind');
    await open.ledger.stop();
    machine.now += 60 * DAY;
    const report = await machine.prune('pruner', machine.now - 30 * DAY);
    assert.deepEqual([report.entries, report.leases], [0, 0]);
    assert.deepEqual(machine.found(), []);
  });

  it('leaves alone what is still running, and a chain that sleeps wakes up', async (t) => {
    const machine = new Machine(t);
    const sleeps = await openLedger(machine.folder, {
      chain: 'sleeps',
      clock: () => machine.now,
      leaseTtlMs: 400 * DAY,
    });
    await sleeps.ledger.reserve(requestFor({ lease: 'long', at: machine.now, limits: [limitOf(1e9)] }));
    machine.now += 90 * DAY;
    const report = await machine.prune('pruner', machine.now - DAY);
    assert.deepEqual([report.entries, report.leases], [2, 0]);
    assert.deepEqual(machine.found(), ['(pruned)']);
    const closed = closedDraft({ lease: 'long', at: machine.now }, SETTLED);
    await sleeps.ledger.settle('long', SETTLED, closed);
    await machine.call(sleeps.ledger, 'next');
    assert.deepEqual(machine.found(), ['(pruned)']);
    assert.deepEqual(machine.ends(), ['pruner.1', 'sleeps.1']);
    await sleeps.ledger.stop();
    assert.deepEqual(machine.found(), ['(pruned)']);
  });

  it('remembers a chain that sleeps, also when the chain that recorded it is removed in turn', async (t) => {
    const machine = new Machine(t);
    const sleeps = await machine.open('sleeps');
    await machine.call(sleeps.ledger, 'before');
    for (const pruner of ['pruner-1', 'pruner-2', 'pruner-3']) {
      machine.now += 90 * DAY;
      await machine.prune(pruner, machine.now - DAY);
    }
    assert.deepEqual(machine.ends(), ['pruner-3.1']);
    await machine.call(sleeps.ledger, 'after');
    await sleeps.ledger.stop();
    assert.deepEqual(machine.found(), ['(pruned)', '(pruned)']);
  });

  it('removes nothing while it can not be recorded in the ends', async (t) => {
    const machine = new Machine(t);
    await machine.process('old', 3);
    machine.now += 40 * DAY;
    const open = await machine.open('pruner');
    const { ends } = open.paths;
    // Its file is gone and can't be made again: what is written goes nowhere.
    cpSync(ends, `${ends}-kept`, { recursive: true });
    rmSync(ends, { recursive: true });
    writeFileSync(ends, '');
    chmodSync(ends, 0o600);
    await assert.rejects(prune({ ...open, before: machine.now, now: machine.now }));
    assert.equal(rows(open.db, `SELECT 1 FROM entries WHERE chain = 'old'`).length, 8);
    rmSync(ends);
    cpSync(`${ends}-kept`, ends, { recursive: true });
    await open.ledger.record({ kind: 'stopped', at: machine.now });
    assert.equal((await prune({ ...open, before: machine.now - DAY, now: machine.now })).entries, 8);
    assert.deepEqual(machine.found(), ['(pruned)']);
    await open.ledger.stop();
  });

  it('removes nothing before its record has its end', async (t) => {
    const machine = new Machine(t);
    await machine.process('old', 3);
    machine.now += 40 * DAY;
    const open = await machine.open('pruner');
    const inTransaction = open.ledger.inTransaction.bind(open.ledger);
    const ledger = { inTransaction, end: { chain: 'pruner', seq: 2, hash: 'another' } };
    await assert.rejects(prune({ ...open, ledger, before: machine.now, now: machine.now }), {
      name: 'LedgerUnavailable',
      message: /^nothing was removed/,
    });
    assert.equal(rows(open.db, `SELECT 1 FROM entries WHERE chain = 'old'`).length, 8);
    await open.ledger.stop();
  });

  it('goes on after it was interrupted anywhere', async (t) => {
    const machine = new Machine(t);
    for (let i = 0; i < 3; i++) await machine.process(`old-${i}`, 200);
    machine.now += 40 * DAY;
    await machine.process('young', 3);
    for (let steps = 1; ; steps++) {
      const open = await machine.open(`pruner-${steps}`);
      const inTransaction = open.ledger.inTransaction.bind(open.ledger);
      let left = steps;
      open.ledger.inTransaction = (run) =>
        left-- > 0 ? inTransaction(run) : Promise.reject(new Error('interrupted'));
      const ended = await prune({ ...open, before: machine.now - DAY, now: machine.now }).then(
        () => true,
        (error) => assert.equal(error.message, 'interrupted'),
      );
      await open.ledger.stop();
      assert.deepEqual(
        machine.found().filter((one) => one !== '(pruned)'),
        [],
        `after ${steps} steps`,
      );
      if (ended) {
        assert.ok(steps > 3, 'it was never interrupted');
        return;
      }
    }
  });

  it('takes small bites: no transaction holds the lock for long', async (t) => {
    const machine = new Machine(t);
    const old = await machine.open('old');
    const contents = await old.ledger.openContents('s1');
    for (let i = 0; i < 20; i++) {
      await Promise.all(Array.from({ length: 100 }, (_, n) => machine.call(old.ledger, `old-${i}-${n}`)));
      contents.put(Buffer.alloc(100_000, crypto.randomUUID()), null);
    }
    await old.ledger.stop();
    machine.now += 40 * DAY;
    const open = await machine.open('pruner');
    const exec = open.db.exec.bind(open.db);
    const times: number[] = [];
    let began = process.cpuUsage();
    open.db.exec = (sql) => {
      exec(sql);
      if (sql === 'BEGIN IMMEDIATE') began = process.cpuUsage();
      if (sql === 'COMMIT') times.push(process.cpuUsage(began).user / 1000);
    };
    const report = await prune({ ...open, before: machine.now - DAY, now: machine.now });
    assert.equal(report.entries, 4002);
    assert.equal(report.leases, 2000);
    assert.ok(times.length > 12);
    times.sort((a, b) => a - b);
    // Time of the processor: a slow disk, or another program, is no fault of theirs.
    assert.ok(Number(times[Math.floor(times.length / 2)]) < 200, `${times.map((ms) => ms.toFixed(1))} ms`);
    await open.ledger.stop();
    assert.deepEqual(machine.found(), ['(pruned)']);
  });
});
