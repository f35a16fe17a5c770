/** The statements of the ledger's transactions, prepared once for each connection. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export class Statements {
  readonly counter: StatementSync;
  readonly putCounter: StatementSync;
  readonly buckets: StatementSync;
  readonly putBucket: StatementSync;
  readonly dropBuckets: StatementSync;
  readonly running: StatementSync;
  readonly putRunning: StatementSync;
  readonly dropRunning: StatementSync;
  readonly lease: StatementSync;
  readonly putLease: StatementSync;
  readonly closeLease: StatementSync;
  readonly extendLease: StatementSync;
  readonly expired: StatementSync;
  readonly putEntry: StatementSync;
  readonly entriesAfter: StatementSync;
  readonly putChain: StatementSync;
  readonly latestEnd: StatementSync;

  constructor(db: DatabaseSync) {
    this.counter = db.prepare('SELECT spent, reserved, resets_at AS resetsAt FROM counters WHERE key = ?');
    this.putCounter = db.prepare(
      'INSERT OR REPLACE INTO counters (key, spent, reserved, resets_at) VALUES (?, ?, ?, ?)',
    );
    this.buckets = db.prepare(
      'SELECT second, requests, tokens FROM rate_buckets WHERE key = ? AND second > ? ORDER BY second',
    );
    this.putBucket = db.prepare(
      'INSERT OR REPLACE INTO rate_buckets (key, second, requests, tokens) VALUES (?, ?, ?, ?)',
    );
    this.dropBuckets = db.prepare('DELETE FROM rate_buckets WHERE second < ?');
    this.running = db.prepare('SELECT calls FROM running WHERE key = ?');
    this.putRunning = db.prepare('INSERT OR REPLACE INTO running (key, calls) VALUES (?, ?)');
    this.dropRunning = db.prepare('DELETE FROM running WHERE calls = 0');
    this.lease = db.prepare('SELECT * FROM leases WHERE id = ?');
    this.putLease = db.prepare(
      `INSERT INTO leases (id, state, opened_at, expires_at, exchange, namespace, workload, session, provider, model,
        cap, usd, tokens, requests, counters, rates, over, opened_chain, opened_seq)
      VALUES (?, 'open', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.closeLease = db.prepare(
      `UPDATE leases SET state = ?, closed_at = ?, charged_usd = ?, charged_tokens = ?, charged_requests = ?,
        closed_chain = ?, closed_seq = ? WHERE id = ? AND state = ?`,
    );
    this.extendLease = db.prepare(`UPDATE leases SET expires_at = ? WHERE id = ? AND state = 'open'`);
    this.expired = db.prepare(`SELECT * FROM leases WHERE state = 'open' AND expires_at <= ? LIMIT ?`);
    this.putEntry = db.prepare(
      'INSERT INTO entries (chain, seq, at, kind, exchange, apart, text, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.entriesAfter = db.prepare(
      'SELECT seq, text, hash FROM entries WHERE chain = ? AND seq > ? ORDER BY seq',
    );
    this.putChain = db.prepare('INSERT INTO chains (chain) VALUES (?)');
    this.latestEnd = db.prepare(
      `SELECT chain, seq, hash FROM entries WHERE chain =
        (SELECT chain FROM chains WHERE EXISTS (SELECT 1 FROM entries WHERE entries.chain = chains.chain)
        ORDER BY n DESC LIMIT 1)
      ORDER BY seq DESC LIMIT 1`,
    );
  }
}
