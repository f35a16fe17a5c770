/**
 * What a sidecar left in its state folder, against what it did: proof that the ledger and the audit log were on.
 *
 *   each call that reached the provider = one settled lease = one opened and one closed entry without a refusal
 */
import { DatabaseSync } from 'node:sqlite';

export interface Expected {
  /** Replies that clients got in full. */
  readonly succeeded: number;
  /** Calls that may have been broken off by the end of a window: the clients' connections. */
  readonly brokenOff: number;
  /** Calls that reached the providers. */
  readonly provided: number;
}

export interface LedgerCount {
  readonly leases: number;
  readonly settled: number;
  readonly entries: number;
}

/** @throws Error that says what does not agree */
export function countLedger(database: string, { succeeded, brokenOff, provided }: Expected): LedgerCount {
  const db = new DatabaseSync(database, { readOnly: true });
  try {
    const count = (sql: string) => Number(Object.values(db.prepare(sql).get() ?? {})[0]);
    const leases = count('SELECT count(*) FROM leases');
    const settled = count("SELECT count(*) FROM leases WHERE state = 'settled'");
    const released = count("SELECT count(*) FROM leases WHERE state = 'released'");
    const opened = count("SELECT count(*) FROM entries WHERE kind = 'opened'");
    const closed = count("SELECT count(*) FROM entries WHERE kind = 'closed'");
    const refused = count(
      "SELECT count(*) FROM entries WHERE kind = 'closed' AND text ->> '$.code' IS NOT NULL",
    );
    const spent = count('SELECT count(*) FROM counters WHERE spent > 0 AND reserved = 0');
    const counters = count('SELECT count(*) FROM counters');
    const wrong = [
      opened === leases ? '' : `${opened} opened entries`,
      closed === leases ? '' : `${closed} closed entries`,
      refused === 0 ? '' : `${refused} refusals`,
      settled + released === leases
        ? ''
        : `${leases - settled - released} leases that are neither settled nor released`,
      settled >= succeeded && leases <= succeeded + brokenOff ? '' : `${settled} settled leases`,
      provided === settled ? '' : `${provided} calls at the providers`,
      counters >= 3 && spent === counters
        ? ''
        : `${spent} of ${counters} budgets with the spend of settled calls`,
    ].filter((text) => text !== '');
    if (wrong.length > 0) {
      throw new Error(
        `the ledger does not agree: ${leases} leases, ${succeeded} replies, ${wrong.join(', ')}`,
      );
    }
    return { leases, settled, entries: opened + closed };
  } finally {
    db.close();
  }
}
