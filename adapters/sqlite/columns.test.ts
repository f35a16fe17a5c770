/** For each column of each table: what finds a change of it by somebody who can write the database and nothing else. */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { before, describe, it, type TestContext } from 'node:test';
import type { Closed } from '../../core/audit/entry.ts';
import type { RateCheck } from '../../core/ledger/checks.ts';
import { closedDraft, limitOf, refusedDraft, requestFor, SMALL } from '../testing-drafts.ts';
import { eraseSession } from './erase.ts';
import { createKey, revokeKey, rotateKey } from './keys.ts';
import { prune } from './prune.ts';
import { statePaths } from './state.ts';
import { rows, temporaryFolder } from './testing.ts';
import { tamper } from './testing-log.ts';
import { DAY, Machine, SETTLED } from './testing-machine.ts';

/** The findings of which one names the change, or why nobody gains anything by it. */
type Expected = RegExp | { readonly harmless: string };

const OF_CHAIN = /^(changed|removed|inserted|reordered|rehashed|chain_missing|no_end|cut_off) /;
const LEASE = /^lease_mismatch /;
const AMOUNT = /^amount_mismatch /;
const COUNTER = /^counter_mismatch /;
const RATE = /^rate_mismatch /;
const CONTENT = /^content_(missing|changed) /;
const KEY = /^key_mismatch /;
const WORD = {
  harmless:
    'it is word to people, which somebody can keep from them; what is spent stands elsewhere, and decides',
};

const DETECTED: Record<string, Record<string, Expected>> = {
  entries: {
    chain: OF_CHAIN,
    seq: OF_CHAIN,
    at: OF_CHAIN,
    kind: OF_CHAIN,
    exchange: OF_CHAIN,
    apart: OF_CHAIN,
    text: OF_CHAIN,
    hash: OF_CHAIN,
  },
  chains: {
    n: { harmless: 'it says which chain a new one names as the one before it; the ends know all of them' },
    chain: { harmless: 'likewise' },
  },
  counters: { key: COUNTER, spent: COUNTER, reserved: COUNTER, resets_at: COUNTER },
  leases: {
    id: /^(opened|closed)_without_lease /,
    state: /^(amount_mismatch|not_closed) /,
    opened_at: LEASE,
    expires_at: {
      harmless:
        'a call that runs extends it, so no entry has it; until it comes what is reserved stays reserved, then it is charged, until a late end replaces that',
    },
    closed_at: LEASE,
    exchange: /^lease_without_opened /,
    namespace: LEASE,
    workload: LEASE,
    session: LEASE,
    provider: LEASE,
    model: LEASE,
    cap: LEASE,
    usd: AMOUNT,
    tokens: AMOUNT,
    requests: AMOUNT,
    charged_usd: AMOUNT,
    charged_tokens: AMOUNT,
    charged_requests: AMOUNT,
    counters: LEASE,
    rates: LEASE,
    over: LEASE,
    opened_chain: LEASE,
    opened_seq: LEASE,
    closed_chain: LEASE,
    closed_seq: LEASE,
  },
  rate_buckets: { key: RATE, second: RATE, requests: RATE, tokens: RATE },
  running: { key: RATE, calls: RATE },
  sessions: {
    id: /^(content_missing|erasure_undone) /,
    wrapped_key: /^(content_(missing|changed)|erasure_undone) /,
    created_at: {
      harmless: 'it only spares retention a look at sessions that are too young to have anything old',
    },
    erased_at: /^(content_(missing|changed)|erasure_undone) /,
  },
  contents: {
    session: CONTENT,
    address: CONTENT,
    prev: CONTENT,
    at: { harmless: 'it only says since when retention may remove what no entry names' },
    data: CONTENT,
  },
  keys: {
    id: KEY,
    change: KEY,
    name: KEY,
    namespace: KEY,
    labels: KEY,
    agent: KEY,
    profile: KEY,
    max_concurrent: KEY,
    max_request_bytes: KEY,
    created_at: KEY,
    issued_at: KEY,
    expires_at: KEY,
    revoked_at: KEY,
    hash: KEY,
    old_hash: KEY,
    old_until: KEY,
    used_at: { harmless: 'it is for people who look at a list; nothing is decided by it' },
  },
  warning_rules: { counter: WORD, rule: WORD, resets_at: WORD },
  warnings: {
    counter: WORD,
    percent: WORD,
    policy: WORD,
    limit_id: WORD,
    amount: WORD,
    spent: WORD,
    resets_at: WORD,
    at: WORD,
    workload: WORD,
    session: WORD,
    state: WORD,
    attempts: WORD,
    due_at: WORD,
    delivered_at: WORD,
  },
};

/** Rows of a table that are tried. */
const MOST_ROWS = 6;

/** What is tried on a column; another value of its type where nothing is said here. */
const CHANGES: Record<string, string> = {
  'entries.seq': 'seq + 1000',
  'entries.apart': 'CASE WHEN apart IS NULL THEN 1 ELSE NULL END',
  'chains.n': 'n + 1000',
  'leases.state': `CASE state WHEN 'released' THEN 'settled' ELSE 'released' END`,
  'leases.counters': `CASE counters WHEN '[]' THEN '[["k","usd",null]]' ELSE '[]' END`,
  'leases.rates': `json_set(rates, '$.keys', json('["other"]'))`,
  'leases.over': `'["other"]'`,
  'leases.closed_at': `CASE state WHEN 'open' THEN opened_at ELSE closed_at + 1 END`,
  'contents.prev': 'CASE WHEN prev IS NULL THEN address ELSE NULL END',
  'sessions.erased_at': 'CASE WHEN erased_at IS NULL THEN 1 ELSE NULL END',
};

const RATES: RateCheck[] = [
  { id: 'n/r/0', key: 'n/r/0|cluster', requestsPerMinute: 90, tokensPerMinute: 9e6, refuse: true },
  { id: 'n/r/1', key: 'n/r/1|cluster', concurrent: 0, refuse: false },
];

/** Keys in every state that one can have, made before retention removes what says so. */
async function keys(machine: Machine): Promise<void> {
  const open = await machine.open('keys');
  const store = { ...open, by: 'somebody' };
  const plain = { namespace: 'local', labels: {}, agent: null, profile: null };
  const unlimited = { maxConcurrent: null, maxRequestBytes: null, lifetimeMs: null };
  const limited = { maxConcurrent: 4, maxRequestBytes: 1_000, lifetimeMs: DAY };
  await createKey(store, { name: 'plain', ...plain, ...unlimited });
  const said = { namespace: 'n', labels: { team: 'a' }, agent: 'sdk', profile: 'strict' };
  await createKey(store, { name: 'said', ...said, ...limited });
  await rotateKey(store, 'said', { graceMs: DAY });
  await createKey(store, { name: 'gone', ...plain, ...unlimited });
  await revokeKey(store, 'gone');
  await open.ledger.stop();
}

/** Everything that a state folder can have in it: entries old and gone, leases of every state, contents, rates. */
async function everything(machine: Machine): Promise<void> {
  await machine.process('old', 3);
  await keys(machine);
  machine.now += 40 * DAY;
  const open = await machine.open('first');
  const { ledger } = open;
  const limits = [
    limitOf(1e9, { warns: { amount: 20, percents: [50, 80], send: true } }),
    limitOf(1e9, { counter: 'n|cluster|day|tokens', unit: 'tokens', resetsAt: machine.now + DAY }),
  ];
  await prune({ ...open, before: machine.now - DAY, now: machine.now });
  const contents = await ledger.openContents('s1');
  const put = (text: string, prev: string | null) => contents.put(Buffer.from(text), prev);
  const content = () => ({ envelope: put('{}', null), messages: put('two', put('one', null)) });
  for (const outcome of ['settled', 'charged', 'released', 'expired'] as const) {
    const call = { lease: outcome, at: machine.now, limits, rates: RATES, content: content() };
    await ledger.reserve(requestFor(call));
    machine.now += 10;
    if (outcome === 'expired') continue;
    const settlement = outcome === 'settled' ? SETTLED : { outcome };
    const reply = { content: { reply: put(`reply ${outcome}`, null) } };
    await ledger.settle(outcome, settlement, closedDraft(call, settlement, SMALL, reply));
  }
  machine.now += 100_000;
  await ledger.sweep();
  const refused = refusedDraft('x-refused', machine.now) as Closed;
  const asked = refused.asked as NonNullable<Closed['asked']>;
  await ledger.record({
    ...refused,
    asked: { ...asked, content: { envelope: put('{"refused":1}', null), messages: null } },
  });
  const gone = (await ledger.openContents('s2')).put(Buffer.from('gone'), null);
  await machine.call(ledger, 'erased', 's2', limits, { envelope: gone, messages: null });
  await eraseSession('s2', open);
  await ledger.reserve(requestFor({ lease: 'open', at: machine.now, limits, rates: RATES }));
  await ledger.stop();
}

/** @returns "kind sentence" of what is more than a note */
function foundIn(machine: Machine, folder: string): string[] {
  return machine
    .findings(folder)
    .filter(({ note }) => !note)
    .map(({ kind, sentence }) => `${kind} ${sentence}`);
}

let machine: Machine;
before(async (t) => {
  machine = new Machine(t as TestContext);
  await everything(machine);
});

type Column = Record<'name' | 'type' | 'pk', unknown>;

function columnsOf(db: DatabaseSync, table: string): Column[] {
  return rows(db, `SELECT name, type, pk FROM pragma_table_info('${table}')`) as Column[];
}

function changeOf(db: DatabaseSync, table: string, column: string): string {
  const known = CHANGES[`${table}.${column}`];
  if (known !== undefined) return known;
  const type = columnsOf(db, table).find(({ name }) => name === column)?.type;
  if (type === 'INTEGER') return `coalesce(${column}, 0) + 1`;
  return type === 'BLOB' ? 'zeroblob(60)' : `coalesce(${column}, '') || 'x'`;
}

/** @returns for each row of a table a condition that only it fulfils */
function eachRow(db: DatabaseSync, table: string): string[] {
  const keys = columnsOf(db, table).filter(({ pk }) => pk !== 0);
  return rows(db, `SELECT ${keys.map(({ name }) => `quote(${name}) AS ${name}`)} FROM ${table}`).map((row) =>
    Object.entries(row)
      .map(([name, value]) => `${name} = ${value}`)
      .join(' AND '),
  );
}

/** @returns the first, the last, and some between */
function some<T>(items: readonly T[]): T[] {
  const step = Math.max(1, Math.ceil(items.length / MOST_ROWS));
  return items.filter((_, i) => i % step === 0 || i === items.length - 1);
}

describe('a change by somebody who can write the database and nothing else', () => {
  it('is not there in a log as it was written', () => {
    assert.deepEqual(foundIn(machine, machine.folder), []);
  });

  it('has an answer for each column of each table', () => {
    tamper(machine.folder, (db) => {
      const tables = rows(db, `SELECT name FROM sqlite_master WHERE type = 'table'`);
      const columns = tables.map(({ name }) => [name, columnsOf(db, `${name}`).map((column) => column.name)]);
      assert.deepEqual(
        Object.fromEntries(columns),
        Object.fromEntries(Object.entries(DETECTED).map(([name, of]) => [name, Object.keys(of)])),
      );
    });
  });

  for (const [table, columns] of Object.entries(DETECTED)) {
    for (const [column, expected] of Object.entries(columns)) {
      const harmless = 'harmless' in expected;
      it(`${harmless ? 'is harmless' : 'is found'} in any row: ${table}.${column}`, (t) => {
        const folder = temporaryFolder(t);
        cpSync(machine.folder, folder, { recursive: true });
        const { database } = statePaths(folder);
        const pristine = readFileSync(database);
        let [change, all] = ['', [] as string[]];
        tamper(folder, (db) => {
          change = `UPDATE ${table} SET ${column} = ${changeOf(db, table, column)}`;
          all = eachRow(db, table);
        });
        assert.ok(all.length > 0, 'there is a row to change');
        for (const row of some(all)) {
          writeFileSync(database, pristine);
          tamper(folder, (db) => db.exec(`${change} WHERE ${row}`));
          const found = foundIn(machine, folder);
          const what = `${change} WHERE ${row} finds ${found.join('\n') || 'nothing'}`;
          if (harmless) assert.deepEqual(found, [], what);
          else
            assert.ok(
              found.some((one) => expected.test(one)),
              what,
            );
        }
      });
    }
  }

  it('is found: a trigger, and a view in the place of a table', (t) => {
    for (const sql of [
      'CREATE TRIGGER free AFTER UPDATE ON counters BEGIN UPDATE counters SET spent = 0; END',
      'ALTER TABLE counters RENAME TO real; CREATE VIEW counters AS SELECT * FROM real',
    ]) {
      const folder = temporaryFolder(t);
      cpSync(machine.folder, folder, { recursive: true });
      tamper(folder, (db) => db.exec(sql));
      assert.match(foundIn(machine, folder).join(), /^foreign There is the (trigger free|view counters)/);
    }
    const folder = temporaryFolder(t);
    cpSync(machine.folder, folder, { recursive: true });
    tamper(folder, (db) =>
      db.exec('CREATE VIEW mine AS SELECT * FROM counters; CREATE TABLE my_notes (text)'),
    );
    assert.deepEqual(foundIn(machine, folder), [], 'what can do nothing may be anybody’s');
  });
});
