import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, it } from 'node:test';
import { countLedger } from './ledger.ts';

const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-test-'));
let files = 0;

/** A database as a sidecar leaves it, as far as it is counted. */
function database(change = ''): string {
  const file = join(folder, `${++files}.db`);
  const db = new DatabaseSync(file);
  db.exec(`
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE leases (state TEXT);
    CREATE TABLE entries (kind TEXT, text TEXT);
    CREATE TABLE counters (spent INTEGER, reserved INTEGER);
    INSERT INTO leases VALUES ('settled'), ('settled'), ('settled'), ('released');
    INSERT INTO entries VALUES ('started', '{}');
    INSERT INTO counters VALUES (7, 0), (8, 0), (9, 0);`);
  for (let n = 0; n < 4; n++) {
    db.exec(`INSERT INTO entries VALUES ('opened', '{}'), ('closed', '{"code":null}')`);
  }
  db.exec(change);
  db.close();
  return file;
}

describe('counting the ledger', () => {
  after(() => rmSync(folder, { recursive: true }));
  const expected = { succeeded: 2, brokenOff: 2, provided: 3 };

  it('agrees when each call that was provided is a settled lease with two entries', () => {
    assert.deepEqual(countLedger(database(), expected), { leases: 4, settled: 3, entries: 8 });
  });

  it('says what does not agree', () => {
    const wrong: [string, RegExp][] = [
      [`DELETE FROM entries WHERE kind = 'opened'`, /0 opened entries/],
      [`INSERT INTO entries VALUES ('closed', '{}')`, /5 closed entries/],
      [`UPDATE entries SET text = '{"code":"rate_limited"}' WHERE kind = 'closed'`, /4 refusals/],
      [`UPDATE leases SET state = 'open' WHERE state = 'released'`, /1 leases that are neither/],
      ['UPDATE counters SET reserved = 1 WHERE spent = 7', /2 of 3 budgets/],
    ];
    for (const [change, message] of wrong) {
      assert.throws(() => countLedger(database(change), expected), message);
    }
    assert.throws(() => countLedger(database(), { ...expected, provided: 4 }), /4 calls at the providers/);
    assert.throws(() => countLedger(database(), { ...expected, succeeded: 4 }), /3 settled leases/);
    assert.throws(() => countLedger(database(), { ...expected, brokenOff: 1 }), /4 leases, 2 replies/);
  });
});
