/** Counts that go on for as long as calls are made (core/ledger/session.ts), and finding counters. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { sessionChecks, sessionCounters } from '../../core/ledger/session.ts';
import { closedDraft, requestFor } from '../testing-drafts.ts';
import { byLease, CLOCK, CLOCKED, connectLedger, entriesOf, NOTHING_ELSE, openLedger } from './testing.ts';
import { TestRedis } from './testing-server.ts';

const DAY = 86_400_000;
const NOON = Date.UTC(2026, 10, 22, 12);
const SETTLED = { outcome: 'settled', amounts: { usd: 5, tokens: 7, requests: 1 } } as const;

async function open(t: TestContext) {
  const server = await TestRedis.start(t);
  const redis = server.connect(t);
  const at = (now: number) => redis.set(CLOCK, now);
  await at(NOON);
  const ledger = await openLedger(t, server, { source: CLOCKED });
  const pay = async (lease: string, now: number, session = 's') => {
    await at(now);
    const answer = await ledger.reserve(requestFor({ lease, session, limits: sessionChecks(session, now) }));
    assert.ok('granted' in answer && answer.granted.over.length === 0);
    await ledger.settle(lease, SETTLED, closedDraft({ lease }, SETTLED));
  };
  const spent = async (session = 's') =>
    (await ledger.counters(sessionCounters(session))).map((counter) => counter.spent);
  return { server, redis, ledger, at, pay, spent };
}

describe('the count of a session', () => {
  it('goes on over months, and is gone 92 days after the last call', async (t) => {
    const { redis, ledger, pay, spent } = await open(t);
    for (const [i, days] of [0, 60, 120].entries()) await pay(`l${i}`, NOON + days * DAY);
    assert.deepEqual(await spent(), [15, 21]);
    for (const key of sessionCounters('s')) {
      const left = await redis.pttl(`{tollgate}:1:counter:${key}`);
      assert.ok(Math.abs(left / DAY - 92.5) < 0.6, `${left / DAY} days`);
    }
    assert.deepEqual(await ledger.counters([]), []);
  });

  it('is counted anew as a whole, also what was spent in a window that has ended by now', async (t) => {
    const { server, ledger, at, pay, spent } = await open(t);
    for (const [i, days] of [0, 60, 120].entries()) await pay(`l${i}`, NOON + days * DAY);
    await pay('old', NOON + 1, 'other');
    await at(NOON + 130 * DAY);
    const entries = await entriesOf(ledger);
    // They are in the audit log alone.
    for (const chain of await ledger.outbox.chains()) {
      const waiting = await ledger.outbox.entries(chain, '', 1_000, 'all');
      await ledger.outbox.acknowledge(
        chain,
        waiting.map(({ id }) => id),
      );
    }
    await server.run((redis) => redis.hset('{tollgate}:epoch', 'run', 'another'));
    // The latest first: in which order chains are read says nothing.
    await ledger.rebuild({ ...NOTHING_ELSE, audit: () => byLease(entries.toReversed()) });
    assert.deepEqual(await spent(), [15, 21]);
    assert.deepEqual(await spent('other'), [0, 0], 'it was silent for too long');
  });
});

describe('the keys of counters', () => {
  it('are those of the generation in force, all of them', async (t) => {
    const { server, redis, ledger, pay } = await open(t);
    for (let i = 0; i < 30; i++) await pay(`l${i}`, NOON, `s${i}`);
    await redis.set('{tollgate}:2:counter:of another generation', 'x');
    const found = new Set<string>();
    for await (const keys of ledger.counterKeys()) for (const key of keys) found.add(key);
    const all = Array.from({ length: 30 }, (_, i) => sessionCounters(`s${i}`)).flat();
    assert.deepEqual([...found].toSorted(), all.toSorted());
    // More than are asked for in one function call.
    const many = Array.from({ length: 450 }, (_, i) => all[i % all.length] ?? '');
    assert.deepEqual(
      (await ledger.counters(many)).map(({ spent }) => spent),
      many.map((key) => (key.endsWith('usd') ? 5 : 7)),
    );
    const other = await connectLedger(t, server, { source: CLOCKED });
    await server.run((one) => one.flushall());
    await redis.set(CLOCK, NOON);
    await assert.rejects(other.counterKeys().next(), { name: 'LedgerUnavailable' });
  });
});
