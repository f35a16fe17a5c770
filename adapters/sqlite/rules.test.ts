/** What the model-based test does not reach: more than a few calls, odd clocks, and what stands in which row. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NOTHING } from '../../core/ledger/fit.ts';
import { closedDraft, limitOf, requestFor, SMALL, SMALL_BOUND } from '../testing-drafts.ts';
import { Statements } from './statements.ts';
import { openLedger, rows, temporaryFolder } from './testing.ts';
import { verifyDatabase } from './verify.ts';

const SETTLED = { outcome: 'settled', amounts: SMALL } as const;

describe('a chain', () => {
  it('names the one that began before it, whatever the clock says', async (t) => {
    const folder = temporaryFolder(t);
    const names = ['d', 'b', 'c', 'a'];
    const opened = [];
    for (const [i, chain] of names.entries()) {
      // Backwards, and twice the same.
      opened.push(await openLedger(folder, { chain, clock: () => 1000 - Math.floor(i / 2) }));
    }
    for (const { ledger } of opened) await ledger.stop();
    const { db, ledger } = await openLedger(folder, { chain: 'last' });
    const started = rows(db, `SELECT text FROM entries WHERE kind = 'started'`).map(({ text }) =>
      JSON.parse(text as string),
    );
    const predecessors = Object.fromEntries(
      started.map((entry) => [entry.chain, entry.predecessor?.chain ?? null]),
    );
    assert.deepEqual(predecessors, { d: null, b: 'd', c: 'b', a: 'c', last: 'a' });
    const [last] = started.filter(({ chain }) => chain === 'last');
    assert.deepEqual(rows(db, `SELECT seq, hash FROM entries WHERE chain = 'a' ORDER BY seq DESC LIMIT 1`), [
      { seq: last.predecessor.seq, hash: last.predecessor.hash },
    ]);
    await ledger.stop();
  });

  it('tells where it stands', async (t) => {
    const { ledger, db } = await openLedger(temporaryFolder(t), { chain: 'mine' });
    await ledger.record({ kind: 'content_read', at: 1, exchange: 'x', by: 'me' });
    const [last] = rows(db, 'SELECT chain, seq, hash FROM entries ORDER BY seq DESC LIMIT 1');
    assert.deepEqual({ ...ledger.end }, last);
    await ledger.stop();
  });
});

describe('leases that processes left behind', () => {
  it('are all charged when the next one starts, however many', async (t) => {
    const folder = temporaryFolder(t);
    let now = 1_000_000;
    const clock = () => now;
    const dead = await openLedger(folder, { clock });
    const limits = [limitOf(1e9)];
    await Promise.all(
      Array.from({ length: 350 }, (_, i) => dead.ledger.reserve(requestFor({ lease: `l${i}`, limits }))),
    );
    dead.db.close();
    now += 90_000;
    const { db, ledger, paths } = await openLedger(folder, { clock });
    assert.deepEqual(rows(db, 'SELECT state, count(*) AS n FROM leases GROUP BY state'), [
      { state: 'expired', n: 350 },
    ]);
    assert.deepEqual(rows(db, 'SELECT spent, reserved FROM counters'), [{ spent: 7000, reserved: 0 }]);
    assert.deepEqual(verifyDatabase({ ...paths, now }).findings, []);
    await ledger.stop();
  });

  it('are charged after the time that was set, and not before', async (t) => {
    let now = 1_000_000;
    const { ledger, db } = await openLedger(temporaryFolder(t), { clock: () => now, leaseTtlMs: 500 });
    await ledger.reserve(requestFor({ lease: 'l' }));
    const state = async () => {
      await ledger.sweep();
      return rows(db, 'SELECT state FROM leases')[0]?.state;
    };
    now += 499;
    assert.equal(await state(), 'open');
    await ledger.extend(['l']);
    now += 499;
    assert.equal(await state(), 'open');
    now += 1;
    assert.equal(await state(), 'expired');
    await ledger.stop();
  });

  it('that another process has charged are charged what they cost when their own comes back', async (t) => {
    let now = 1_000_000;
    const folder = temporaryFolder(t);
    const slow = await openLedger(folder, { clock: () => now, chain: 'slow' });
    const call = { lease: 'l', limits: [limitOf(1_000_000)] };
    await slow.ledger.reserve(requestFor(call));
    now += 90_000;
    const other = await openLedger(folder, { clock: () => now, chain: 'other' });
    assert.equal(rows(other.db, 'SELECT state FROM leases')[0]?.state, 'expired');
    await slow.ledger.settle('l', SETTLED, closedDraft({ ...call, at: now }, SETTLED));
    assert.deepEqual(rows(other.db, 'SELECT spent, reserved FROM counters'), [
      { spent: SMALL.usd, reserved: 0 },
    ]);
    await slow.ledger.stop();
    await other.ledger.stop();
    assert.deepEqual(verifyDatabase({ ...slow.paths, now }).findings, []);
  });

  it('are looked for as long as a process runs', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    let now = 1_000_000;
    const { ledger, db } = await openLedger(temporaryFolder(t), { clock: () => now });
    await ledger.reserve(requestFor({ lease: 'l' }));
    now += 90_000;
    t.mock.timers.tick(15_000);
    await ledger.record({ kind: 'content_read', at: 1, exchange: 'x', by: 'me' });
    await ledger.record({ kind: 'content_read', at: 1, exchange: 'x', by: 'me' });
    assert.equal(rows(db, 'SELECT state FROM leases')[0]?.state, 'expired');
    await ledger.stop();
  });
});

describe('the ledger', () => {
  it('records how a call ended that it does not know, and moves no money', async (t) => {
    const { ledger, db } = await openLedger(temporaryFolder(t));
    await ledger.settle('unknown', SETTLED, closedDraft({ lease: 'unknown' }, SETTLED));
    assert.equal(rows(db, `SELECT 1 FROM entries WHERE kind = 'closed'`).length, 1);
    assert.deepEqual(rows(db, 'SELECT * FROM counters'), []);
    await ledger.stop();
  });

  it('counts each of the replies that a call asks for in the rate of tokens', async (t) => {
    const { ledger } = await openLedger(temporaryFolder(t));
    const rates = [{ id: 'r', key: 'r', tokensPerMinute: 50, refuse: true }];
    assert.ok('granted' in (await ledger.reserve(requestFor({ lease: 'one', rates }))));
    const bound = { ...SMALL_BOUND, choices: 3 };
    const answer = await ledger.reserve(requestFor({ lease: 'three', bound, rates }));
    assert.ok('refused' in answer && answer.refused.kind === 'rate');
    assert.ok('granted' in (await ledger.reserve(requestFor({ lease: 'another', rates }))));
    await ledger.stop();
  });

  it('keeps no row of what was refused', async (t) => {
    const { ledger, db } = await openLedger(temporaryFolder(t));
    const rates = [{ id: 'r', key: 'r', requestsPerMinute: 5, refuse: true }];
    const answer = await ledger.reserve(requestFor({ lease: 'l', limits: [limitOf(1)], rates }));
    assert.ok('refused' in answer);
    for (const table of ['counters', 'leases', 'rate_buckets', 'running']) {
      assert.deepEqual(rows(db, `SELECT * FROM ${table}`), [], table);
    }
    await ledger.stop();
  });

  it('keeps no row of rates that no longer count', async (t) => {
    let now = 1_000_000;
    const { ledger, db } = await openLedger(temporaryFolder(t), { clock: () => now });
    const rates = [{ id: 'r', key: 'r', requestsPerMinute: 5, refuse: true }];
    await ledger.reserve(requestFor({ lease: 'l', rates }));
    await ledger.settle('l', SETTLED, closedDraft({ lease: 'l' }, SETTLED));
    now += 61_000;
    await ledger.sweep();
    assert.equal(rows(db, 'SELECT * FROM rate_buckets').length, 1);
    now += 1_000;
    await ledger.sweep();
    assert.deepEqual(
      rows(db, 'SELECT * FROM rate_buckets UNION ALL SELECT key, calls, 0, 0 FROM running'),
      [],
    );
    await ledger.stop();
  });

  it('goes on when a counter that only records has reached all that is counted exactly', async (t) => {
    const { ledger, db } = await openLedger(temporaryFolder(t));
    const limits = [limitOf(100, { refuse: false })];
    const most = { outcome: 'settled', amounts: { ...NOTHING, usd: Number.MAX_SAFE_INTEGER } } as const;
    for (const lease of ['l1', 'l2']) {
      await ledger.reserve(requestFor({ lease, limits }));
      await ledger.settle(lease, most, closedDraft({ lease }, most));
    }
    assert.deepEqual(rows(db, 'SELECT spent, reserved FROM counters'), [
      { spent: Number.MAX_SAFE_INTEGER, reserved: 0 },
    ]);
    assert.ok('granted' in (await ledger.reserve(requestFor({ lease: 'l3', limits }))));
    await ledger.stop();
  });

  it('refuses amounts that are none', async (t) => {
    const { ledger, db } = await openLedger(temporaryFolder(t));
    await ledger.reserve(requestFor({ lease: 'l' }));
    for (const usd of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      const bad = { outcome: 'settled', amounts: { ...SMALL, usd } } as const;
      await assert.rejects(ledger.settle('l', bad, closedDraft({ lease: 'l' }, bad)), RangeError, `${usd}`);
    }
    const bound = { ...SMALL_BOUND, inputTokens: -1 };
    await assert.rejects(ledger.reserve(requestFor({ lease: 'x', bound })), RangeError);
    assert.deepEqual(rows(db, 'SELECT id, state FROM leases'), [{ id: 'l', state: 'open' }]);
    await ledger.stop();
  });

  it('asks no question on the way of a call for which the whole log has to be read', async (t) => {
    const { ledger, db } = await openLedger(temporaryFolder(t));
    // These tables are as long as what happened in the last minute.
    const small = new Set(['rate_buckets', 'running', 'chains']);
    for (const [name, statement] of Object.entries(new Statements(db))) {
      for (const { detail } of rows(db, `EXPLAIN QUERY PLAN ${statement.sourceSQL}`)) {
        const [, table] = /^SCAN (\w+)/.exec(detail as string) ?? [];
        assert.ok(table === undefined || small.has(table), `${name}: ${detail}`);
        assert.ok(!(detail as string).includes('TEMP B-TREE'), `${name}: ${detail}`);
      }
    }
    await ledger.stop();
  });
});
