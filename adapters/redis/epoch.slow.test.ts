/** Redis forgets, or is another one than before: nothing is spent until everything was counted anew. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntryDraft } from '../../core/audit/entry.ts';
import { HANG_MS } from '../../test/support/hang.ts';
import { closedDraft, limitOf, requestFor, SMALL } from '../testing-drafts.ts';
import { LedgerShut } from './errors.ts';
import type { RedisLedger } from './ledger.ts';
import type { Rebuilt } from './rebuild.ts';
import { byLease, connectLedger, entriesOf, keysOf, NOTHING_ELSE, openLedger } from './testing.ts';
import { TestRedis } from './testing-server.ts';

const SETTLED = { outcome: 'settled', amounts: SMALL } as const;
const LIMITS = [limitOf(1000)];
const COUNTER = LIMITS[0]?.counter as string;

function reserve(ledger: RedisLedger, lease: string) {
  return ledger.reserve(requestFor({ lease, limits: LIMITS }));
}

/** Nothing that moves money gets through. */
async function assertShut(ledger: RedisLedger, reason: string): Promise<void> {
  assert.deepEqual(await ledger.standing(), { open: false, reason });
  for (const ask of [
    () => reserve(ledger, 'new'),
    () => ledger.settle('l', SETTLED, closedDraft({ lease: 'l' }, SETTLED)),
    () => ledger.extend(['l']),
    () => ledger.sweep(),
    () => ledger.counters([COUNTER]),
  ]) {
    await assert.rejects(ask, (error) => error instanceof LedgerShut && error.reason === reason);
  }
}

/** Waits for connections that are being made again. */
async function back(ledger: RedisLedger): Promise<void> {
  for (const deadline = Date.now() + HANG_MS; ; await sleep(20)) {
    const lost = await Promise.all([ledger.standing(), reserve(ledger, 'back')]).catch((error) => error);
    if (!(lost instanceof Error) || lost instanceof LedgerShut) return;
    if (Date.now() > deadline) throw lost;
  }
}

describe('the epoch', () => {
  it('is shut in a new Redis, until something was counted, if only nothing', async (t) => {
    const server = await TestRedis.start(t);
    const ledger = await connectLedger(t, server);
    await assertShut(ledger, 'missing');
    assert.deepEqual(await keysOf(server), []);
    assert.equal((await ledger.rebuild(NOTHING_ELSE)).outcome, 'rebuilt');
    assert.ok('granted' in (await reserve(ledger, 'l')));
    assert.deepEqual(await ledger.rebuild(NOTHING_ELSE), { outcome: 'open' });
    assert.deepEqual(await ledger.counters([COUNTER]), [{ spent: 0, reserved: SMALL.usd }]);
  });

  it('is shut by FLUSHALL, though server and history are the same', async (t) => {
    const server = await TestRedis.start(t);
    const ledger = await openLedger(t, server);
    await reserve(ledger, 'l');
    await server.run((redis) => redis.flushall());
    await assertShut(ledger, 'missing');
  });

  it('is shut by a restart, though nothing was lost', async (t) => {
    const server = await TestRedis.start(t, { appendonly: 'yes', appendfsync: 'always' });
    const ledger = await openLedger(t, server);
    await reserve(ledger, 'l');
    await server.shutDown();
    await assert.rejects(reserve(ledger, 'm'), { name: 'LedgerUnavailable' });
    await server.start();
    await back(ledger);
    await assertShut(ledger, 'server');
    const rebuilt = await ledger.rebuild(NOTHING_ELSE);
    assert.deepEqual(rebuilt, { outcome: 'rebuilt', counters: 1, leases: 1, entries: 0, unplaced: [] });
    await ledger.settle('l', SETTLED, closedDraft({ lease: 'l' }, SETTLED));
    assert.deepEqual(await ledger.counters([COUNTER]), [{ spent: SMALL.usd, reserved: 0 }]);
  });

  it('is shut by another history on the same server, as a primary has that was a replica for a while', async (t) => {
    const server = await TestRedis.start(t);
    const other = await TestRedis.start(t);
    const ledger = await openLedger(t, server);
    const before = await server.run((redis) => redis.hgetall('{tollgate}:epoch'));
    await other.run((redis) => redis.replicaof('127.0.0.1', server.port));
    await other.isLinked();
    await server.run((redis) => redis.replicaof('127.0.0.1', other.port));
    await assert.rejects(reserve(ledger, 'l'), { name: 'LedgerUnavailable' });
    await server.run((redis) => redis.replicaof('NO', 'ONE'));
    await back(ledger);
    assert.equal(await server.run((redis) => redis.hget('{tollgate}:epoch', 'run')), before.run);
    await assertShut(ledger, 'history');
  });

  it('is shut by counters of another layout', async (t) => {
    const server = await TestRedis.start(t);
    const ledger = await openLedger(t, server);
    await server.run((redis) => redis.hset('{tollgate}:epoch', 'layout', '2'));
    await assertShut(ledger, 'layout');
  });
});

describe('counters that are rebuilt', () => {
  /** Calls of all kinds, of which Redis then knows nothing. @returns their entries */
  async function forgotten(t: TestContext) {
    const server = await TestRedis.start(t);
    const ledger = await openLedger(t, server, { leaseTtlMs: 60 });
    const rates = [{ id: 'r', key: 'r', requestsPerMinute: 50, concurrent: 3, refuse: true }];
    const ask = (lease: string) => ledger.reserve(requestFor({ lease, limits: LIMITS, rates }));
    await ask('expired');
    await ask('late');
    await sleep(70);
    await ledger.sweep();
    await ledger.settle(
      'late',
      { outcome: 'released' },
      closedDraft({ lease: 'late' }, { outcome: 'released' }),
    );
    for (const lease of ['settled', 'open', 'mine']) await ask(lease);
    const half = { outcome: 'settled', amounts: { usd: 7, tokens: 7, requests: 1 } } as const;
    await ledger.settle('settled', half, closedDraft({ lease: 'settled' }, half));
    const [before] = await ledger.counters([COUNTER]);
    const entries = await entriesOf(ledger);
    await server.run((redis) => redis.flushall());
    return { server, ledger, entries, before };
  }

  const ofLease = (entry: EntryDraft, lease: string) => 'lease' in entry && entry.lease === lease;

  it('stand where they stood, from entries in any order and several times', async (t) => {
    const { ledger, entries, before, server } = await forgotten(t);
    assert.deepEqual(before, { spent: 27, reserved: 40 });
    const audit = () => byLease([...entries, ...entries.toReversed()]);
    const rebuilt = await ledger.rebuild({ ...NOTHING_ELSE, audit, killed: () => [['session:s9', 'stays']] });
    assert.deepEqual(rebuilt, { outcome: 'rebuilt', counters: 1, leases: 3, entries: 0, unplaced: [] });
    assert.deepEqual(await ledger.counters([COUNTER]), [before]);
    assert.deepEqual(await ledger.killed(), new Map([['session:s9', 'stays']]));
    const { running, bucket } = await server.run(async (redis) => ({
      running: await redis.get('{tollgate}:1:running:r'),
      bucket: await redis.hvals('{tollgate}:1:rate:r'),
    }));
    assert.equal(running, '2');
    const [requests, tokens] = bucket
      .map((value) => value.split(' ').map(Number))
      .reduce(([a = 0, b = 0], [c = 0, d = 0]) => [a + c, b + d]);
    // Late ends give nothing back to a rate; 'settled' used 7 of its 20.
    assert.deepEqual([requests, tokens], [5, 87]);
  });

  it('go on with the calls that run: they end as they would have, once', async (t) => {
    const { ledger, entries } = await forgotten(t);
    await ledger.rebuild({ ...NOTHING_ELSE, audit: () => byLease(entries) });
    assert.deepEqual('granted' in (await reserve(ledger, 'open')), true);
    for (const lease of ['open', 'open', 'settled', 'late', 'expired', 'expired']) {
      await ledger.settle(lease, SETTLED, closedDraft({ lease }, SETTLED));
    }
    // 7 of the one that was settled; `mine` runs.
    assert.deepEqual(await ledger.counters([COUNTER]), [{ spent: 7 + 20 + 20, reserved: 20 }]);
    assert.deepEqual(
      (await entriesOf(ledger)).map((entry) => entry.kind === 'closed' && entry.lease),
      ['open', 'expired'],
    );
    await sleep(70);
    await ledger.sweep();
    assert.deepEqual(await ledger.counters([COUNTER]), [{ spent: 67, reserved: 0 }]);
  });

  it('have what only sidecars know, and its entries get into the log', async (t) => {
    const { ledger, entries, before } = await forgotten(t);
    const isMine = (entry: EntryDraft) =>
      ofLease(entry, 'mine') || (ofLease(entry, 'settled') && entry.kind === 'closed');
    const source = {
      ...NOTHING_ELSE,
      audit: () => byLease(entries.filter((entry) => !isMine(entry))),
      // Sidecars may not know yet that the log has it.
      sidecars: () => entries.filter((entry) => isMine(entry) || ofLease(entry, 'open')),
    };
    const rebuilt = await ledger.rebuild(source);
    assert.ok(rebuilt.outcome === 'rebuilt');
    assert.equal(rebuilt.entries, 2);
    assert.deepEqual(await ledger.counters([COUNTER]), [before]);
    assert.deepEqual(await entriesOf(ledger), entries.filter(isMine));
  });

  it('have what comes into the log while they are counted', async (t) => {
    const { ledger, entries, before } = await forgotten(t);
    const late = (entry: EntryDraft) => ofLease(entry, 'mine') || ofLease(entry, 'settled');
    let log = entries.filter((entry) => !late(entry));
    // As sidecars bring them: within the pause.
    setTimeout(() => {
      log = entries;
    }, 100);
    await ledger.rebuild({ ...NOTHING_ELSE, audit: () => byLease(log), pauseMs: 300 });
    assert.deepEqual(await ledger.counters([COUNTER]), [before]);
  });

  it('have what comes only afterwards, once, and nothing of what began after they were counted', async (t) => {
    const { ledger, entries, before } = await forgotten(t);
    const late = (entry: EntryDraft) => ofLease(entry, 'settled');
    await ledger.rebuild({ ...NOTHING_ELSE, audit: () => byLease(entries.filter((entry) => !late(entry))) });
    assert.deepEqual(await ledger.counters([COUNTER]), [{ spent: 20, reserved: 40 }]);
    const half = { outcome: 'settled', amounts: { usd: 7, tokens: 7, requests: 1 } } as const;
    const settle = () => ledger.settleKnown('settled', half, closedDraft({ lease: 'settled' }, half));
    assert.equal(await settle(), false);
    assert.equal(await settle(), true);
    const opened = entries.find((entry) => entry.kind === 'opened' && entry.lease === 'settled');
    assert.ok(opened?.kind === 'opened');
    await ledger.adopt(opened, half.amounts);
    assert.deepEqual(await ledger.counters([COUNTER]), [before]);
    await ledger.adopt({ ...opened, at: Date.now() + 1_000 }, half.amounts);
    assert.deepEqual(await ledger.counters([COUNTER]), [before]);
  });

  it('begin with what comes afterwards, where nobody else has spent of them', async (t) => {
    const server = await TestRedis.start(t);
    const ledger = await openLedger(t, server);
    const ask = await reserve(ledger, 'l');
    assert.ok('granted' in ask);
    await server.run((redis) => redis.flushall());
    await ledger.rebuild(NOTHING_ELSE);
    const ends = Date.now() + 3_600_000;
    const counters = [
      [COUNTER, 'usd', ends],
      ['past', 'usd', Date.now() - 3 * 86_400_000],
    ] as const;
    await ledger.adopt({ ...ask.opened, counters }, SMALL);
    assert.deepEqual(await ledger.counters([COUNTER, 'past']), [
      { spent: SMALL.usd, reserved: 0 },
      { spent: 0, reserved: 0 },
    ]);
    const lives = await server.run((redis) => redis.pttl(`{tollgate}:1:counter:${COUNTER}`));
    assert.ok(lives > 3_600_000, 'until its window has ended');
  });

  it('stay shut when a call has ended that nobody knows the beginning of, unless that is accepted', async (t) => {
    const { ledger, entries } = await forgotten(t);
    const audit = () =>
      byLease(entries.filter((entry) => !(ofLease(entry, 'settled') && entry.kind === 'opened')));
    await assert.rejects(ledger.rebuild({ ...NOTHING_ELSE, audit }), {
      name: 'LedgerUnavailable',
      message: /1 calls have ended whose beginning is in no log \(settled\)/,
    });
    await assertShut(ledger, 'missing');
    const rebuilt = await ledger.rebuild({ ...NOTHING_ELSE, audit, acceptUnplaced: true });
    assert.ok(rebuilt.outcome === 'rebuilt');
    assert.deepEqual(rebuilt.unplaced, ['settled']);
    assert.deepEqual(await ledger.counters([COUNTER]), [{ spent: 20, reserved: 40 }]);
  });

  it('have what was removed by age, and nothing of windows that ended long ago', async (t) => {
    const server = await TestRedis.start(t);
    const ledger = await connectLedger(t, server);
    const carried = {
      kind: 'carried',
      at: 1,
      counters: [
        [COUNTER, 400, null],
        ['old', 9, Date.now() - 3 * 86_400_000],
        ['now', 8, Date.now() + 1000],
      ],
    } as const;
    await ledger.rebuild({ ...NOTHING_ELSE, audit: () => [carried] });
    const spent = (await ledger.counters([COUNTER, 'old', 'now'])).map((counter) => counter.spent);
    assert.deepEqual(spent, [400, 0, 8]);
  });

  it('are written by one process; the other is told, and whoever was overtaken opens nothing', async (t) => {
    const server = await TestRedis.start(t);
    const [one, two] = [await connectLedger(t, server), await connectLedger(t, server)];
    const results = await Promise.all([one.rebuild(NOTHING_ELSE), two.rebuild(NOTHING_ELSE)]);
    assert.ok(results.some(({ outcome }) => outcome === 'rebuilt'));
    assert.ok(results.some(({ outcome }) => outcome !== 'rebuilt'));

    await server.run((redis) => redis.flushall());
    const slow = {
      ...NOTHING_ELSE,
      // While it reads, it is taken for dead.
      audit: async function* () {
        await server.run((redis) => redis.del('{tollgate}:rebuild'));
        assert.equal((await two.rebuild(NOTHING_ELSE)).outcome, 'rebuilt');
        await reserve(two, 'l');
        yield { kind: 'carried', at: 1, counters: [[COUNTER, 999, null]] } as const;
      },
    };
    await assert.rejects(one.rebuild(slow), { name: 'LedgerUnavailable', message: /overtaken/ });
    assert.deepEqual(await one.rebuild(NOTHING_ELSE), { outcome: 'open' });
    assert.deepEqual(await one.counters([COUNTER]), [{ spent: 0, reserved: SMALL.usd }]);
  });

  it('are not opened by who was overtaken while the other is still at it', async (t) => {
    const server = await TestRedis.start(t);
    const [one, two] = [await connectLedger(t, server), await connectLedger(t, server)];
    const isRejected = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    t.after(() => isRejected.resolve());
    const carried = { kind: 'carried', at: 1, counters: [[COUNTER, 999, null]] } as const;
    const reading = async function* () {
      begun.resolve();
      await isRejected.promise;
      yield carried;
    };
    let other: Promise<Rebuilt> | undefined;
    const slow = async function* (): AsyncGenerator<EntryDraft> {
      await server.run((redis) => redis.del('{tollgate}:rebuild'));
      other = two.rebuild({ ...NOTHING_ELSE, audit: reading });
      await begun.promise;
      yield { kind: 'stopped', at: 1 };
    };
    await assert.rejects(one.rebuild({ ...NOTHING_ELSE, audit: slow }), /overtaken/);
    await assertShut(one, 'missing');
    isRejected.resolve();
    assert.equal((await other)?.outcome, 'rebuilt');
    assert.deepEqual(await one.counters([COUNTER]), [{ spent: 999, reserved: 0 }]);
  });

  it('are asked of sidecars only when no answer can be on its way to them any more', async (t) => {
    const server = await TestRedis.start(t);
    const ledger = await connectLedger(t, server, { config: { answerMs: 3_000 } });
    const begun = performance.now();
    let asked = 0;
    const sidecars = () => {
      asked = performance.now();
      return [];
    };
    await ledger.rebuild({ audit: () => [], sidecars, killed: () => [] });
    assert.ok(asked - begun >= 2_999, `${asked - begun} ms`);
  });

  it('open nothing when Redis is started again meanwhile', async (t) => {
    const server = await TestRedis.start(t, { appendonly: 'yes' });
    const ledger = await connectLedger(t, server);
    const source = {
      ...NOTHING_ELSE,
      audit: async function* (): AsyncGenerator<EntryDraft> {
        await server.kill();
        await server.start();
        await back(ledger);
        yield { kind: 'stopped', at: 1 };
      },
      killed: () => [['session:s9', 'stays']] as const,
    };
    await assert.rejects(ledger.rebuild(source), { name: 'LedgerUnavailable', message: /overtaken/ });
    await assertShut(ledger, 'missing');
  });

  it('take the place of those before, of which nothing is left', async (t) => {
    const server = await TestRedis.start(t);
    const ledger = await openLedger(t, server);
    await reserve(ledger, 'l');
    await server.run((redis) => redis.hset('{tollgate}:epoch', 'run', 'another'));
    await ledger.rebuild(NOTHING_ELSE);
    const generations = new Set(
      (await keysOf(server)).flatMap((key) => /^\{tollgate\}:(\d+):/.exec(key)?.[1] ?? []),
    );
    assert.deepEqual([...generations], ['2']);
  });
});
