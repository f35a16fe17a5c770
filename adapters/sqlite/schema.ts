/** The tables of tollgate.db. Amounts are whole nano-USD, tokens and requests; times are epoch milliseconds. */
import type { DatabaseSync } from 'node:sqlite';

/** Raised by one for each change of the schema; a migration takes older files along. */
export const SCHEMA_VERSION = 2;

/** Keys of `serve`. A secret is nowhere in it: only its SHA-256 is. */
const KEYS = `
CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  -- How often it was changed: its last entry has the same number.
  change INTEGER NOT NULL,
  name TEXT NOT NULL,
  namespace TEXT NOT NULL,
  labels TEXT NOT NULL,
  agent TEXT,
  profile TEXT,
  max_concurrent INTEGER,
  max_request_bytes INTEGER,
  created_at INTEGER NOT NULL,
  -- When its present secret was made.
  issued_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  hash BLOB NOT NULL,
  -- The secret before, and until when it is good.
  old_hash BLOB,
  old_until INTEGER,
  used_at INTEGER
) WITHOUT ROWID;
CREATE INDEX keys_name ON keys (name);
`;

/** Warnings that limits are nearly spent (warnings.ts, warning-outbox.ts). */
const WARNINGS = `
-- What the limit of a counter warns of: who charges a lease that another process left behind has no policy to ask.
CREATE TABLE warning_rules (
  counter TEXT PRIMARY KEY,
  rule TEXT NOT NULL,
  resets_at INTEGER
) WITHOUT ROWID;

-- Thresholds that were reached, and what came of telling a webhook: none | passed over | pending > delivered | given up.
CREATE TABLE warnings (
  counter TEXT NOT NULL,
  percent INTEGER NOT NULL,
  policy TEXT NOT NULL,
  limit_id TEXT NOT NULL,
  amount INTEGER NOT NULL,
  spent INTEGER NOT NULL,
  resets_at INTEGER,
  at INTEGER NOT NULL,
  workload TEXT NOT NULL,
  session TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  -- When it may be sent; while somebody sends it, when that somebody is taken for dead.
  due_at INTEGER NOT NULL,
  delivered_at INTEGER,
  PRIMARY KEY (counter, percent)
) WITHOUT ROWID;
CREATE INDEX warnings_pending ON warnings (due_at) WHERE state = 'pending';
`;

/** What takes a file of a version to the next one. */
export const MIGRATIONS: ReadonlyMap<number, string> = new Map([[1, KEYS + WARNINGS]]);

export const SCHEMA = `
-- The audit log. What counts is text; the columns beside it are there to find it.
-- Not WITHOUT ROWID: of a row of 1,000 bytes and more such a table puts the rest on a page of its own.
-- apart: 1 for the few that are looked for by kind and time (core/audit/entry.ts, isApart).
CREATE TABLE entries (
  chain TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  exchange TEXT,
  apart INTEGER,
  text TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (chain, seq)
);
CREATE INDEX entries_exchange ON entries (exchange) WHERE exchange IS NOT NULL;
CREATE INDEX entries_apart ON entries (kind, at) WHERE apart = 1;

-- Chains in the order in which they began, whatever the clock said.
CREATE TABLE chains (
  n INTEGER PRIMARY KEY,
  chain TEXT NOT NULL UNIQUE
);

CREATE TABLE counters (
  key TEXT PRIMARY KEY,
  spent INTEGER NOT NULL,
  reserved INTEGER NOT NULL,
  resets_at INTEGER
) WITHOUT ROWID;

CREATE TABLE leases (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  closed_at INTEGER,
  exchange TEXT NOT NULL,
  namespace TEXT NOT NULL,
  workload TEXT NOT NULL,
  session TEXT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  cap INTEGER NOT NULL,
  usd INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  charged_usd INTEGER NOT NULL DEFAULT 0,
  charged_tokens INTEGER NOT NULL DEFAULT 0,
  charged_requests INTEGER NOT NULL DEFAULT 0,
  counters TEXT NOT NULL,
  rates TEXT NOT NULL,
  over TEXT NOT NULL,
  -- Where its opened entry stands, and the entry that ended it: how verify knows that they were pruned, not removed.
  opened_chain TEXT NOT NULL,
  opened_seq INTEGER NOT NULL,
  closed_chain TEXT,
  closed_seq INTEGER
) WITHOUT ROWID;
CREATE INDEX leases_open ON leases (expires_at) WHERE state = 'open';
CREATE INDEX leases_opened ON leases (opened_at);
CREATE INDEX leases_session ON leases (session, opened_at);

CREATE TABLE rate_buckets (
  key TEXT NOT NULL,
  second INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  PRIMARY KEY (key, second)
) WITHOUT ROWID;

CREATE TABLE running (
  key TEXT PRIMARY KEY,
  calls INTEGER NOT NULL
) WITHOUT ROWID;

-- An erased session keeps its row: nothing must ever be stored for it again.
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  wrapped_key BLOB,
  created_at INTEGER NOT NULL,
  erased_at INTEGER
) WITHOUT ROWID;

CREATE TABLE contents (
  session TEXT NOT NULL,
  address TEXT NOT NULL,
  prev TEXT,
  at INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (session, address)
) WITHOUT ROWID;
${KEYS}${WARNINGS}`;

const TABLES: ReadonlySet<string> = new Set(
  Array.from(SCHEMA.matchAll(/CREATE TABLE (\w+)/g), ([, name]) => name as string),
);

/**
 * @returns what in a database can change what Tollgate reads or writes and is not Tollgate's: triggers, and whatever
 *   stands in the place of a table. Other tables, views and indexes may be anybody's.
 */
export function foreignObjects(db: DatabaseSync): string[] {
  const all = db.prepare('SELECT type, name, sql FROM sqlite_master').all();
  return all.flatMap(({ type, name, sql }) => {
    const isTable = type === 'table' && /^CREATE TABLE/i.test(String(sql));
    const isForeign = type === 'trigger' || (TABLES.has(String(name)) && !isTable);
    return isForeign ? [`the ${type} ${name}`] : [];
  });
}
