/** Reservations that replicas have to have: a failover forgets none that anybody stands on. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntryDraft } from '../../core/audit/entry.ts';
import { closedDraft, limitOf, requestFor, SMALL } from '../testing-drafts.ts';
import { LeaseWithdrawn } from './errors.ts';
import type { RedisLedger } from './ledger.ts';
import { connectLedger, entriesOf, keysOf, NOTHING_ELSE, openLedger } from './testing.ts';
import { TestRedis } from './testing-server.ts';

const SETTLED = { outcome: 'settled', amounts: SMALL } as const;
const LIMITS = [limitOf(1000)];
const COUNTER = LIMITS[0]?.counter as string;

function reserve(ledger: RedisLedger, lease: string) {
  return ledger.reserve(requestFor({ lease, limits: LIMITS }));
}

/** Waits until the lease l is there, which waits for replicas. */
async function hasLease(primary: TestRedis): Promise<void> {
  while ((await primary.run((redis) => redis.exists('{tollgate}:1:lease:l'))) === 0) await sleep(5);
}

async function pair(t: TestContext) {
  const primary = await TestRedis.start(t);
  const replica = await TestRedis.start(t);
  await replica.run((redis) => redis.replicaof('127.0.0.1', primary.port));
  await primary.isFollowed();
  const config = { minReplicas: 1, replicationMs: 2_000 };
  return { primary, replica, config, ledger: await openLedger(t, primary, { chain: 'a', config }) };
}

describe('a reservation', () => {
  it('is on the replica before anybody may stand on it, and its entry with it', async (t) => {
    const { replica, ledger } = await pair(t);
    for (let i = 0; i < 20; i++) {
      const lease = `l${i}`;
      const answer = await reserve(ledger, lease);
      assert.ok('granted' in answer);
      const [state, entries, reserved] = await replica.run(async (redis) => [
        await redis.hget(`{tollgate}:1:lease:${lease}`, 'state'),
        await redis.xlen('{tollgate}:entries:a'),
        await redis.hget(`{tollgate}:1:counter:${COUNTER}`, 'reserved'),
      ]);
      assert.deepEqual([state, entries, reserved], ['open', i + 1, String((i + 1) * SMALL.usd)]);
    }
  });

  it('that does not get there is taken back as if it had never been, and can be asked for again', async (t) => {
    const { primary, replica, ledger } = await pair(t);
    replica.pause();
    const before = await keysOf(primary);
    await assert.rejects(reserve(ledger, 'l'), {
      name: 'LedgerUnavailable',
      message: /Within 2000 ms only 0 of 1 replicas had the reservation/,
    });
    assert.deepEqual(await ledger.counters([COUNTER]), [{ spent: 0, reserved: 0 }]);
    assert.deepEqual(await entriesOf(ledger), []);
    const counters = (await keysOf(primary)).filter(
      (key) => !key.includes(':counter:') && !key.includes('entries'),
    );
    assert.deepEqual(counters, [...before, '{tollgate}:chains']);
    replica.goOn();
    assert.ok('granted' in (await reserve(ledger, 'l')));
    assert.deepEqual(
      (await entriesOf(ledger)).map(({ kind }) => kind),
      ['opened'],
    );
  });

  it('that was granted already is shown to the replicas again before it is granted again', async (t) => {
    const { replica, config, primary } = await pair(t);
    const [one, two] = [
      await connectLedger(t, primary, { config: { minReplicas: 0 } }),
      await connectLedger(t, primary, { config }),
    ];
    replica.pause();
    assert.ok('granted' in (await reserve(one, 'l')));
    // It never wrote anything by its own connection.
    await assert.rejects(reserve(two, 'l'), /only 0 of 1 replicas/);
    // The last attempt has it, and so may take it back.
    assert.deepEqual(await two.counters([COUNTER]), [{ spent: 0, reserved: 0 }]);
  });

  it('is not taken back any more once its entry may have been handed on: then it ends, on the record', async (t) => {
    const { primary, replica, ledger } = await pair(t);
    await primary.run(async (redis) => {
      replica.pause();
      const asked = assert.rejects(reserve(ledger, 'l'), { name: 'LedgerUnavailable' });
      await hasLease(primary);
      const [seconds] = await redis.time();
      // As if the attempt had hung for six seconds between its reservation and its end.
      await redis.hset('{tollgate}:1:lease:l', 'opened', (Number(seconds) - 6) * 1000);
      await asked;
    });
    const entries = await entriesOf(ledger);
    assert.deepEqual(
      entries.map(({ kind }) => kind),
      ['opened', 'closed'],
    );
    const [, closed] = entries as [EntryDraft, EntryDraft & { kind: 'closed' }];
    assert.deepEqual(
      [closed.outcome, closed.code, closed.faults],
      ['released', 'ledger_unavailable', ['not_replicated']],
    );
    assert.deepEqual(await ledger.counters([COUNTER]), [{ spent: 0, reserved: 0 }]);
    await assert.rejects(reserve(ledger, 'l'), (error) => error instanceof LeaseWithdrawn);
  });

  it('is not taken back by an attempt that is not the last to have it', async (t) => {
    const { primary, replica, ledger } = await pair(t);
    replica.pause();
    const asked = assert.rejects(reserve(ledger, 'l'), { name: 'LedgerUnavailable' });
    await hasLease(primary);
    await primary.run((redis) => redis.hset('{tollgate}:1:lease:l', 'attempt', 'another'));
    await asked;
    assert.deepEqual(await ledger.counters([COUNTER]), [{ spent: 0, reserved: SMALL.usd }]);
  });

  it('that is refused waits for no replica', async (t) => {
    const { replica, ledger } = await pair(t);
    replica.pause();
    const answer = await ledger.reserve(requestFor({ lease: 'l', limits: [limitOf(1)] }));
    assert.ok('refused' in answer);
    await ledger.kill('cluster', 'all');
    const stopped = await reserve(ledger, 'm');
    assert.ok('refused' in stopped && stopped.refused.kind === 'stopped');
  });

  it('goes with others in one round trip, and each has its own answer', async (t) => {
    const { ledger, primary } = await pair(t);
    const limits = [limitOf(10 * SMALL.usd)];
    const calls = async () => {
      const stats = await primary.run((redis) => redis.info('commandstats'));
      return Number(/cmdstat_wait:calls=(\d+)/.exec(stats)?.[1] ?? 0);
    };
    const before = await calls();
    const leases = Array.from({ length: 64 }, (_, i) => `l${i}`);
    const answers = await Promise.all(leases.map((lease) => ledger.reserve(requestFor({ lease, limits }))));
    assert.equal(answers.filter((answer) => 'granted' in answer).length, 10);
    assert.deepEqual(
      answers.flatMap((answer) => ('granted' in answer ? [answer.granted.lease] : [])),
      leases.slice(0, 10),
    );
    assert.ok((await calls()) - before <= 2);
  });
});

describe('a failover', () => {
  it('shuts spending until it is counted anew, and forgets no reservation', async (t) => {
    const { primary, replica, ledger } = await pair(t);
    const granted: string[] = [];
    for (let i = 0; i < 30; i++) if ('granted' in (await reserve(ledger, `l${i}`))) granted.push(`l${i}`);
    for (const lease of granted.slice(0, 10))
      await ledger.settle(lease, SETTLED, closedDraft({ lease }, SETTLED));
    await primary.kill();
    await replica.run((redis) => redis.replicaof('NO', 'ONE'));
    const after = await connectLedger(t, replica);
    assert.deepEqual(await after.standing(), { open: false, reason: 'server' });
    const opened = (await entriesOf(after)).filter(({ kind }) => kind === 'opened');
    assert.equal(opened.length, granted.length);
    await after.rebuild(NOTHING_ELSE);
    const [counter] = await after.counters([COUNTER]);
    // Settlements may be lost: then what was reserved stays reserved.
    assert.equal(Number(counter?.spent) + Number(counter?.reserved), granted.length * SMALL.usd);
  });

  it('leaves a primary without replicas, on which nothing is counted anew', async (t) => {
    const { primary, replica, config } = await pair(t);
    await replica.kill();
    await primary.run((redis) => redis.flushall());
    const ledger = await connectLedger(t, primary, { config });
    await assert.rejects(ledger.rebuild(NOTHING_ELSE), {
      name: 'LedgerUnavailable',
      message: /only 0 of 1 replicas follow/,
    });
    assert.deepEqual(await ledger.standing(), { open: false, reason: 'missing' });
    await replica.start();
    await replica.run((redis) => redis.replicaof('127.0.0.1', primary.port));
    await primary.isFollowed();
    assert.equal((await ledger.rebuild(NOTHING_ELSE)).outcome, 'rebuilt');
  });

  it('of a primary that nobody told of it grants nothing: its replicas have left', async (t) => {
    const { replica, ledger } = await pair(t);
    await reserve(ledger, 'l');
    await replica.run((redis) => redis.replicaof('NO', 'ONE'));
    await assert.rejects(reserve(ledger, 'm'), /only 0 of 1 replicas/);
  });
});
