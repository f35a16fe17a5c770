import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { before, describe, it, type TestContext } from 'node:test';
import { hashText } from '../../core/audit/chain.ts';
import { NOTHING } from '../../core/ledger/fit.ts';
import type { Settlement } from '../../core/ports.ts';
import {
  type CallForTest,
  closedDraft,
  limitOf,
  refusedDraft,
  requestFor,
  SMALL,
} from '../testing-drafts.ts';
import { counters, exportEntries, findExchanges, listExchanges, showExchange, spend } from './queries.ts';
import { openReadOnly } from './state.ts';
import { openLedger, temporaryFolder } from './testing.ts';

const HOUR = 3_600_000;
const START = new Date(2026, 10, 22, 9).getTime();
const HALF: Settlement = { outcome: 'settled', amounts: { usd: 10, tokens: 10, requests: 1 } };
const LIMIT = limitOf(1000, {
  counter: 'local/day/usd|workload:local/a|b|day:UTC:2026-11-22|usd',
  resetsAt: START + 9 * HOUR,
});

let db: DatabaseSync;
let now = START;

/**
 * Two days: settled, released, then a refusal, a fallback, an expired call and its late end, one that expired and stays
 * so, and one that runs.
 */
before(async (t) => {
  const { ledger, paths } = await openLedger(temporaryFolder(t as TestContext), { clock: () => now });
  const open = async (call: CallForTest) => {
    now += 1000;
    await ledger.reserve(requestFor({ limits: [LIMIT], at: now, ...call }));
  };
  const close = (call: CallForTest, settlement: Settlement, more = {}) => {
    now += 40;
    return ledger.settle(call.lease, settlement, closedDraft({ at: now, ...call }, settlement, SMALL, more));
  };
  const first = { lease: 'aa-first', exchange: 'aa-first' };
  await open(first);
  await close(first, HALF);
  const refused = { lease: 'ab-late', exchange: 'ab-late', session: 's2' };
  await open(refused);
  await close(refused, { outcome: 'released' }, { verdict: 'deny', code: 'secret_found', status: 403 });
  now += 24 * HOUR;
  await ledger.record(refusedDraft('ac-refused', ++now, 's2'));
  const fallback = { exchange: 'ad-fallback', workload: 'other' };
  await open({ ...fallback, lease: 'ad.0', model: 'big' });
  await close({ ...fallback, lease: 'ad.0' }, { outcome: 'charged' });
  await open({ ...fallback, lease: 'ad.1', model: 'small' });
  const calls = [
    { name: 'Bash', class: 'shell', verdict: 'deny', code: 'tool_not_allowed' },
    { name: 'Read', class: 'read', verdict: 'allow' },
    { name: 'Edit', class: 'write', verdict: 'observed', code: 'tool_not_allowed' },
  ] as const;
  await close({ ...fallback, lease: 'ad.1' }, HALF, { calls, faults: ['usage_missing'] });
  await open({ lease: 'ae', exchange: 'ae-expired' });
  await open({ lease: 'af', exchange: 'af-late' });
  now += 2 * HOUR;
  await ledger.sweep();
  await close({ lease: 'af', exchange: 'af-late' }, HALF);
  await open({ lease: 'ag', exchange: 'ag-running' });
  await ledger.stop();
  db = openReadOnly(paths.database);
});

const list = (filter: Partial<Parameters<typeof listExchanges>[1]> = {}) =>
  listExchanges(db, { limit: 99, now, ...filter });
const ids = (filter?: Parameters<typeof list>[0]) => list(filter).map(({ exchange }) => exchange);

describe('exchanges', () => {
  it('are listed newest first, each once', () => {
    assert.deepEqual(ids(), [
      'ag-running',
      'af-late',
      'ae-expired',
      'ad-fallback',
      'ac-refused',
      'ab-late',
      'aa-first',
    ]);
  });

  it('say who, what, how it ended and what it took', () => {
    assert.deepEqual(list().at(-1), {
      exchange: 'aa-first',
      at: START + 1000,
      status: 'closed',
      namespace: 'local',
      workload: 'crawler',
      session: 's1',
      agent: 'claude-code',
      provider: 'anthropic',
      model: 'claude-opus-5',
      verdict: 'allow',
      code: null,
      observed: [],
      toolCalls: 0,
      deniedCalls: 0,
      faults: [],
      charged: { usd: 10, tokens: 10, requests: 1 },
      reserved: NOTHING,
      ms: 40,
    });
  });

  it('that never reached the ledger say what was asked for', () => {
    const row = list().find(({ exchange }) => exchange === 'ac-refused');
    assert.deepEqual(
      [row?.status, row?.verdict, row?.code, row?.session, row?.provider, row?.model, row?.charged],
      ['closed', 'deny', 'model_not_allowed', 's2', null, 'gpt-9', NOTHING],
    );
  });

  it('with a fallback have the amounts of all attempts, and the model that answered', () => {
    const row = list().find(({ exchange }) => exchange === 'ad-fallback');
    assert.deepEqual(
      [row?.model, row?.workload, row?.charged],
      ['small', 'other', { usd: 30, tokens: 30, requests: 2 }],
    );
  });

  it('say which of their tool calls were denied, what would have been, and what went wrong', () => {
    const row = list().find(({ exchange }) => exchange === 'ad-fallback');
    assert.deepEqual(
      [row?.toolCalls, row?.deniedCalls, row?.observed, row?.faults],
      [3, 1, ['tool_not_allowed'], ['usage_missing']],
    );
  });

  it('run, are closed, or are incomplete', () => {
    const statuses = Object.fromEntries(list().map(({ exchange, status }) => [exchange, status]));
    assert.equal(statuses['ag-running'], 'running');
    assert.equal(statuses['ae-expired'], 'incomplete');
    assert.equal(statuses['af-late'], 'closed');
    const [running] = list();
    assert.deepEqual(
      [running?.charged, running?.reserved, running?.verdict, running?.ms],
      [NOTHING, SMALL, null, null],
    );
    const [later] = list({ now: now + HOUR });
    assert.equal(later?.status, 'incomplete', 'it expired, though nobody has charged it yet');
  });

  it('can be asked for by session, refusals of all or of a part, time and number', () => {
    assert.deepEqual(ids({ session: 's2' }), ['ac-refused', 'ab-late']);
    assert.deepEqual(ids({ session: 's1', limit: 2 }), ['ag-running', 'af-late']);
    assert.deepEqual(ids({ session: 'none' }), []);
    assert.deepEqual(ids({ refused: true }), ['ad-fallback', 'ac-refused', 'ab-late']);
    assert.deepEqual(ids({ refused: true, limit: 1 }), ['ad-fallback']);
    assert.deepEqual(ids({ since: START + 24 * HOUR }), [
      'ag-running',
      'af-late',
      'ae-expired',
      'ad-fallback',
      'ac-refused',
    ]);
    assert.deepEqual(ids({ limit: 3 }).length, 3);
    assert.deepEqual(ids({ limit: 0 }), []);
  });

  it('are found by the beginning of their id', () => {
    assert.deepEqual(findExchanges(db, 'ad'), ['ad-fallback']);
    assert.deepEqual(findExchanges(db, 'a').length, 7);
    assert.deepEqual(findExchanges(db, 'aa-first'), ['aa-first']);
    assert.deepEqual(findExchanges(db, 'b'), []);
    assert.deepEqual(findExchanges(db, '%'), []);
  });

  it('are shown with all that was recorded of them', () => {
    const { entries, leases } = showExchange(db, 'af-late');
    assert.deepEqual(
      entries.map(({ kind }) => kind),
      ['opened', 'incomplete', 'closed'],
    );
    assert.equal(leases.length, 1);
    assert.deepEqual(
      [leases[0]?.lease, leases[0]?.state, leases[0]?.charged],
      ['af', 'settled', HALF.outcome === 'settled' && HALF.amounts],
    );
    assert.deepEqual(
      showExchange(db, 'ad-fallback').leases.map(({ lease, model }) => [lease, model]),
      [
        ['ad.0', 'big'],
        ['ad.1', 'small'],
      ],
    );
    assert.deepEqual(showExchange(db, 'nothing'), { entries: [], leases: [] });
  });
});

describe('spend', () => {
  const calls = (by: Parameters<typeof spend>[1]['by'], since = 0) =>
    spend(db, { by, since }).map(({ key, calls: n, charged, reserved }) => [
      key,
      n,
      charged.usd,
      reserved.usd,
    ]);

  it('is what leases were charged, and hold', () => {
    assert.deepEqual(spend(db, { by: 'provider' }), [
      { key: 'anthropic', calls: 6, charged: { usd: 70, tokens: 70, requests: 5 }, reserved: SMALL },
    ]);
  });

  it('is told by model, workload, session and day', () => {
    assert.deepEqual(calls('model'), [
      ['claude-opus-5', 4, 40, 20],
      ['big', 1, 20, 0],
      ['small', 1, 10, 0],
    ]);
    assert.deepEqual(calls('workload'), [
      ['local/crawler', 4, 40, 20],
      ['local/other', 2, 30, 0],
    ]);
    assert.deepEqual(calls('session'), [['s1', 6, 70, 20]]);
    assert.deepEqual(calls('day'), [
      ['2026-11-22', 1, 10, 0],
      ['2026-11-23', 5, 60, 20],
    ]);
  });

  it('counts from a time on', () => {
    assert.deepEqual(calls('day', START + 24 * HOUR), [['2026-11-23', 5, 60, 20]]);
    assert.deepEqual(calls('model', now + 1), []);
  });

  it('agrees with the counters', () => {
    const [{ charged, reserved } = { charged: NOTHING, reserved: NOTHING }] = spend(db, { by: 'provider' });
    assert.deepEqual(counters(db), [
      {
        limit: 'local/day/usd',
        scope: 'workload:local/a|b',
        window: 'day:UTC:2026-11-22',
        unit: 'usd',
        spent: charged.usd,
        reserved: reserved.usd,
        resetsAt: START + 9 * HOUR,
      },
    ]);
  });
});

describe('the export', () => {
  it('has each entry in a line, with the text that its hash is of', () => {
    const lines = [...exportEntries(db)];
    assert.equal(lines.length, 17);
    let prev = '0'.repeat(64);
    lines.forEach((line, i) => {
      assert.ok(!line.includes('\n'));
      const { hash, entry } = JSON.parse(line);
      assert.equal(entry.seq, i + 1);
      assert.equal(entry.prev, prev);
      assert.equal(hashText(line.slice(line.indexOf('"entry":') + 8, -1)), hash);
      prev = hash;
    });
  });

  it('begins where it is told to', () => {
    const kinds = [...exportEntries(db, now)].map((line) => JSON.parse(line).entry.kind);
    assert.deepEqual(kinds, ['opened', 'stopped']);
  });

  it('is one JSON text a line whatever somebody made of the texts', async (t) => {
    const { ledger, paths } = await openLedger(temporaryFolder(t));
    await ledger.stop();
    const tampered = new DatabaseSync(paths.database);
    tampered.exec(`UPDATE entries SET text = 'no JSON', hash = '"' WHERE seq = 1`);
    tampered.exec(`UPDATE entries SET text = '{' || char(10) || '}' WHERE seq = 2`);
    const parsed = [...exportEntries(tampered)].map((line) => JSON.parse(line));
    assert.deepEqual(
      parsed.map(({ entry }) => entry),
      ['no JSON', '{\n}'],
    );
    assert.deepEqual(listExchanges(tampered, { limit: 5 }), []);
    tampered.close();
  });
});
