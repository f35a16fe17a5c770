import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { LedgerUnavailable } from '../../core/ports.ts';
import { Batch } from './batch.ts';

type Tx = (value: number | string | null) => void;

/** A batch over a table with one column, which counts its transactions. */
function open(onCommit: () => void = () => undefined) {
  const db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE t (v INTEGER NOT NULL UNIQUE)');
  const insert = db.prepare('INSERT INTO t VALUES (?)');
  const seen = { begun: 0, committed: 0, failed: 0 };
  const batch = new Batch<Tx>(db, {
    check: () => undefined,
    begin: () => {
      seen.begun++;
      return (value) => insert.run(value);
    },
    finish: onCommit,
    committed: () => {
      seen.committed++;
    },
    failed: () => {
      seen.failed++;
    },
  });
  const values = () =>
    db
      .prepare('SELECT v FROM t ORDER BY rowid')
      .all()
      .map(({ v }) => v);
  return { batch, db, seen, values };
}

function putting(value: number | string | null, result: unknown = value) {
  return (tx: Tx) => {
    tx(value);
    return result;
  };
}

function outcomes(results: PromiseSettledResult<unknown>[]): unknown[] {
  return results.map((result) =>
    result.status === 'fulfilled' ? result.value : (result.reason as Error).name,
  );
}

describe('a batch', () => {
  it('does all work of one turn in one transaction, in order, and answers after it', async () => {
    const { batch, seen, values } = open();
    const works = [3, 1, 2].map((value) => batch.add(putting(value)));
    assert.deepEqual(values(), []);
    assert.deepEqual(await Promise.all(works), [3, 1, 2]);
    assert.deepEqual(values(), [3, 1, 2]);
    assert.deepEqual(seen, { begun: 1, committed: 1, failed: 0 });
  });

  it('rejects a work that throws, undoes it, and does its neighbours', async () => {
    const { batch, values } = open();
    const failing = (tx: Tx) => {
      tx(10);
      throw new RangeError('not this one');
    };
    const results = await Promise.allSettled([
      batch.add(putting(1)),
      batch.add(failing),
      batch.add(putting(2)),
      batch.add(failing),
      batch.add(putting(3)),
    ]);
    assert.deepEqual(outcomes(results), [1, 'RangeError', 2, 'RangeError', 3]);
    assert.deepEqual(values(), [1, 2, 3]);
  });

  it('does its neighbours also when a work finds by itself that something is unavailable', async () => {
    const { batch, values } = open();
    const failing = () => {
      throw new LedgerUnavailable('no room for its contents');
    };
    const results = await Promise.allSettled([batch.add(failing), batch.add(putting(1))]);
    assert.deepEqual(outcomes(results), ['LedgerUnavailable', 1]);
    assert.deepEqual(values(), [1]);
  });

  it('rejects a work whose values the database does not take, with what callers of the port expect', async () => {
    const { batch, values } = open();
    const works = [putting(1), putting(null), putting(1, 'twice'), putting(2)];
    const results = await Promise.allSettled(works.map((work) => batch.add(work)));
    assert.deepEqual(outcomes(results), [1, 'LedgerUnavailable', 'LedgerUnavailable', 2]);
    assert.deepEqual(values(), [1, 2]);
  });

  it('keeps the order when it runs works again, also before those that came later', async () => {
    const { batch, values } = open();
    const first = [
      batch.add(putting(1)),
      batch.add(() => {
        batch.add(putting(3)).catch(() => undefined);
        throw new Error('fails after it queued another');
      }),
      batch.add(putting(2)),
    ];
    await Promise.allSettled(first);
    await batch.add(putting(4));
    assert.deepEqual(values(), [1, 2, 3, 4]);
  });

  it('does nothing of a transaction that can not be committed, and says so to all', async () => {
    let full = true;
    const { batch, seen, values } = open(() => {
      if (full) throw Object.assign(new Error('disk full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });
    });
    const results = await Promise.allSettled([batch.add(putting(1)), batch.add(putting(2))]);
    assert.deepEqual(outcomes(results), ['LedgerUnavailable', 'LedgerUnavailable']);
    assert.deepEqual(values(), []);
    assert.deepEqual(seen, { begun: 1, committed: 0, failed: 1 });
    full = false;
    assert.equal(await batch.add(putting(1)), 1);
    assert.deepEqual(values(), [1]);
  });

  it('splits very many works, so that no transaction holds the event loop for long', async () => {
    const { batch, seen, values } = open();
    const count = 1000;
    await Promise.all(Array.from({ length: count }, (_, i) => batch.add(putting(i))));
    assert.equal(values().length, count);
    assert.ok(seen.committed >= 5 && seen.committed <= 50, `${seen.committed} transactions`);
  });

  it('rejects as unavailable what comes after the database was closed', async () => {
    const { batch, db } = open();
    db.close();
    await assert.rejects(batch.add(putting(1)), LedgerUnavailable);
  });
});
