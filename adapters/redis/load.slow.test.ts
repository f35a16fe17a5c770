import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { closedDraft, limitOf, requestFor, SMALL } from '../testing-drafts.ts';
import type { RedisLedger } from './ledger.ts';
import { librarySource } from './library.ts';
import { connectLedger, entriesOf, openLedger } from './testing.ts';
import { TestRedis } from './testing-server.ts';

const FITS = 10;
const SETTLED = { outcome: 'settled', amounts: SMALL } as const;

/** 64 calls of each ledger at once on a budget for ten. @returns the leases that were granted */
async function compete(ledgers: readonly RedisLedger[], name: string): Promise<string[]> {
  const limits = [limitOf(FITS * SMALL.usd, { counter: `local/test/budget|session:${name}|lifetime|usd` })];
  const ask = async (ledger: RedisLedger, lease: string) => {
    const answer = await ledger.reserve(requestFor({ lease, limits }));
    if ('refused' in answer) assert.equal(answer.refused.kind, 'reserved');
    return 'granted' in answer ? [lease] : [];
  };
  const calls: Promise<string[]>[] = [];
  for (let i = 0; i < 64; i++) {
    for (const [n, ledger] of ledgers.entries()) {
      calls.push(ask(ledger, `${name}-${n}-${i}`));
      // What one connection sends in one turn of the event loop is done before another is read.
      if (i < 8) await nextTurn();
    }
  }
  const granted = (await Promise.all(calls)).flat();
  const [counter] = await (ledgers[0] as RedisLedger).counters([limits[0]?.counter as string]);
  assert.deepEqual(counter, { spent: 0, reserved: FITS * SMALL.usd });
  return granted;
}

describe('many calls at once', () => {
  it('get exactly what fits: 4 × 64 calls on a budget for 10, 50 times', async (t) => {
    const server = await TestRedis.start(t);
    const ledgers = [await openLedger(t, server)];
    while (ledgers.length < 4) ledgers.push(await connectLedger(t, server));
    let shared = 0;
    for (let round = 0; round < 50; round++) {
      const granted = await compete(ledgers, `round-${round}`);
      assert.equal(granted.length, FITS, `round ${round}`);
      if (new Set(granted.map((lease) => lease.split('-')[2])).size > 1) shared++;
    }
    assert.ok(
      shared > 25,
      `only in ${shared} rounds more than one connection got something: they did not compete`,
    );
    assert.equal((await entriesOf(ledgers[0] as RedisLedger)).length, 50 * FITS);
  });

  it('also while the functions are replaced, and while two releases count side by side', async (t) => {
    const server = await TestRedis.start(t);
    const now = await openLedger(t, server);
    const later = await connectLedger(t, server, { version: '9_2' });
    const redis = server.connect(t);
    let replaced = 0;
    let isOver = false;
    const replacing = (async () => {
      for (; !isOver; replaced++) await redis.function('LOAD', 'REPLACE', librarySource());
    })();
    for (let round = 0; round < 30; round++) {
      const granted = await compete([now, later], `round-${round}`);
      assert.equal(granted.length, FITS, `round ${round}`);
      // Each ends what the other began.
      const ends = granted.map((lease, i) =>
        (i % 2 ? now : later).settle(lease, SETTLED, closedDraft({ lease }, SETTLED)),
      );
      await Promise.all(ends);
      const key = `local/test/budget|session:round-${round}|lifetime|usd`;
      assert.deepEqual(await later.counters([key]), [{ spent: FITS * SMALL.usd, reserved: 0 }]);
    }
    isOver = true;
    await replacing;
    t.diagnostic(`the functions were replaced ${replaced} times`);
    assert.ok(replaced > 20);
    const libraries = (await redis.function('LIST')) as unknown[][];
    assert.deepEqual(libraries.map((library) => library[1]).toSorted(), ['tollgate_0_1', 'tollgate_9_2']);
  });
});
