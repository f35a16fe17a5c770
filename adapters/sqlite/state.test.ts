import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { Chance, SEED } from '../../core/json/testing.ts';
import { requestFor } from '../testing-drafts.ts';
import { openReadOnly, openState, StateError, statePaths } from './state.ts';
import { openLedger, rows, temporaryFolder } from './testing.ts';

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

/** A state folder as it is after some calls. */
async function usedState(folder: string): Promise<string> {
  const { ledger, paths } = await openLedger(folder);
  for (let i = 0; i < 200; i++) await ledger.reserve(requestFor({ lease: `lease-${i}` }));
  await ledger.stop();
  return paths.database;
}

/** Tests may run as root, who may write anything: then another user tries. @returns the error's name and message */
function errorAsNobody(call: 'openState' | 'openReadOnly', path: string): string {
  const script = `
    const state = await import(${JSON.stringify(import.meta.resolve('./state.ts'))});
    try { state.${call}(${JSON.stringify(path)}); console.log('no error'); }
    catch (error) { console.log(error.name + ': ' + error.message); }`;
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const args = ['--input-type=module', '-e', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { ...user, encoding: 'utf8' });
  return stdout + stderr;
}

describe('a state folder', () => {
  it('waits for another process that creates it at the same time', async (t) => {
    const { folder, database } = statePaths(temporaryFolder(t));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Locked while it is not in WAL mode yet, as it is for a moment in whoever is first.
    const script = `
      const { DatabaseSync } = await import('node:sqlite');
      const db = new DatabaseSync(process.argv[1]);
      db.exec('BEGIN IMMEDIATE');
      console.log('locked');
      setTimeout(() => db.exec('ROLLBACK'), 300);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, database]);
    t.after(() => child.kill());
    await once(child.stdout, 'data');
    openState(folder).db.close();
  });

  it('is made when it is not there, for its owner alone', async (t) => {
    const folder = join(temporaryFolder(t), 'deep', 'state');
    const { ledger, paths } = await openLedger(folder);
    assert.equal(modeOf(folder), '700');
    assert.equal(modeOf(paths.ends), '700');
    for (const file of [paths.database, `${paths.database}-wal`, `${paths.database}-shm`]) {
      assert.equal(modeOf(file), '600', file);
    }
    await ledger.stop();
  });

  it('shows its journal to nobody also where the folder is open to all', async (t) => {
    const folder = temporaryFolder(t);
    chmodSync(folder, 0o755);
    const { ledger, paths } = await openLedger(folder);
    assert.equal(modeOf(`${paths.database}-wal`), '600');
    await ledger.stop();
  });

  it('overwrites what is deleted, in every connection', (t) => {
    const { db } = openState(temporaryFolder(t));
    assert.deepEqual(rows(db, 'PRAGMA secure_delete'), [{ secure_delete: 1 }]);
    db.close();
  });

  it('keeps what was in it', async (t) => {
    const folder = temporaryFolder(t);
    await usedState(folder);
    const { db } = openState(folder);
    assert.deepEqual(rows(db, 'SELECT count(*) AS n FROM leases'), [{ n: 200 }]);
    db.close();
  });

  it('says that it can not be written', (t) => {
    const folder = temporaryFolder(t);
    chmodSync(folder, 0o555);
    assert.match(
      errorAsNobody('openState', join(folder, 'state')),
      /^StateError: .*can't be written \(EACCES\).*--state/,
    );
    const shut = join(folder, 'shut');
    mkdirSync(shut, { mode: 0o755 });
    assert.match(errorAsNobody('openState', shut), /^StateError: .*can't be written \(EACCES\).*--state/);
  });

  it('says so too where nobody can make folders', () => {
    assert.throws(() => openState('/proc/tollgate'), { name: 'StateError', message: /can't be written/ });
  });

  it('says that a file is in its place', (t) => {
    const file = join(temporaryFolder(t), 'state');
    writeFileSync(file, '');
    assert.throws(() => openState(file), { name: 'StateError', message: /a file is in its place/ });
    assert.throws(() => openState(join(file, 'below')), {
      name: 'StateError',
      message: /a file is in its place/,
    });
  });

  it('says that a folder is in the place of its database', (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(statePaths(folder).database);
    assert.throws(() => openState(folder), { name: 'StateError', message: /can't be opened.*EISDIR/ });
  });

  it('says that a newer Tollgate wrote it, and leaves it as it is', async (t) => {
    const folder = temporaryFolder(t);
    const database = await usedState(folder);
    const db = new DatabaseSync(database);
    db.exec('PRAGMA user_version = 7');
    db.close();
    const bytes = readFileSync(database);
    assert.throws(() => openState(folder), {
      name: 'StateError',
      message: /newer Tollgate \(schema 7; this one knows 2\)/,
    });
    assert.throws(() => openReadOnly(database), { name: 'StateError', message: /newer Tollgate/ });
    assert.ok(readFileSync(database).equals(bytes));
  });

  it('says that its database is damaged: random bytes, or a part that is missing', async (t) => {
    const folder = temporaryFolder(t);
    const database = await usedState(folder);
    const size = statSync(database).size;
    const damages: [string, () => void][] = [
      ['truncated', () => truncateSync(database, size - 4096)],
      ['one page left', () => truncateSync(database, 4096)],
      ['a header and no more', () => truncateSync(database, 200)],
      ['random bytes', () => writeFileSync(database, noise(size))],
      ['a text', () => writeFileSync(database, 'not a database\n'.repeat(100))],
    ];
    const copy = `${database}.good`;
    copyFileSync(database, copy);
    for (const [name, damage] of damages) {
      copyFileSync(copy, database);
      damage();
      const expected = { name: 'StateError', message: /is damaged \(.*move it away/ };
      assert.throws(() => openState(folder), expected, name);
      assert.throws(() => openReadOnly(database), expected, name);
    }
  });
});

/** @returns bytes that mean nothing, the same each time */
function noise(size: number): Buffer {
  const chance = new Chance(SEED);
  return Buffer.from(Array.from({ length: size }, () => chance.below(256)));
}

describe('a database that is only read', () => {
  it('is not made when it is not there', (t) => {
    const { database } = statePaths(temporaryFolder(t));
    assert.throws(() => openReadOnly(database), { name: 'StateError', message: /There is no audit log at/ });
    assert.throws(() => statSync(database));
  });

  it('has to be one of Tollgate', (t) => {
    const path = join(temporaryFolder(t), 'other.db');
    const other = new DatabaseSync(path);
    other.exec('CREATE TABLE t (v)');
    other.close();
    assert.throws(() => openReadOnly(path), { name: 'StateError', message: /is not a database of Tollgate/ });
  });

  it('can be a copy, also where nothing can be written', async (t) => {
    const folder = temporaryFolder(t);
    const database = await usedState(join(folder, 'state'));
    const shut = join(folder, 'shut');
    mkdirSync(shut);
    const copy = join(shut, 'copy.db');
    copyFileSync(database, copy);
    if (process.getuid?.() === 0) chownSync(copy, 65534, 65534);
    chmodSync(folder, 0o755);
    chmodSync(shut, 0o555);
    assert.match(errorAsNobody('openReadOnly', copy), /^no error/);
    chmodSync(shut, 0o755);
  });

  it('is not written', async (t) => {
    const database = await usedState(temporaryFolder(t));
    const db = openReadOnly(database);
    assert.throws(() => db.exec('DELETE FROM entries'), /readonly/);
    db.close();
    assert.ok(StateError.prototype instanceof Error);
  });
});
