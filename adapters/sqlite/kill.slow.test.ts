import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Chance, SEED } from '../../core/json/testing.ts';
import { SMALL } from '../testing-drafts.ts';
import { openState } from './state.ts';
import { rows, temporaryFolder } from './testing.ts';
import { KILL_STATES, type KillState } from './testing-child.ts';
import { assertConsistent, foundIn, TestProcess, watchCounters } from './testing-processes.ts';

const ROUNDS = 64;
const FITS = 10;
const AMOUNT = FITS * SMALL.usd;
const TTL_MS = 400;

function report(t: TestContext, title: string, hits: Map<KillState, number>): void {
  t.diagnostic(title);
  for (const [state, times] of hits) t.diagnostic(`  ${String(times).padStart(4)}  ${state}`);
}

describe('processes killed with kill -9', () => {
  it(`overspend nothing and leave nothing unrecorded: one of three killed in each of ${ROUNDS} rounds of 64 calls`, async (t) => {
    const folder = temporaryFolder(t);
    const { db, paths } = openState(folder);
    watchCounters(db);
    const start = (chain: string) => TestProcess.start(t, { folder, chain, leaseTtlMs: TTL_MS });
    const survivors = await Promise.all([start('survivor-1'), start('survivor-2')]);
    const hits = new Map<KillState, number>(KILL_STATES.map((state) => [state, 0]));
    let next = start('victim-0');
    for (let round = 0; round < ROUNDS; round++) {
      const name = `round-${round}`;
      const killAt = KILL_STATES[Math.floor(round / 2) % KILL_STATES.length] as KillState;
      db.prepare('INSERT INTO test_limits VALUES (?, ?)').run(name, AMOUNT);
      const victim = await next;
      // In every other round the victim comes first, so that it certainly gets there; else all of them compete.
      const killing = victim.killIn({ name, amount: AMOUNT, calls: 4, killAt });
      if (round % 2 === 0) await killing;
      const results = await Promise.all(
        survivors.map((process) => process.run({ name, amount: AMOUNT, calls: 30 })),
      );
      next = start(`victim-${round + 1}`);
      if (await killing) hits.set(killAt, Number(hits.get(killAt)) + 1);

      const [left] = rows(
        db,
        `SELECT count(*) AS n, max(expires_at) AS at FROM leases WHERE state = 'open' AND counters LIKE ?`,
        `%"${name}"%`,
      );
      if (left?.n) {
        await sleep(Number(left.at) - Date.now() + 1);
        await survivors[round % 2]?.sweep();
      }
      const granted = results.reduce((sum, result) => sum + result.granted, 0);
      const all = rows(db, 'SELECT id FROM leases WHERE counters LIKE ?', `%"${name}"%`).length;
      assert.equal(
        all,
        FITS,
        `round ${round}, killed ${killAt}: ${granted} granted to survivors, ${all} in all`,
      );
      assert.deepEqual(rows(db, 'SELECT spent, reserved FROM counters WHERE key = ?', name), [
        { spent: AMOUNT, reserved: 0 },
      ]);
    }
    await (await next).stop();
    for (const process of survivors) await process.stop();

    report(t, 'killed in each state, times:', hits);
    for (const [state, times] of hits) assert.ok(times > 0, `never killed in: ${state}`);
    assertConsistent(db);
    const findings = foundIn(paths);
    assert.deepEqual(
      findings.filter(({ note }) => !note),
      [],
    );
    // Only who was killed between its commit and its ends leaves a chain that is longer than them.
    const unnoted = [...hits].filter(([state]) => state.endsWith('ends not written'));
    const expected = unnoted.reduce((sum, [, times]) => sum + times, 0);
    assert.equal(findings.filter(({ kind }) => kind === 'longer_than_end').length, expected);
    db.close();
  });

  it('leave a consistent state also when they are killed at any moment', async (t) => {
    t.diagnostic(`FUZZ_SEED=${SEED}`);
    const chance = new Chance(SEED);
    const folder = temporaryFolder(t);
    const { db, paths } = openState(folder);
    watchCounters(db);
    const hits = new Map<KillState, number>(KILL_STATES.map((state) => [state, 0]));
    for (let i = 0; i < 20; i++) {
      const victims = await Promise.all(
        [0, 1].map((n) => TestProcess.start(t, { folder, chain: `chain-${i}-${n}`, leaseTtlMs: TTL_MS })),
      );
      for (const victim of victims) victim.begin({ name: 'endless', amount: 1e12, calls: 3 });
      for (const victim of victims) {
        await sleep(chance.below(60));
        await victim.kill();
        const state = victim.states.at(-1);
        if (state) hits.set(state, Number(hits.get(state)) + 1);
      }
    }
    await sleep(TTL_MS);
    const last = await TestProcess.start(t, { folder, chain: 'last', leaseTtlMs: TTL_MS });
    await last.stop();
    report(t, 'last state before a kill at a random moment, times:', hits);
    const leases = rows(db, 'SELECT state, count(*) AS n FROM leases GROUP BY state');
    t.diagnostic(`leases: ${leases.map(({ state, n }) => `${n} ${state}`).join(', ')}`);
    assert.ok(leases.some(({ state, n }) => state === 'expired' && Number(n) > 0));
    assertConsistent(db);
    assert.deepEqual(
      foundIn(paths).filter(({ note }) => !note),
      [],
    );
    db.close();
  });
});
