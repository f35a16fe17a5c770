import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { before, describe, it, type TestContext } from 'node:test';
import { hashText } from '../../core/audit/chain.ts';
import type { ChainEnd } from '../../core/audit/entry.ts';
import { closedDraft, limitOf, requestFor } from '../testing-drafts.ts';
import { prune } from './prune.ts';
import { type Cut, checkCuts } from './prune-check.ts';
import { openState, statePaths } from './state.ts';
import { openLedger, rows } from './testing.ts';
import { readChain, tamper, writeCarefully } from './testing-log.ts';
import { DAY, Machine, SETTLED, tampered } from './testing-machine.ts';

/** @returns the whole of a chain, as what is older than `before` */
function cutOf(db: DatabaseSync, chain: string, before: number): Cut {
  const sql = 'SELECT chain, seq, hash FROM entries WHERE chain = ? ORDER BY seq DESC LIMIT 1';
  const [through] = rows(db, sql, chain) as unknown as ChainEnd[];
  return { through: through as ChainEnd, whole: true, before };
}

async function pruneFolder(folder: string, machine: Machine, chain: string) {
  const open = await openLedger(folder, { chain, clock: () => machine.now });
  const report = await prune({ ...open, before: machine.now - 30 * DAY, now: machine.now });
  await open.ledger.stop();
  return report;
}

/** Adds an entry after the last end of a chain whose process has gone. */
function append(db: DatabaseSync, chain: string, says: object, at: number): void {
  const [last] = rows(db, `SELECT seq, hash FROM entries WHERE chain = ? ORDER BY seq DESC LIMIT 1`, chain);
  const seq = Number(last?.seq) + 1;
  const entry = { chain, seq, prev: last?.hash, at, ...says } as { kind?: string };
  const text = JSON.stringify(entry);
  db.prepare(
    'INSERT INTO entries (chain, seq, at, kind, exchange, apart, text, hash) VALUES (?, ?, ?, ?, NULL, 1, ?, ?)',
  ).run(chain, seq, at, `${entry.kind}`, text, hashText(text));
}

let machine: Machine;
before(async (t) => {
  machine = new Machine(t as TestContext);
  await machine.process('old', 3);
  await machine.process('other', 2);
  machine.now += 40 * DAY;
  await machine.process('young', 3);
});

describe('retention of what was changed', () => {
  const AT_2 = `WHERE chain = 'old' AND seq = 2`;
  const attacks: [name: string, change: string | ((db: DatabaseSync) => void), kept: RegExp][] = [
    [
      'young entries, filed as if they were old',
      `UPDATE entries SET at = 1 WHERE chain = 'young'; UPDATE leases SET opened_at = 1, closed_at = 1 WHERE id LIKE 'young%'`,
      /Chain young is not pruned: entry 1: it is filed under time 1, and its text says \d+\. See/,
    ],
    [
      'young entries that say they are old, hashed anew',
      (db) => {
        const old = readChain(db, 'young').map((row) => ({
          ...row,
          at: 1,
          text: row.text.replace(/"at":\d+/, '"at":1'),
        }));
        writeCarefully(db, 'young', old);
      },
      /Chain young is not pruned: entry 1: its hash is not the one that was kept apart/,
    ],
    [
      'a text',
      `UPDATE entries SET text = replace(text, 'opus', 'haiku') ${AT_2}`,
      /Chain old .* entry 2: its text/,
    ],
    [
      'a hash',
      `UPDATE entries SET hash = 'x' ${AT_2}`,
      /Chain old .* entry 2: its text does not have the hash/,
    ],
    ['where it is filed', `UPDATE entries SET apart = 1 ${AT_2}`, /Chain old .* entry 2: it is not filed/],
    ['a removed entry', `DELETE FROM entries ${AT_2}`, /Chain old .* entry 2: it is missing/],
    [
      'a removed first entry',
      `DELETE FROM entries WHERE chain = 'old' AND seq = 1`,
      /Chain old .* entry 1: it is m/,
    ],
    [
      'entries in another order',
      `UPDATE entries SET seq = CASE seq WHEN 2 THEN 1003 ELSE 1002 END WHERE chain = 'old' AND seq IN (2, 3);
       UPDATE entries SET seq = seq - 1000 WHERE seq > 1000`,
      /Chain old .* entry 2: it does not follow on the one before it/,
    ],
    [
      'the counters of a lease',
      `UPDATE leases SET counters = '[]' WHERE id = 'old-0'; UPDATE counters SET spent = spent - 20`,
      /Chain old .* entry 2: .*its list of counters is \[\]/,
    ],
    [
      'what a lease was charged',
      `UPDATE leases SET charged_usd = 0 WHERE id = 'old-0'; UPDATE counters SET spent = spent - 20`,
      /Chain old .* entry 2: .*it is settled with 0 nano-USD/,
    ],
    [
      'a removed lease',
      `DELETE FROM leases WHERE id = 'old-0'`,
      /Chain old .* entry 2: lease old-0, .* is not there/,
    ],
  ];

  for (const [name, change, expected] of attacks) {
    it(`leaves it alone, and says so; other chains go: ${name}`, async (t) => {
      const folder = tampered(t, machine, (db) =>
        typeof change === 'string' ? db.exec(change) : change(db),
      );
      const wrong = () => machine.found(folder).filter((one) => !one.startsWith('('));
      assert.notDeepEqual(wrong(), [], 'it is found before');
      const report = await pruneFolder(folder, machine, 'pruner');
      assert.equal(report.kept.length, 1);
      assert.match(report.kept[0] as string, expected);
      assert.notDeepEqual(wrong(), [], 'it is found after');
      const left = new Set<unknown>();
      tamper(folder, (db) => {
        for (const { chain } of rows(db, 'SELECT chain FROM entries')) left.add(chain);
      });
      assert.ok(left.has(/Chain (\w+)/.exec(expected.source)?.[1]), 'nothing of it goes');
      assert.ok(!left.has('other'), 'what is as it was written goes');
    });
  }

  it('leaves a chain alone to whose end something was added that does not follow on it', async (t) => {
    const folder = tampered(t, machine, (db) => {
      append(db, 'old', { kind: 'erased', session: 's9', prev: 'x' }, 1);
    });
    const { kept } = await pruneFolder(folder, machine, 'pruner');
    assert.match(kept.join(), /^Chain old is not pruned: entry 9: it does not follow on the one before it/);
  });

  it('leaves a chain alone in which a lease ended whose beginning went before', async (t) => {
    const machine = new Machine(t);
    const { ledger, db } = await openLedger(machine.folder, {
      chain: 'sleeps',
      clock: () => machine.now,
      leaseTtlMs: 400 * DAY,
    });
    const call = { lease: 'long', limits: [limitOf(1e9)] };
    await ledger.reserve(requestFor(call));
    machine.now += 40 * DAY;
    await machine.prune('pruner-1', machine.now - 30 * DAY);
    await ledger.settle('long', SETTLED, closedDraft(call, SETTLED));
    await ledger.stop();
    assert.equal(db.isOpen, false);
    machine.now += 40 * DAY;
    tamper(machine.folder, (other) => other.exec('UPDATE leases SET charged_usd = 1'));
    const { kept } = await machine.prune('pruner-2', machine.now - 30 * DAY);
    assert.match(kept.join(), /^Chain sleeps is not pruned: entry 3: .* it is settled with 1 nano-USD/);
  });

  it('leaves alone what was said in a session of which an entry can not be read', async (t) => {
    const machine = new Machine(t);
    const open = await machine.open('first');
    const put = async (session: string, text: string) =>
      (await open.ledger.openContents(session)).put(Buffer.from(text), null);
    for (const session of ['s1', 's2']) {
      await put(session, 'named by nobody');
      const content = { envelope: await put(session, 'said'), messages: null };
      machine.now += DAY;
      await machine.call(open.ledger, session, session, [], content);
    }
    machine.now += 40 * DAY;
    await machine.call(open.ledger, 'again', 's1');
    await machine.call(open.ledger, 'also', 's2');
    await open.ledger.stop();
    tamper(machine.folder, (db) => db.exec(`UPDATE entries SET text = 'x' WHERE exchange = 'x-again'`));
    const { kept, messages } = await machine.prune('pruner', machine.now - 30 * DAY);
    assert.equal(messages, 2, 'those of the other session');
    assert.match(kept.join(), /^What was said in session s1 is not pruned: an entry of it was changed/);
    tamper(machine.folder, (db) => {
      assert.deepEqual(rows(db, 'SELECT DISTINCT session FROM contents'), [{ session: 's1' }]);
    });
  });

  it('leaves a chain alone whose ends are gone, as a whole or in part', async (t) => {
    for (const change of [(text: string) => text.split('\n').toSpliced(1, 1).join('\n'), () => undefined]) {
      const folder = tampered(t, machine, () => undefined);
      const file = join(statePaths(folder).ends, 'old.1');
      const text = change(readFileSync(file, 'utf8'));
      rmSync(file);
      if (text !== undefined) writeFileSync(file, text);
      const { kept } = await pruneFolder(folder, machine, 'pruner');
      assert.match(kept.join(), /^Chain old is not pruned: entry [12]: its ends? (is|are) missing/);
    }
  });

  it('removes a chain whose process died before it wrote its last ends', async (t) => {
    const folder = tampered(t, machine, () => undefined);
    const file = join(statePaths(folder).ends, 'old.1');
    writeFileSync(file, readFileSync(file, 'utf8').split('\n').slice(0, 5).join('\n'));
    const report = await pruneFolder(folder, machine, 'pruner');
    assert.deepEqual([report.kept, report.entries], [[], 8 + 6]);
    assert.deepEqual(machine.found(folder), ['(pruned)']);
  });

  it('writes no record again that somebody added after the last end of a chain', async (t) => {
    const folder = tampered(t, machine, (db) => {
      const [cut] = rows(db, `SELECT chain, seq, hash FROM entries WHERE chain = 'young' AND seq = 3`);
      append(db, 'other', { kind: 'pruned', through: cut, whole: false, before: 1 }, 1);
      append(db, 'other', { kind: 'erased', session: 's1' }, 1);
      db.exec(`DELETE FROM entries WHERE chain = 'young' AND seq <= 3`);
    });
    await pruneFolder(folder, machine, 'pruner');
    tamper(folder, (db) => {
      assert.deepEqual(rows(db, `SELECT 1 FROM entries WHERE chain = 'other'`), [], 'the records go');
      assert.deepEqual(rows(db, `SELECT 1 FROM entries WHERE kind = 'erased'`), []);
    });
    assert.ok(machine.found(folder).includes('removed young 1'), `${machine.found(folder)}`);
  });
});

describe('the check of what is to be removed', () => {
  /** A chain of 402 entries: several steps of the check. */
  async function longChain(t: TestContext) {
    const machine = new Machine(t);
    await machine.process('old', 200);
    await machine.process('other', 1);
    const { db, paths } = openState(machine.folder);
    t.after(() => db.close());
    const check = (before: number, signal?: AbortSignal) =>
      checkCuts(db, paths.ends, [cutOf(db, 'old', before)], signal);
    return { machine, db, paths, check };
  }

  it('wants all of it to be older than it is said to be', async (t) => {
    const { machine, check } = await longChain(t);
    assert.deepEqual((await check(machine.now)).kept, []);
    assert.match(
      (await check(machine.now - 10)).kept.join(),
      /^Chain old .* entry 3\d\d: it is not that old/,
    );
  });

  it('can be ended in the middle', async (t) => {
    const { machine, check } = await longChain(t);
    await assert.rejects(check(machine.now, AbortSignal.abort()), { name: 'AbortError' });
  });

  it('gives way to another process that has recorded meanwhile what it removes, and does', async (t) => {
    const { machine, db, paths, check } = await longChain(t);
    let done = false;
    const meanwhile = {
      throwIfAborted() {
        if (done) return;
        done = true;
        const { through } = cutOf(db, 'old', machine.now);
        append(db, 'other', { kind: 'pruned', through, whole: true, before: machine.now - 1 }, machine.now);
        const { through: record } = cutOf(db, 'other', machine.now);
        appendFileSync(join(paths.ends, 'other.1'), `${record.seq} ${record.hash}\n`);
        db.exec(`DELETE FROM entries WHERE chain = 'old' AND seq <= 300`);
      },
    } as AbortSignal;
    const { cuts, kept } = await check(machine.now, meanwhile);
    assert.ok(done);
    assert.deepEqual(kept, []);
    assert.equal(cuts[0]?.before, machine.now - 1, 'as the other recorded it');
  });
});
