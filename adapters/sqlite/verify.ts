/** `tollgate audit verify` over a state database, or a copy of one, and the ends that were kept apart from it. */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { EntryKind } from '../../core/audit/entry.ts';
import type { Finding } from '../../core/audit/finding.ts';
import type {
  AuditSource,
  LeaseState,
  StoredCounter,
  StoredEntry,
  StoredLease,
} from '../../core/audit/source.ts';
import { type VerifySummary, verify } from '../../core/audit/verify.ts';
import { readEnds } from './ends.ts';
import { openReadOnly } from './state.ts';

export interface VerifyOptions {
  /** Path of the database; it is opened to read only. */
  readonly database: string;
  /** Path of the folder of ends; without it only what does not need them is verified. */
  readonly ends?: string;
  /** Epoch ms. */
  readonly now?: number;
  /** Called every 10,000 entries with how many were read, and of how many. */
  readonly onProgress?: (done: number, all: number) => void;
}

export interface VerifyReport extends VerifySummary {
  /** Of findings the first 10,000, after which it stops reading, and of notes the first 1,000. */
  readonly findings: readonly Finding[];
  /** Whether no finding is more than a note. */
  readonly clean: boolean;
}

const MOST_FINDINGS = 10_000;
const MOST_NOTES = 1_000;
const PROGRESS = 10_000;

/**
 * Blocks while it reads; about 20 s for a million entries. Other processes may go on writing.
 * @throws StateError when the database or the ends can't be read
 */
export function verifyDatabase({
  database,
  ends,
  now = Date.now(),
  onProgress,
}: VerifyOptions): VerifyReport {
  // Ends first: whatever they name is in the database by then.
  const kept = ends === undefined ? undefined : readEnds(ends);
  const db = openReadOnly(database);
  try {
    db.exec('BEGIN');
    const all = onProgress ? countEntries(db) : 0;
    let done = 0;
    const found = verify({ ...tables(db), ends: kept, now }, () => {
      done++;
      if (done % PROGRESS === 0) onProgress?.(done, all);
    });
    return collect(found);
  } finally {
    db.close();
  }
}

function collect(found: Generator<Finding, VerifySummary>): VerifyReport {
  const findings: Finding[] = [];
  let notes = 0;
  for (let next = found.next(); ; next = found.next()) {
    const clean = findings.length === notes;
    if (next.done) return { ...next.value, findings, clean };
    const { note } = next.value;
    if (!note || notes < MOST_NOTES) findings.push(next.value);
    if (note && notes < MOST_NOTES) notes++;
    if (findings.length - notes >= MOST_FINDINGS) {
      found.return({ chains: 0, entries: 0, leases: 0 });
      return { chains: 0, entries: 0, leases: 0, findings, clean: false };
    }
  }
}

/** Not count(*), which reads the whole log. */
function countEntries(db: DatabaseSync): number {
  const row = db
    .prepare(
      `WITH RECURSIVE all_chains (chain) AS (
        SELECT min(chain) FROM entries
        UNION ALL SELECT (SELECT min(chain) FROM entries WHERE chain > all_chains.chain) FROM all_chains
          WHERE all_chains.chain IS NOT NULL)
      SELECT sum((SELECT max(seq) - min(seq) + 1 FROM entries WHERE entries.chain = all_chains.chain)) AS n
      FROM all_chains WHERE chain IS NOT NULL`,
    )
    .get() as { n: number | null };
  return row.n ?? 0;
}

type Row = Record<string, SQLOutputValue>;

function tables(db: DatabaseSync): Omit<AuditSource, 'ends' | 'now'> {
  // A value that was tampered with may be of any type and size; integers too large to be exact would stop the reading.
  const prepare = (sql: string) => {
    const statement = db.prepare(sql);
    statement.setReadBigInts(true);
    return statement;
  };
  const columns = 'chain, seq, at, kind, exchange, text, hash';
  const entries = prepare(`SELECT ${columns} FROM entries ORDER BY chain, seq`);
  const ofKind = prepare(`SELECT ${columns} FROM entries WHERE apart = 1 AND kind = ? ORDER BY at`);
  const ofExchange = prepare(`SELECT ${columns} FROM entries WHERE exchange = ? ORDER BY at, chain, seq`);
  const leases = prepare('SELECT * FROM leases');
  const lease = prepare('SELECT 1 FROM leases WHERE id = ?');
  const counters = prepare('SELECT key, spent, reserved FROM counters');
  return {
    entries: () => mapped(entries.iterate(), toEntry),
    entriesOfKind: (kind: EntryKind) => ofKind.all(kind).map(toEntry),
    entriesOf: (exchange) => ofExchange.all(exchange).map(toEntry),
    leases: () => mapped(leases.iterate(), toLease),
    hasLease: (id) => lease.get(id) !== undefined,
    counters: () => mapped(counters.iterate(), toCounter),
  };
}

function* mapped<T>(rows: Iterable<Row>, map: (row: Row) => T): Generator<T> {
  for (const row of rows) yield map(row);
}

function toEntry(row: Row): StoredEntry {
  const { chain, seq, at, kind, exchange, text, hash } = row;
  return {
    chain: String(chain),
    seq: Number(seq),
    at: Number(at),
    kind: String(kind),
    exchange: exchange === null || exchange === undefined ? null : String(exchange),
    text: String(text),
    hash: String(hash),
  };
}

function toLease(row: Row): StoredLease {
  return {
    id: String(row.id),
    state: String(row.state) as LeaseState,
    exchange: String(row.exchange),
    namespace: String(row.namespace),
    workload: String(row.workload),
    session: String(row.session),
    provider: String(row.provider),
    cap: Number(row.cap),
    reserved: { usd: Number(row.usd), tokens: Number(row.tokens), requests: Number(row.requests) },
    charged: {
      usd: Number(row.charged_usd),
      tokens: Number(row.charged_tokens),
      requests: Number(row.charged_requests),
    },
    openedAt: Number(row.opened_at),
    expiresAt: Number(row.expires_at),
    opened: { chain: String(row.opened_chain), seq: Number(row.opened_seq) },
    closed:
      row.closed_chain === null ? null : { chain: String(row.closed_chain), seq: Number(row.closed_seq) },
    counters: countersOf(String(row.counters)),
  };
}

function countersOf(json: string): StoredLease['counters'] {
  try {
    const counters: unknown = JSON.parse(json);
    return Array.isArray(counters) ? counters.filter(isCounter) : [];
  } catch {
    // Its counters then come to less than they say, which is found.
    return [];
  }
}

function isCounter(value: unknown): value is StoredLease['counters'][number] {
  return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'string';
}

function toCounter({ key, spent, reserved }: Row): StoredCounter {
  return { key: String(key), spent: Number(spent), reserved: Number(reserved) };
}
