/** The tables of a state database as verify reads them. Values that were tampered with may be of any type and size. */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { CounterUse, EntryKind } from '../../core/audit/entry.ts';
import type {
  AuditSource,
  LeaseState,
  StoredCounter,
  StoredEntry,
  StoredLease,
} from '../../core/audit/source.ts';
import { storedKeys } from './keys-stored.ts';
import { foreignObjects } from './schema.ts';
import { storedContents } from './stored-contents.ts';

export type Tables = Omit<AuditSource, 'ends' | 'now'> & {
  lease(id: string): StoredLease | undefined;
};

type Row = Record<string, SQLOutputValue>;

/** @param keyPath of the key file; without it contents are not looked into */
export function tablesOf(db: DatabaseSync, keyPath?: string): Tables {
  // Integers too large to be exact would stop the reading.
  const prepare = (sql: string) => {
    const statement = db.prepare(sql);
    statement.setReadBigInts(true);
    return statement;
  };
  const columns = 'chain, seq, at, kind, exchange, apart, text, hash';
  const entries = prepare(`SELECT ${columns} FROM entries ORDER BY chain, seq`);
  const ofKind = prepare(`SELECT ${columns} FROM entries WHERE apart = 1 AND kind = ? ORDER BY at`);
  const ofExchange = prepare(`SELECT ${columns} FROM entries WHERE exchange = ? ORDER BY at, chain, seq`);
  const leases = prepare('SELECT * FROM leases ORDER BY session, opened_at');
  const lease = prepare('SELECT * FROM leases WHERE id = ?');
  const leaseId = prepare('SELECT 1 FROM leases WHERE id = ?');
  const counters = prepare('SELECT key, spent, reserved, resets_at FROM counters');
  const buckets = prepare('SELECT key, second, requests, tokens FROM rate_buckets');
  const running = prepare('SELECT key, calls FROM running');
  return {
    entries: () => mapped(entries.iterate(), toEntry),
    entriesOfKind: (kind: EntryKind) => ofKind.all(kind).map(toEntry),
    entriesOf: (exchange) => ofExchange.all(exchange).map(toEntry),
    leases: () => mapped(leases.iterate(), toLease),
    lease: (id) => {
      const row = lease.get(id);
      return row && toLease(row);
    },
    hasLease: (id) => leaseId.get(id) !== undefined,
    counters: () => mapped(counters.iterate(), toCounter),
    buckets: () =>
      mapped(buckets.iterate(), ({ key, second, requests, tokens }) => ({
        key: String(key),
        second: Number(second),
        requests: Number(requests),
        tokens: Number(tokens),
      })),
    running: () => mapped(running.iterate(), ({ key, calls }) => [String(key), Number(calls)] as const),
    keys: () => storedKeys(db),
    contents: storedContents(db, keyPath),
    foreign: () => foreignObjects(db),
  };
}

/** @param row of the table entries; what is of a wrong type becomes a text or a number, for verify to find */
export function toEntry(row: Row): StoredEntry {
  const { chain, seq, at, kind, exchange, apart, text, hash } = row;
  return {
    chain: String(chain),
    seq: Number(seq),
    at: Number(at),
    kind: String(kind),
    exchange: exchange === null || exchange === undefined ? null : String(exchange),
    apart: Number(apart) === 1,
    text: String(text),
    hash: String(hash),
  };
}

function* mapped<T>(rows: Iterable<Row>, map: (row: Row) => T): Generator<T> {
  for (const row of rows) yield map(row);
}

function toLease(row: Row): StoredLease {
  const rates = parse(row.rates);
  return {
    id: String(row.id),
    state: String(row.state) as LeaseState,
    exchange: String(row.exchange),
    namespace: String(row.namespace),
    workload: String(row.workload),
    session: String(row.session),
    provider: String(row.provider),
    model: String(row.model),
    cap: Number(row.cap),
    reserved: { usd: Number(row.usd), tokens: Number(row.tokens), requests: Number(row.requests) },
    charged: {
      usd: Number(row.charged_usd),
      tokens: Number(row.charged_tokens),
      requests: Number(row.charged_requests),
    },
    openedAt: Number(row.opened_at),
    expiresAt: Number(row.expires_at),
    closedAt: row.closed_at === null ? null : Number(row.closed_at),
    opened: { chain: String(row.opened_chain), seq: Number(row.opened_seq) },
    closed:
      row.closed_chain === null && row.closed_seq === null
        ? null
        : { chain: String(row.closed_chain), seq: Number(row.closed_seq) },
    counters: listOf(parse(row.counters), isCounterUse),
    rates: isRates(rates) ? rates : undefined,
    over: listOf(parse(row.over), isString),
  };
}

function toCounter({ key, spent, reserved, resets_at: resetsAt }: Row): StoredCounter {
  return {
    key: String(key),
    spent: Number(spent),
    reserved: Number(reserved),
    resetsAt: resetsAt === null ? null : Number(resetsAt),
  };
}

function parse(json: SQLOutputValue | undefined): unknown {
  try {
    return JSON.parse(String(json));
  } catch {
    return undefined;
  }
}

function listOf<T>(value: unknown, is: (item: unknown) => item is T): readonly T[] | undefined {
  return Array.isArray(value) && value.every(is) ? value : undefined;
}

function isCounterUse(value: unknown): value is CounterUse {
  return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'string';
}

function isRates(value: unknown): value is NonNullable<StoredLease['rates']> {
  const { second, keys } = (value ?? {}) as { second?: unknown; keys?: unknown };
  return typeof second === 'number' && listOf(keys, isString) !== undefined;
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}
