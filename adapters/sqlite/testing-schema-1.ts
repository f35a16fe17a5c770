/** The tables as version 1 of the state database had them, word for word: for tests of what migrations make of such files. */
export const SCHEMA_1 = `
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
`;
