/** Servers that die, or are emptied, while 64 callers spend: money and records stay exact. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SMALL } from '../testing-drafts.ts';
import { connectLedger } from './testing.ts';
import { Load } from './testing-load.ts';
import { TestRedis } from './testing-server.ts';

describe('a Redis that dies under load', () => {
  const AMOUNT = 600 * SMALL.usd;

  for (const [name, settings] of [
    ['with every write on disk', { appendonly: 'yes', appendfsync: 'always' }],
    ['with its disk a second behind', { appendonly: 'yes', appendfsync: 'everysec' }],
    ['that keeps nothing', {}],
  ] as const) {
    it(`${name}: nothing is overspent, lost or recorded twice, through three times kill -9`, async (t) => {
      const server = await TestRedis.start(t, settings);
      const ledgers = [
        await connectLedger(t, server),
        await connectLedger(t, server),
        await connectLedger(t, server),
      ];
      const load = new Load(t, () => ledgers, { amount: AMOUNT, callers: 64 });
      for (const [kill, granted] of [100, 250, 400].entries()) {
        load.isMoving = kill !== 1;
        await load.reaches(granted);
        await server.kill();
        await sleep(Math.random() * 100);
        await server.start();
        await load.isRebuilt(kill + 2);
      }
      await load.end();
      t.diagnostic(
        `${load.granted} calls, at most ${load.most} of ${AMOUNT} nano-USD out, rebuilt ${load.timesRebuilt} times`,
      );
      assert.equal(load.timesRebuilt, 4);
      assert.ok(load.granted >= 600);
    });
  }

  it('or is emptied: nothing is overspent, lost or recorded twice, through three times FLUSHALL', async (t) => {
    const server = await TestRedis.start(t);
    const ledgers = [await connectLedger(t, server), await connectLedger(t, server)];
    const load = new Load(t, () => ledgers, { amount: AMOUNT, callers: 64 });
    for (const [kill, granted] of [100, 250, 400].entries()) {
      await load.reaches(granted);
      await server.run((redis) => redis.flushall());
      await load.isRebuilt(kill + 2);
    }
    await load.end();
    t.diagnostic(`${load.granted} calls, at most ${load.most} of ${AMOUNT} nano-USD out`);
    assert.equal(load.timesRebuilt, 4);
  });
});
