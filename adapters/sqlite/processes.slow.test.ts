import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SMALL } from '../testing-drafts.ts';
import { openState } from './state.ts';
import { rows, temporaryFolder } from './testing.ts';
import { assertConsistent, foundIn, TestProcess, watchCounters } from './testing-processes.ts';
import { verifyDatabase } from './verify.ts';

const ROUNDS = 50;
const PROCESSES = 4;
const CALLS = 16;
const FITS = 10;

describe('several processes on one file', () => {
  it('may all open it at the moment in which it is made', async (t) => {
    const folder = temporaryFolder(t);
    for (let i = 0; i < 3; i++) {
      const state = join(folder, `state-${i}`);
      const chains = Array.from({ length: 6 }, (_, n) => `chain-${n}`);
      const processes = await Promise.all(
        chains.map((chain) => TestProcess.start(t, { folder: state, chain })),
      );
      for (const process of processes) await process.stop();
      const { db, paths } = openState(state);
      const kinds = rows(db, 'SELECT kind, count(*) AS n FROM entries GROUP BY kind ORDER BY kind');
      assert.deepEqual(kinds, [
        { kind: 'started', n: 6 },
        { kind: 'stopped', n: 6 },
      ]);
      assert.deepEqual(verifyDatabase(paths).findings, []);
      db.close();
    }
  });

  it(`spend exactly what fits: ${PROCESSES * CALLS} calls at once on a budget for ${FITS}, ${ROUNDS} times`, async (t) => {
    const folder = temporaryFolder(t);
    const { db, paths } = openState(folder);
    watchCounters(db);
    const chains = Array.from({ length: PROCESSES }, (_, i) => `chain-${i}`);
    const processes = await Promise.all(chains.map((chain) => TestProcess.start(t, { folder, chain })));
    const amount = FITS * SMALL.usd;
    const winners = new Map<number, number>();
    for (let round = 0; round < ROUNDS; round++) {
      const name = `round-${round}`;
      db.prepare('INSERT INTO test_limits VALUES (?, ?)').run(name, amount);
      const results = await Promise.all(
        processes.map((process) => process.run({ name, amount, calls: CALLS })),
      );
      const granted = results.map((result) => result.granted);
      assert.equal(
        granted.reduce((sum, n) => sum + n),
        FITS,
        `round ${round}: ${granted} granted`,
      );
      assert.equal(results.flatMap(({ refused }) => refused).length, PROCESSES * CALLS - FITS);
      for (const [i, n] of granted.entries()) if (n > 0) winners.set(i, (winners.get(i) ?? 0) + 1);
      assert.deepEqual(rows(db, 'SELECT spent, reserved FROM counters WHERE key = ?', name), [
        { spent: amount, reserved: 0 },
      ]);
      // While the others go on writing, so that what is read of the ends and of the log is not of one moment.
      if (round % 10 === 0) {
        const work = Promise.all(
          processes.map((process) => process.run({ name: 'beside', amount: 1e9, calls: 100 })),
        );
        await new Promise((resolve) => setTimeout(resolve, 5));
        for (let i = 0; i < 3; i++) {
          assert.deepEqual(
            foundIn(paths).filter(({ note }) => !note),
            [],
          );
        }
        await work;
      }
    }
    assert.ok(winners.size > 1, 'one process won every round: they did not compete');
    for (const process of processes) await process.stop();
    assertConsistent(db);
    assert.deepEqual(foundIn(paths), []);
    t.diagnostic(`rounds in which each process got something: ${JSON.stringify([...winners])}`);
    db.close();
  });
});
