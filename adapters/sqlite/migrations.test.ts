/** What becomes of a state folder that an older Tollgate wrote. */
import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { before, describe, it, type TestContext } from 'node:test';
import { limitOf, requestFor } from '../testing-drafts.ts';
import { listKeys } from './keys.ts';
import { openReadOnly, openState, statePaths } from './state.ts';
import { openLedger, rows, temporaryFolder } from './testing.ts';
import { type Log, verifyFolder, writeLog } from './testing-log.ts';
import { SCHEMA_1 } from './testing-schema-1.ts';

let log: Log;
before(async (t) => {
  log = await writeLog(temporaryFolder(t as TestContext));
});

const TABLES_1 = Array.from(SCHEMA_1.matchAll(/CREATE TABLE (\w+)/g), ([, name]) => name as string);

/** @returns a folder with a file of version 1, made by its own tables, in which everything of a log stands */
function folderOfVersion1(t: TestContext): string {
  const folder = temporaryFolder(t);
  cpSync(log.folder, folder, { recursive: true });
  const { database } = statePaths(folder);
  for (const suffix of ['', '-wal', '-shm']) rmSync(database + suffix, { force: true });
  const db = new DatabaseSync(database);
  db.exec(`PRAGMA journal_mode = WAL; ${SCHEMA_1} PRAGMA user_version = 1;`);
  db.exec(`ATTACH '${statePaths(log.folder).database}' AS newer`);
  for (const table of TABLES_1) {
    const columns = rows(db, `SELECT name FROM pragma_table_info('${table}')`).map(({ name }) => name);
    db.exec(`INSERT INTO main.${table} (${columns}) SELECT ${columns} FROM newer.${table}`);
  }
  db.close();
  return folder;
}

/** @returns all that is in the tables of version 1, in the order in which they are stored */
function contentsOf(db: DatabaseSync): Record<string, unknown> {
  return Object.fromEntries(TABLES_1.map((table) => [table, rows(db, `SELECT * FROM ${table}`)]));
}

/** @returns what each table and index is made of */
function shapeOf(db: DatabaseSync): unknown {
  const sql = `SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name`;
  return rows(db, sql).map((row) => ({ ...row, sql: String(row.sql).replace(/\s+/g, ' ') }));
}

describe('a state database of version 1', () => {
  it('becomes one of today when it is opened to write: all that was in it stays, and it verifies', (t) => {
    const folder = folderOfVersion1(t);
    const old = new DatabaseSync(statePaths(folder).database, { readOnly: true });
    const before = contentsOf(old);
    assert.ok(Object.values(before).some((table) => (table as unknown[]).length > 20));
    old.close();
    const { db } = openState(folder);
    const fresh = openState(temporaryFolder(t));
    assert.deepEqual(contentsOf(db), before);
    assert.deepEqual(shapeOf(db), shapeOf(fresh.db), 'like one that was made today');
    assert.deepEqual(rows(db, 'PRAGMA user_version'), rows(fresh.db, 'PRAGMA user_version'));
    db.close();
    fresh.db.close();
    assert.deepEqual(verifyFolder(folder).findings, []);
  });

  it('goes on where it was: counters count on, and new keys can be made', async (t) => {
    const folder = folderOfVersion1(t);
    const { ledger, db } = await openLedger(folder);
    const [spent] = rows(db, 'SELECT sum(spent) AS spent FROM counters');
    assert.ok(Number(spent?.spent) > 0);
    const limits = [limitOf(100_000)];
    const refused = await ledger.reserve(requestFor({ lease: 'more', limits: [limitOf(1)] }));
    assert.ok('refused' in refused, 'what was spent before counts');
    assert.ok('granted' in (await ledger.reserve(requestFor({ lease: 'fits', limits }))));
    assert.deepEqual(listKeys(db, 0), []);
    await ledger.stop();
  });

  it('is made one of today once, by whoever of several is first', async (t) => {
    const folder = folderOfVersion1(t);
    const all = [openState(folder), openState(folder), openState(folder)];
    for (const { db } of all) assert.deepEqual(rows(db, 'SELECT * FROM keys'), []);
    for (const { db } of all) db.close();
  });

  it('is left as it is when it is only read: it verifies, and has no keys', (t) => {
    const folder = folderOfVersion1(t);
    assert.deepEqual(verifyFolder(folder).findings, []);
    const db = openReadOnly(statePaths(folder).database);
    assert.deepEqual(listKeys(db, 0), []);
    assert.deepEqual(rows(db, 'PRAGMA user_version'), [{ user_version: 1 }]);
    db.close();
  });

  it('is what it was when its migration fails', (t) => {
    const folder = folderOfVersion1(t);
    const { database } = statePaths(folder);
    const mine = new DatabaseSync(database);
    mine.exec('CREATE TABLE warnings (mine TEXT)');
    const shape = shapeOf(mine);
    mine.close();
    assert.throws(() => openState(folder), { name: 'StateError', message: /warnings already exists/ });
    const after = new DatabaseSync(database);
    assert.deepEqual(shapeOf(after), shape, 'nothing of it was done');
    assert.deepEqual(rows(after, 'PRAGMA user_version'), [{ user_version: 1 }]);
    after.close();
  });
});
