import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { before, describe, it, type TestContext } from 'node:test';
import { statePaths } from './state.ts';
import { openLedger, rows, temporaryFolder } from './testing.ts';
import {
  copyOf,
  found,
  type Log,
  type Row,
  readChain,
  tamper,
  verifyFolder,
  writeCarefully,
  writeLog,
} from './testing-log.ts';
import { verifyDatabase } from './verify.ts';

let log: Log;
before(async (t) => {
  log = await writeLog(temporaryFolder(t as TestContext));
});

describe('audit verify over a state folder', () => {
  it('finds nothing in a log as it was written, and reads all of it', () => {
    const report = verifyFolder(log.folder);
    assert.deepEqual(report.findings, []);
    assert.ok(report.clean);
    assert.equal(report.leases, 16);
    assert.equal(report.chains, 2);
    const db = new DatabaseSync(statePaths(log.folder).database, { readOnly: true });
    assert.deepEqual(rows(db, 'SELECT count(*) AS n FROM entries'), [{ n: report.entries }]);
    const kinds = rows(db, 'SELECT DISTINCT kind FROM entries ORDER BY kind').map(({ kind }) => kind);
    assert.deepEqual(kinds, ['closed', 'incomplete', 'opened', 'started', 'stopped']);
    const states = rows(db, 'SELECT DISTINCT state FROM leases ORDER BY state').map(({ state }) => state);
    assert.deepEqual(states, ['charged', 'expired', 'released', 'settled']);
    db.close();
  });

  it('changes nothing, and works on a copy of the database alone', (t) => {
    const folder = copyOf(t, log);
    const { database, ends } = statePaths(folder);
    const bytes = readFileSync(database);
    rmSync(ends, { recursive: true });
    const report = verifyFolder(folder, false);
    assert.deepEqual(
      report.findings.map(({ kind }) => kind),
      ['ends_unknown'],
    );
    assert.ok(report.clean);
    assert.ok(readFileSync(database).equals(bytes));
  });

  it('says so when the ends are not where they should be', (t) => {
    const folder = copyOf(t, log);
    rmSync(statePaths(folder).ends, { recursive: true });
    assert.throws(() => verifyFolder(folder), { name: 'StateError', message: /ends of the audit log/ });
  });

  it('tells how far it is', async (t) => {
    const folder = temporaryFolder(t);
    const { ledger, paths } = await openLedger(folder);
    const entry = { kind: 'content_read', at: 1, exchange: 'x', by: 'me' } as const;
    await Promise.all(Array.from({ length: 20_100 }, () => ledger.record(entry)));
    await ledger.stop();
    const progress: number[][] = [];
    const { database, ends } = paths;
    const report = verifyDatabase({ database, ends, onProgress: (...step) => progress.push(step) });
    assert.deepEqual(report.findings, []);
    assert.deepEqual(progress, [
      [10_000, 20_102],
      [20_000, 20_102],
    ]);
  });
});

describe('a report', () => {
  it('lists no more than 10,000 findings, counts the others, and says how much was read', (t) => {
    const folder = copyOf(t, log);
    const { entries, chains, leases } = verifyFolder(folder);
    tamper(folder, (db) => {
      const [row = {}] = rows(db, 'SELECT * FROM leases LIMIT 1') as Record<string, unknown>[];
      const others = Object.keys(row).filter((column) => column !== 'id');
      db.exec(`INSERT INTO leases (id, ${others})
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10200)
        SELECT 'invented-' || n, ${others} FROM numbers, (SELECT * FROM leases LIMIT 1)`);
    });
    const report = verifyFolder(folder);
    assert.deepEqual([report.findings.length, report.clean], [10_000, false]);
    assert.ok(report.omitted >= 200, `${report.omitted}`);
    assert.deepEqual([report.entries, report.chains, report.leases], [entries, chains, leases + 10_200]);
  });
});

describe('tampering with the ends', () => {
  it('is found: lines that are gone, files that are gone', (t) => {
    const folder = copyOf(t, log);
    const file = join(statePaths(folder).ends, 'first.1');
    const lines = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, [...lines.slice(0, 5), ...lines.slice(8)].join('\n'));
    assert.deepEqual(found(folder), ['no_end first 6-8']);
    rmSync(file);
    assert.deepEqual(found(folder), ['no_end first']);
  });

  it('is of no use: what was added to them later does not count', (t) => {
    const folder = copyOf(t, log);
    const change = (entries: Row[]) =>
      entries.map((row) => (row.seq === 26 ? { ...row, text: row.text.replace('stopped', 'STOPPED') } : row));
    tamper(folder, (db) => {
      const entries = change(readChain(db, 'first'));
      writeCarefully(db, 'first', entries);
      const [last] = rows(
        db,
        `SELECT seq, hash FROM entries WHERE chain = 'first' ORDER BY seq DESC LIMIT 1`,
      );
      appendFileSync(join(statePaths(folder).ends, 'first.1'), `${last?.seq} ${last?.hash}\n`);
    });
    assert.deepEqual(found(folder), ['changed first 26']);
  });

  it('is not what a torn last line is: its process died while it wrote it', (t) => {
    const folder = copyOf(t, log);
    const file = join(statePaths(folder).ends, 'first.1');
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -20));
    const report = verifyFolder(folder);
    assert.deepEqual(
      report.findings.map(({ kind, seq }) => `${kind} ${seq}`),
      ['longer_than_end 25'],
    );
    assert.ok(report.clean);
  });
});
