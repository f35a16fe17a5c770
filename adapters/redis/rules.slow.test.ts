/** What the model-based test does not reach: clocks that differ, the kill switch, what is left in Redis afterwards. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { NOTHING } from '../../core/ledger/fit.ts';
import { LedgerUnavailable, type ReserveRequest } from '../../core/ports.ts';
import { closedDraft, limitOf, refusedDraft, requestFor, SMALL } from '../testing-drafts.ts';
import { OtherWindow } from './errors.ts';
import { CLOCK, CLOCKED, entriesOf, keysOf, openLedger } from './testing.ts';
import { TestRedis } from './testing-server.ts';

const SETTLED = { outcome: 'settled', amounts: SMALL } as const;
const DAY = 86_400_000;
const NOON = Date.UTC(2026, 10, 22, 12);

/** A server whose clock the test sets, and ledgers on it. */
async function open(t: TestContext, now = NOON, ttl = 90_000) {
  const server = await TestRedis.start(t);
  const redis = server.connect(t);
  const setClock = (at: number) => redis.set(CLOCK, at);
  await setClock(now);
  const another = (chain: string) => openLedger(t, server, { source: CLOCKED, leaseTtlMs: ttl, chain });
  return { server, redis, setClock, another, ledger: await another('one') };
}

/** A limit by the day, in the window that somebody's clock says. */
function dayLimit(at: number, amount = 1000) {
  const startsAt = Math.floor(at / DAY) * DAY;
  const counter = `local/test/day|cluster|day:UTC:${new Date(startsAt).toISOString().slice(0, 10)}|usd`;
  return limitOf(amount, { counter, startsAt, resetsAt: startsAt + DAY });
}

describe('a caller whose clock is not that of Redis', () => {
  for (const [who, skew] of [
    ['ahead', 5_000],
    ['behind', -5_000],
    ['a year ahead', 365 * DAY],
  ] as const) {
    it(`is told Redis' time when it is ${who} and asks for another day, and nothing is counted`, async (t) => {
      const midnight = NOON + DAY / 2;
      const now = skew > 0 ? midnight - 1 : midnight;
      const { ledger, server } = await open(t, now);
      const ask = (at: number) => ledger.reserve(requestFor({ lease: 'l', limits: [dayLimit(at)] }));
      await assert.rejects(ask(now + skew), (error: Error) => {
        assert.ok(error instanceof OtherWindow && error instanceof LedgerUnavailable);
        assert.equal(error.now, now);
        assert.match(error.message, /By Redis' clock it is 2026-11-2\dT/);
        return true;
      });
      assert.deepEqual(await keysOf(server), []);
      assert.ok('granted' in (await ask(now)));
      assert.deepEqual(await ledger.counters([dayLimit(now).counter as string]), [
        { spent: 0, reserved: SMALL.usd },
      ]);
    });
  }

  it('learns it with each answer', async (t) => {
    const { ledger, setClock } = await open(t, NOON);
    assert.ok(Math.abs(ledger.now() - NOON) < DAY / 24);
    await setClock(NOON + 3 * DAY);
    await assert.rejects(ledger.reserve(requestFor({ lease: 'l', limits: [dayLimit(NOON)] })), OtherWindow);
    assert.ok(ledger.now() - (NOON + 3 * DAY) < DAY / 24 && ledger.now() >= NOON + 3 * DAY);
  });

  it('does not move its calls into another window: the entry says when Redis counted it', async (t) => {
    const { ledger } = await open(t, NOON);
    const answer = await ledger.reserve(requestFor({ lease: 'l', at: 1, limits: [dayLimit(NOON)] }));
    assert.ok('opened' in answer);
    assert.equal(answer.opened.at, NOON);
    assert.deepEqual(answer.opened.counters, [[dayLimit(NOON).counter, 'usd', NOON + DAY / 2]]);
    assert.deepEqual(await entriesOf(ledger), [answer.opened]);
  });
});

describe('the kill switch', () => {
  it('stops new calls of its scope at once, for every process, and no others', async (t) => {
    const { ledger, another } = await open(t);
    const other = await another('two');
    const ask = (lease: string, more = {}) => other.reserve(requestFor({ lease, ...more }));
    for (const scope of ['cluster', 'namespace:local', 'workload:local/crawler', 'session:s1']) {
      await ledger.kill(scope, 'it sends mail');
      assert.deepEqual(await ask(scope), { refused: { kind: 'stopped', reason: 'it sends mail' } });
      assert.deepEqual(await other.killed(), new Map([[scope, 'it sends mail']]));
      await ledger.kill(scope, null);
      assert.ok('granted' in (await ask(scope)));
    }
    for (const scope of ['namespace:other', 'workload:local/other', 'session:s2'])
      await ledger.kill(scope, '');
    assert.ok('granted' in (await ask('others')));
    assert.equal((await other.killed()).get('session:s2'), 'stopped');
  });

  it('lets calls that run be settled', async (t) => {
    const { ledger } = await open(t);
    const limits = [limitOf(100)];
    await ledger.reserve(requestFor({ lease: 'l', limits }));
    await ledger.kill('cluster', 'all');
    await ledger.settle('l', SETTLED, closedDraft({ lease: 'l' }, SETTLED));
    assert.deepEqual(await ledger.counters([limits[0]?.counter as string]), [
      { spent: SMALL.usd, reserved: 0 },
    ]);
  });
});

describe('leases', () => {
  it('that were left behind are all charged by whoever looks, however many', async (t) => {
    const { ledger, setClock, another } = await open(t);
    const limits = [limitOf(1e9)];
    const leases = Array.from({ length: 450 }, (_, i) => `l${i}`);
    await Promise.all(leases.map((lease) => ledger.reserve(requestFor({ lease, limits }))));
    await setClock(NOON + 90_000);
    await (await another('two')).sweep();
    assert.deepEqual(await ledger.counters([limits[0]?.counter as string]), [{ spent: 9000, reserved: 0 }]);
    const ended = (await entriesOf(ledger)).filter(({ kind }) => kind === 'incomplete');
    assert.equal(ended.length, 450);
    assert.deepEqual(ended[0], {
      kind: 'incomplete',
      at: NOON + 90_000,
      exchange: 'x-l0',
      lease: 'l0',
      amounts: SMALL,
    });
  });

  it('that nobody knows any more are recorded when they end, once, and move no money', async (t) => {
    const { ledger, redis } = await open(t);
    for (let i = 0; i < 3; i++)
      await ledger.settle('unknown', SETTLED, closedDraft({ lease: 'unknown' }, SETTLED));
    assert.deepEqual(
      (await entriesOf(ledger)).map(({ kind, at }) => [kind, at]),
      [['closed', NOON]],
    );
    assert.deepEqual(await redis.keys('*counter*'), []);
  });

  it('say how they have ended when they are asked for again', async (t) => {
    const { ledger } = await open(t);
    await ledger.reserve(requestFor({ lease: 'l' }));
    await ledger.settle('l', { outcome: 'released' }, closedDraft({ lease: 'l' }, { outcome: 'released' }));
    await assert.rejects(
      ledger.reserve(requestFor({ lease: 'l' })),
      /^Error: Lease l has ended: it is released/,
    );
  });

  it('are settled in the windows in which they were reserved, and these are kept for calls that end late', async (t) => {
    const { ledger, setClock, redis } = await open(t, NOON);
    const limit = dayLimit(NOON);
    await ledger.reserve(requestFor({ lease: 'l', limits: [limit] }));
    const key = `{tollgate}:1:counter:${limit.counter}`;
    // Twelve hours of the day are left, and two days.
    assert.ok(Math.abs((await redis.pttl(key)) - 2.5 * DAY) < DAY / 24);
    await setClock(NOON + DAY);
    await ledger.settle('l', SETTLED, closedDraft({ lease: 'l' }, SETTLED));
    assert.deepEqual(await ledger.counters([limit.counter as string]), [{ spent: SMALL.usd, reserved: 0 }]);
    assert.ok((await redis.pttl(key)) > 2 * DAY);
  });

  it('whose counter is gone are settled all the same, and make no new one', async (t) => {
    const { ledger, redis } = await open(t);
    const limit = dayLimit(NOON);
    await ledger.reserve(requestFor({ lease: 'l', limits: [limit] }));
    await redis.del(`{tollgate}:1:counter:${limit.counter}`);
    await ledger.settle('l', SETTLED, closedDraft({ lease: 'l' }, SETTLED));
    assert.deepEqual(await redis.keys('*counter*'), []);
  });
});

describe('what is in Redis', () => {
  it('is nothing of what was refused', async (t) => {
    const { ledger, server } = await open(t);
    const rates = [{ id: 'r', key: 'r', requestsPerMinute: 5, refuse: true }];
    assert.ok('refused' in (await ledger.reserve(requestFor({ lease: 'l', limits: [limitOf(1)], rates }))));
    assert.deepEqual(await keysOf(server), []);
  });

  it('goes away when calls are settled and their entries are fetched; what stays has an end, but for lifetimes', async (t) => {
    const { ledger, redis, server, setClock } = await open(t);
    const rates = [{ id: 'r', key: 'r', requestsPerMinute: 5, concurrent: 2, refuse: true }];
    const limits = [dayLimit(NOON), limitOf(1000)];
    await ledger.reserve(requestFor({ lease: 'settled', limits, rates }));
    await ledger.reserve(requestFor({ lease: 'expired', limits, rates }));
    await ledger.settle('settled', SETTLED, closedDraft({ lease: 'settled' }, SETTLED));
    await setClock(NOON + 90_000);
    await ledger.sweep();
    await ledger.extend(['settled', 'expired', 'never there']);
    const waiting = await ledger.outbox.entries('one', '', 100, 'all');
    await ledger.outbox.acknowledge(
      'one',
      waiting.map(({ id }) => id),
    );
    const left = await keysOf(server);
    assert.deepEqual(left, [
      `{tollgate}:1:counter:${limits[1]?.counter}`,
      `{tollgate}:1:counter:${limits[0]?.counter}`,
      '{tollgate}:1:lease:expired',
      '{tollgate}:1:lease:settled',
      '{tollgate}:1:rate:r',
    ]);
    const endless = [];
    for (const key of left) if ((await redis.pttl(key)) < 0) endless.push(key);
    assert.deepEqual(endless, [`{tollgate}:1:counter:${limits[1]?.counter}`]);
    assert.deepEqual(await redis.hgetall('{tollgate}:1:lease:settled'), { state: 'settled' });
    assert.deepEqual(await ledger.outbox.chains(), []);
  });

  it('is no bucket of a rate that no longer counts', async (t) => {
    const { ledger, redis, setClock } = await open(t);
    const rates = [{ id: 'r', key: 'r', concurrent: 50, refuse: true }];
    for (let second = 0; second < 70; second++) {
      await setClock(NOON + second * 1000);
      await ledger.reserve(requestFor({ lease: `l${second}`, rates }));
    }
    const seconds = (await redis.hkeys('{tollgate}:1:rate:r')).map(Number);
    assert.equal(seconds.length, 50);
    await setClock(NOON + 100_000);
    await ledger.settle('l0', SETTLED, closedDraft({ lease: 'l0' }, SETTLED));
    await ledger.reserve(requestFor({ lease: 'last', rates }));
    assert.ok(
      (await redis.hkeys('{tollgate}:1:rate:r')).every((second) => Number(second) > NOON / 1000 + 39),
    );
  });

  it('is bounded: with too many entries that nobody fetches, calls wait', async (t) => {
    const server = await TestRedis.start(t);
    const ledger = await openLedger(t, server, { mostEntries: 3, chain: 'full' });
    for (let i = 0; i < 3; i++) await ledger.reserve(requestFor({ lease: `l${i}` }));
    await assert.rejects(ledger.reserve(requestFor({ lease: 'more' })), {
      name: 'LedgerUnavailable',
      message: /3 entries wait to get into the audit log/,
    });
    // What runs can end, and one that was granted is granted again.
    assert.ok('granted' in (await ledger.reserve(requestFor({ lease: 'l0' }))));
    await ledger.settle('l0', SETTLED, closedDraft({ lease: 'l0' }, SETTLED));
    const waiting = await ledger.outbox.entries('full', '', 2, 'all');
    await ledger.outbox.acknowledge(
      'full',
      waiting.map(({ id }) => id),
    );
    assert.ok('granted' in (await ledger.reserve(requestFor({ lease: 'more' }))));
  });

  it('never is written half: with no memory left calls are refused, and what runs can end', async (t) => {
    const { ledger, server, redis } = await open(t);
    await ledger.reserve(requestFor({ lease: 'l', limits: [limitOf(1000)] }));
    await redis.config('SET', 'maxmemory', '1mb');
    const before = await keysOf(server);
    await assert.rejects(ledger.reserve(requestFor({ lease: 'more', limits: [limitOf(1000)] })), {
      name: 'LedgerUnavailable',
      message: /OOM.*memory is full/,
    });
    assert.deepEqual(await keysOf(server), before);
    await ledger.extend(['l']);
    await ledger.settle('l', SETTLED, closedDraft({ lease: 'l' }, SETTLED));
    const counter = limitOf(1).counter as string;
    assert.deepEqual(await ledger.counters([counter]), [{ spent: SMALL.usd, reserved: 0 }]);
  });
});

describe('entries', () => {
  it('are written as they are, with Redis as their clock, also those that move no money', async (t) => {
    const { ledger } = await open(t);
    await ledger.record(refusedDraft('x-refused', 1));
    assert.deepEqual(await entriesOf(ledger), [{ ...refusedDraft('x-refused', 1), at: NOON }]);
  });

  it('say what was granted, also when the output cap was lowered and limits that only record are exceeded', async (t) => {
    const { ledger } = await open(t);
    const limits = [
      limitOf(15),
      limitOf(1, { id: 'watch', counter: 'w|cluster|lifetime|usd', refuse: false }),
    ];
    const bound = {
      inputTokens: 10,
      rates: { input: 1e6, output: 1e6 },
      cap: 10,
      minCap: 1,
      requests: 1,
    } as const;
    const answer = await ledger.reserve(requestFor({ lease: 'l', limits, bound }));
    assert.ok('granted' in answer);
    const { granted, opened } = answer;
    assert.deepEqual([granted.cap, granted.amounts.usd, granted.over], [5, 15, ['watch']]);
    assert.deepEqual([opened.cap, opened.reserved, opened.observed], [5, granted.amounts, ['watch']]);
    assert.deepEqual(await entriesOf(ledger), [opened]);
  });

  it('that do not say what was granted are a fault of the program, found before anything is reserved', async (t) => {
    const { ledger, server } = await open(t);
    const request = requestFor({ lease: 'l' });
    const wrong: ReserveRequest[] = [
      { ...request, opened: (grant) => ({ ...request.opened(grant), cap: 1 }) },
      { ...request, opened: (grant) => ({ ...request.opened(grant), lease: 'other' }) },
      { ...request, opened: (grant) => ({ ...request.opened(grant), reserved: NOTHING }) },
    ];
    for (const one of wrong) await assert.rejects(ledger.reserve(one), /does not say what was granted/);
    assert.deepEqual(await keysOf(server), []);
  });
});
