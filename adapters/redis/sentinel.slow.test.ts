/** A real failover, by Sentinel, while 32 callers spend. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HANG_MS } from '../../test/support/hang.ts';
import { SMALL } from '../testing-drafts.ts';
import { connectLedger } from './testing.ts';
import { Load } from './testing-load.ts';
import { freshSentinel, isQuick, TestRedis } from './testing-server.ts';

describe('a failover', () => {
  it('by Sentinel is followed, under load: nothing is overspent, lost or recorded twice', {
    timeout: 1_200_000,
  }, async (t) => {
    const amount = 1500 * SMALL.usd;
    const servers = [await TestRedis.start(t), await TestRedis.start(t)] as const;
    const [primary, replica] = servers;
    await replica.run((redis) => redis.replicaof('127.0.0.1', primary.port));
    await primary.isFollowed();
    const sentinel = await freshSentinel(t, primary.port);
    const server = { sentinels: [{ host: '127.0.0.1', port: sentinel.port }], name: 'ledger' };
    const config = { server, minReplicas: 1, replicationMs: 1_000 };
    const ledgers = [
      await connectLedger(t, primary, { config }),
      await connectLedger(t, primary, { config }),
    ];
    const load = new Load(t, () => ledgers, { amount, callers: 32, moves: 'settled' });
    await load.reaches(300);
    await primary.kill();
    await isQuick(sentinel, true);
    for (const deadline = Date.now() + 2 * HANG_MS; ; await sleep(50)) {
      // Sentinel cuts all connections of whom it promotes.
      const info = await replica.run((redis) => redis.info('replication')).catch(() => '');
      if (/role:master/.test(info)) break;
      assert.ok(Date.now() < deadline, 'Sentinel promoted nobody');
    }
    await isQuick(sentinel, false);
    const then = load.granted;
    await sleep(500);
    assert.equal(load.granted, then, 'calls were granted while one server stood alone');
    // Comes back as the other's replica.
    await primary.start();
    await load.reaches(then + 300);
    await load.end(180_000);
    t.diagnostic(`Sentinel: ${sentinel.output.match(/[+](tilt|switch-master|sdown|odown)/g)}`);
    const { granted, withdrawn, most, reasons } = load;
    t.diagnostic(
      `${granted} calls, ${withdrawn} taken back on the record, at most ${most} of ${amount} nano-USD out`,
    );
    t.diagnostic(`shut as ${[...new Set(reasons)]}`);
    assert.equal(load.timesRebuilt, 2);
  });
});
