import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntryDraft } from '../../core/audit/entry.ts';
import { Chance, SEED } from '../../core/json/testing.ts';
import type { LimitCheck } from '../../core/ledger/checks.ts';
import type { WarningRule } from '../../core/ledger/warnings.ts';
import { HANG_MS } from '../../test/support/hang.ts';
import { closedDraft, limitOf, requestFor, SMALL } from '../testing-drafts.ts';
import type { RedisLedger } from './ledger.ts';
import { CLOCK, CLOCKED, entriesOf, NOTHING_ELSE, openLedger } from './testing.ts';
import { TestRedis } from './testing-server.ts';

const SETTLED = { outcome: 'settled', amounts: SMALL } as const;

async function call(ledger: RedisLedger, lease: string): Promise<void> {
  await ledger.reserve(requestFor({ lease }));
  await ledger.settle(lease, SETTLED, closedDraft({ lease }, SETTLED));
}

/** An audit log that stores each entry once, fails now and then, and sometimes after it has stored them. */
class Sink {
  readonly #chance = new Chance(SEED);
  readonly stored = new Map<string, EntryDraft>();
  failures = 0;

  async store(chain: string, id: string, entry: EntryDraft): Promise<void> {
    const luck = this.#chance.below(8);
    if (luck !== 0) this.stored.set(`${chain} ${id}`, entry);
    if (luck > 1) return;
    this.failures++;
    throw new Error('the sink is away');
  }
}

/** A housekeeper's round: what is stored is acknowledged; all else stays for the next one. */
async function moveAll({ outbox }: RedisLedger, sink: Sink): Promise<void> {
  for (const chain of await outbox.chains()) {
    const waiting = await outbox.entries(chain, '', 7, 'all');
    const results = await Promise.allSettled(waiting.map(({ id, entry }) => sink.store(chain, id, entry)));
    const stored = waiting.filter((_, i) => results[i]?.status === 'fulfilled');
    await outbox.acknowledge(
      chain,
      stored.map(({ id }) => id),
    );
  }
}

describe('entries that wait for the audit log', () => {
  it('get there each once, in their order, though the log fails and two housekeepers fetch at the same time', async (t) => {
    t.diagnostic(`FUZZ_SEED=${SEED}`);
    const server = await TestRedis.start(t);
    const ledgers = [
      await openLedger(t, server, { chain: 'a' }),
      await openLedger(t, server, { chain: 'b' }),
    ];
    const sink = new Sink();
    const leases = Array.from({ length: 100 }, (_, i) => `l${i}`);
    const calling = Promise.all(leases.map((lease, i) => call(ledgers[i % 2] as RedisLedger, lease)));
    for (let round = 0; round < 1000; round++) {
      await Promise.all(ledgers.map((ledger) => moveAll(ledger, sink)));
      if (round === 20) await calling;
      if (round > 20 && (await ledgers[0]?.outbox.chains())?.length === 0) break;
    }
    assert.ok(sink.failures > 20);
    assert.equal(sink.stored.size, 200);
    const inOrder = [...sink.stored].toSorted(([a], [b]) => compareIds(a, b)).map(([, entry]) => entry);
    for (const lease of leases) {
      const kinds = inOrder
        .filter((entry) => 'lease' in entry && entry.lease === lease)
        .map(({ kind }) => kind);
      assert.deepEqual(kinds, ['opened', 'closed'], lease);
    }
    assert.deepEqual(await server.run((redis) => redis.keys('*entries*')), []);
  });

  it('are handed on when they are 5 seconds old: until then a reservation may be withdrawn', async (t) => {
    const server = await TestRedis.start(t);
    const ledger = await openLedger(t, server, { chain: 'a' });
    const began = performance.now();
    await call(ledger, 'l');
    const called = performance.now();
    let asked = began;
    let waiting: Awaited<ReturnType<typeof ledger.outbox.entries>> = [];
    for (; waiting.length < 2; await sleep(100)) {
      assert.ok(asked - called < HANG_MS, 'they are never handed on');
      waiting = await ledger.outbox.entries('a', '', 10);
      asked = performance.now();
      assert.ok(waiting.length === 0 || asked - began >= 4_990, `${asked - began} ms`);
    }
    assert.deepEqual(
      waiting.map(({ entry }) => entry.kind),
      ['opened', 'closed'],
    );
    assert.deepEqual(await ledger.outbox.entries('a', waiting[0]?.id as string, 10), waiting.slice(1));
    assert.deepEqual(await ledger.outbox.entries('a', '', 1), waiting.slice(0, 1));
  });

  it('stay where they are when what was acknowledged was acknowledged already, or never there', async (t) => {
    const server = await TestRedis.start(t);
    const ledger = await openLedger(t, server, { chain: 'a' });
    await call(ledger, 'l');
    const [first] = await ledger.outbox.entries('a', '', 1, 'all');
    for (let i = 0; i < 2; i++) await ledger.outbox.acknowledge('a', [first?.id as string, '1-1']);
    await ledger.outbox.acknowledge('other', ['1-1']);
    assert.deepEqual(
      (await entriesOf(ledger)).map(({ kind }) => kind),
      ['closed'],
    );
  });
});

function compareIds(a: string, b: string): number {
  const number = (key: string) => key.replace(/^\w+ /, '').split('-').map(Number) as [number, number];
  const [[x, i], [y, j]] = [number(a), number(b)];
  return x - y || i - j;
}

/** A limit of 1000 nano-USD that warns at 50, 80 and 95 %. */
function warningLimit(more: Partial<LimitCheck> = {}, rule: Partial<WarningRule> = {}): LimitCheck {
  const { amount = 1000 } = more;
  return limitOf(amount, { ...more, warns: { amount, percents: [50, 80, 95], send: true, ...rule } });
}

const LIMITS = [warningLimit()];

async function reserve(ledger: RedisLedger, lease: string, usd: number, limits = LIMITS): Promise<void> {
  const bound = {
    inputTokens: usd,
    cap: 0,
    minCap: 0,
    rates: { input: 1e6, output: 1e6 },
    requests: 1,
  } as const;
  assert.ok('granted' in (await ledger.reserve(requestFor({ lease, limits, bound }))), lease);
}

async function settle(ledger: RedisLedger, lease: string, usd: number): Promise<void> {
  const settlement = { outcome: 'settled', amounts: { usd, tokens: usd, requests: 1 } } as const;
  await ledger.settle(lease, settlement, closedDraft({ lease }, settlement));
}

async function spend(ledger: RedisLedger, lease: string, usd: number, limits = LIMITS): Promise<void> {
  await reserve(ledger, lease, usd, limits);
  await settle(ledger, lease, usd);
}

async function told(ledger: RedisLedger): Promise<(readonly [number, boolean])[]> {
  const warnings = await ledger.outbox.warnings(100);
  return warnings.map(({ warning, highest }) => [warning.percent, highest] as const);
}

describe('a warning', () => {
  async function open(t: TestContext, ttl = 90_000) {
    const server = await TestRedis.start(t);
    const redis = server.connect(t);
    await redis.set(CLOCK, 5_000);
    const another = () => openLedger(t, server, { source: CLOCKED, leaseTtlMs: ttl });
    return { server, redis, another, ledger: await another() };
  }

  it('waits with the settlement that reaches its threshold, with all that there is to know', async (t) => {
    const { ledger } = await open(t);
    await spend(ledger, 'a', 499);
    assert.deepEqual(await told(ledger), []);
    await spend(ledger, 'b', 1);
    const [waiting] = await ledger.outbox.warnings(10);
    assert.deepEqual(waiting, {
      id: waiting?.id,
      highest: true,
      send: true,
      warning: {
        policy: 'local/test',
        limit: 'local/test/budget',
        scope: 'cluster',
        window: 'lifetime',
        unit: 'usd',
        percent: 50,
        spent: 500,
        amount: 1000,
        resetsAt: null,
        at: 5_000,
        workload: 'local/crawler',
        session: 's1',
      },
    });
    await ledger.outbox.acknowledgeWarnings([waiting?.id as string]);
    assert.deepEqual(await told(ledger), []);
  });

  it('is about what was spent, not about what running calls hold', async (t) => {
    const { ledger } = await open(t);
    await reserve(ledger, 'a', 590);
    await reserve(ledger, 'b', 400);
    await settle(ledger, 'a', 490);
    assert.deepEqual(await told(ledger), []);
  });

  it('is there for each threshold that one call reaches, and the highest is the one to send', async (t) => {
    const { ledger } = await open(t);
    await spend(ledger, 'a', 810);
    assert.deepEqual(await told(ledger), [
      [50, false],
      [80, true],
    ]);
    await spend(ledger, 'b', 190);
    assert.deepEqual((await told(ledger)).slice(2), [[95, true]]);
  });

  it('is given once by all processes: not again by later calls, nor when a late settlement takes spend back', async (t) => {
    const { ledger, another, redis } = await open(t);
    const other = await another();
    await spend(ledger, 'a', 400);
    await reserve(other, 'slow', 450);
    await redis.set(CLOCK, 95_000);
    await ledger.sweep();
    assert.equal((await told(ledger)).length, 2);
    await settle(other, 'slow', 10);
    await spend(other, 'b', 500);
    assert.equal((await told(ledger)).length, 2);
    await spend(ledger, 'c', 50);
    assert.deepEqual((await told(ledger)).slice(2), [[95, true]]);
  });

  it('follows a rule that was changed, from the next call on, and may be about the largest amounts', async (t) => {
    const { ledger } = await open(t);
    await spend(ledger, 'a', 400);
    await spend(ledger, 'b', 10, [warningLimit({ amount: 500 }, { percents: [60, 82], send: false })]);
    const [first, second, ...more] = await ledger.outbox.warnings(10);
    assert.deepEqual(
      [first, second, ...more].map((one) => [one?.warning.percent, one?.warning.amount, one?.send]),
      [
        [60, 500, false],
        [82, 500, false],
      ],
    );
    const large = warningLimit(
      { amount: 9e15, counter: 'local/test/large|cluster|lifetime|usd' },
      { percents: [95] },
    );
    await spend(ledger, 'c', 8.55e15 - 1, [large]);
    assert.equal((await told(ledger)).length, 2);
    await spend(ledger, 'd', 1, [large]);
    assert.equal((await ledger.outbox.warnings(10))[2]?.warning.spent, 8.55e15);
  });

  it('is handed out to one of several at a time, first the one that is due first, until it is acknowledged', async (t) => {
    const { ledger, another, redis } = await open(t);
    const other = await another();
    const claim = async (by: RedisLedger) => {
      const claimed = await by.outbox.claimWarning(1_000);
      return claimed && { percent: claimed.warning.percent, attempt: claimed.attempt, claimed };
    };
    assert.equal(await claim(ledger), undefined);
    await spend(ledger, 'a', 500);
    await redis.set(CLOCK, 6_000);
    await spend(ledger, 'b', 300);
    const first = await claim(ledger);
    const second = await claim(other);
    assert.deepEqual([first?.percent, second?.percent, await claim(ledger)], [50, 80, undefined]);
    // Who has it may take its time; who does not come back loses it.
    await redis.set(CLOCK, 6_999);
    assert.equal(await claim(other), undefined);
    await redis.set(CLOCK, 7_000);
    const again = await claim(other);
    assert.deepEqual([again?.percent, again?.attempt], [50, 2]);
    assert.ok(first && second && again);
    // It is another's by now.
    await ledger.outbox.postponeWarning(first.claimed, 0);
    await redis.set(CLOCK, 7_001);
    assert.equal((await claim(ledger))?.percent, 80);
    assert.equal(await claim(ledger), undefined);
    await other.outbox.postponeWarning(again.claimed, 500);
    await redis.set(CLOCK, 7_501);
    assert.deepEqual((await claim(ledger))?.attempt, 3);
    await ledger.outbox.acknowledgeWarnings([first.claimed.id, second.claimed.id]);
    // What comes too late makes nothing of what is done with.
    await other.outbox.postponeWarning(again.claimed, 0);
    await redis.set(CLOCK, 100_000);
    assert.equal(await claim(ledger), undefined);
    assert.deepEqual(
      (await redis.keys('*')).filter((key) => key.includes('warnings:')),
      [],
    );
  });

  it('is not given again by counters that were rebuilt, where Redis still has those before', async (t) => {
    const { ledger, redis } = await open(t);
    await spend(ledger, 'a', 600);
    await redis.hset('{tollgate}:epoch', 'run', 'another');
    await assert.rejects(spend(ledger, 'b', 10), { name: 'LedgerUnavailable' });
    await ledger.rebuild(NOTHING_ELSE);
    await spend(ledger, 'b', 100);
    assert.deepEqual(await told(ledger), [[50, true]]);
    await spend(ledger, 'c', 100);
    assert.deepEqual((await told(ledger)).slice(1), [[80, true]]);
  });
});
