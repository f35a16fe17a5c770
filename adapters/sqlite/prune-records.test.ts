import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COUNTERS_KEPT_MS } from '../../core/audit/verify-counters.ts';
import { limitOf } from '../testing-drafts.ts';
import { eraseSession } from './erase.ts';
import { rows } from './testing.ts';
import { tamper } from './testing-log.ts';
import { DAY, Machine, tampered } from './testing-machine.ts';

describe('what retention carries on', () => {
  it('is what leases had spent that are gone: counters can not be set back by it', async (t) => {
    const machine = new Machine(t);
    for (let month = 0; month < 4; month++) {
      await machine.process(`run-${month}`, 3);
      machine.now += 40 * DAY;
      await machine.prune(`pruner-${month}`, machine.now - 30 * DAY);
      assert.deepEqual(
        machine.found().filter((one) => one !== '(pruned)'),
        [],
      );
    }
    // Nothing is left of the leases, and the chains that recorded it first are gone too.
    for (const spent of [0, 239, 241]) {
      const folder = tampered(t, machine, (db) => {
        assert.deepEqual(rows(db, 'SELECT spent FROM counters'), [{ spent: 240 }]);
        assert.deepEqual(rows(db, 'SELECT 1 FROM leases'), []);
        db.exec(`UPDATE counters SET spent = ${spent}`);
      });
      assert.ok(
        machine.found(folder).some((one) => one.startsWith('counter_mismatch')),
        `${spent}`,
      );
    }
    const folder = tampered(t, machine, (db) => db.exec('DELETE FROM counters'));
    assert.ok(machine.found(folder).some((one) => one.startsWith('counter_mismatch')));
  });

  it('ends with the counters, 400 days after their window', async (t) => {
    const machine = new Machine(t);
    const open = await machine.open('first');
    const window = limitOf(1e9, { counter: 'n|cluster|hour|usd', resetsAt: machine.now + 3_600_000 });
    await machine.call(open.ledger, 'one', 's1', [window]);
    await open.ledger.stop();
    const carried = () => {
      let all: unknown[] = [];
      tamper(machine.folder, (db) => {
        all = rows(db, `SELECT 1 FROM entries WHERE kind = 'carried'`);
      });
      return all.length;
    };
    machine.now += 40 * DAY;
    await machine.prune('second', machine.now - 30 * DAY);
    assert.equal(carried(), 1);
    machine.now += COUNTERS_KEPT_MS;
    await machine.prune('third', machine.now - 30 * DAY);
    await machine.prune('fourth', machine.now - 30 * DAY);
    machine.now += 40 * DAY;
    await machine.prune('fifth', machine.now - 30 * DAY);
    assert.equal(carried(), 0);
    assert.deepEqual([...new Set(machine.found())], ['(pruned)']);
  });

  it('is that a session was erased, as long as an entry names what was said in it', async (t) => {
    const machine = new Machine(t);
    const open = await machine.open('lives');
    const address = (await open.ledger.openContents('s1')).put(Buffer.from('said'), null);
    const content = { envelope: address, messages: null };
    const eraser = await machine.open('eraser');
    machine.now += 40 * DAY;
    await machine.call(open.ledger, 'young', 's1', [], content);
    machine.now -= 39 * DAY;
    await eraseSession('s1', eraser);
    await eraser.ledger.stop();
    machine.now += 39 * DAY;
    const erased = () => {
      let chains: unknown[] = [];
      tamper(machine.folder, (db) => {
        chains = rows(db, `SELECT chain FROM entries WHERE kind = 'erased'`).map(({ chain }) => chain);
      });
      return chains;
    };
    await machine.prune('pruner', machine.now - 30 * DAY);
    assert.deepEqual(erased(), ['pruner']);
    assert.deepEqual(
      machine.found().filter((one) => !one.startsWith('(')),
      [],
    );
    await open.ledger.stop();
    machine.now += 80 * DAY;
    await machine.prune('second', machine.now - 30 * DAY);
    await machine.prune('third', machine.now - 30 * DAY);
    machine.now += 80 * DAY;
    await machine.prune('fourth', machine.now - 30 * DAY);
    assert.deepEqual(erased(), []);
    assert.deepEqual(
      machine.found().filter((one) => !one.startsWith('(')),
      [],
    );
  });
});
