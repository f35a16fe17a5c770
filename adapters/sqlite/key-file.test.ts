import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { readKey, readOrMakeKey } from './key-file.ts';
import { openState, StateError, statePaths } from './state.ts';
import { openLedger, temporaryFolder } from './testing.ts';

describe('the key file', () => {
  it('is made when it is first needed, for its owner alone', async (t) => {
    const folder = temporaryFolder(t);
    const open = await openLedger(folder);
    assert.throws(() => statSync(open.paths.key));
    await open.ledger.openContents('s1');
    assert.equal((statSync(open.paths.key).mode & 0o777).toString(8), '600');
    assert.equal(readFileSync(open.paths.key).length, 32);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('key')),
      ['key'],
    );
    await open.ledger.stop();
  });

  it('is the same for all processes that need it first at the same time', async (t) => {
    const { key } = statePaths(temporaryFolder(t));
    const script = `
      const { readOrMakeKey } = await import(${JSON.stringify(import.meta.resolve('./key-file.ts'))});
      while (Date.now() < ${Date.now() + 500});
      console.log(readOrMakeKey(${JSON.stringify(key)}).toString('hex'));`;
    const run = promisify(execFile);
    const args = ['--input-type=module', '-e', script];
    const outputs = await Promise.all([1, 2, 3].map(() => run(process.execPath, args)));
    const keys = new Set(outputs.map(({ stdout }) => stdout.trim()));
    assert.deepEqual([...keys], [readFileSync(key).toString('hex')]);
  });

  it('says what is wrong with it', async (t) => {
    const folder = temporaryFolder(t);
    const { key } = statePaths(folder);
    assert.equal(readKey(key), undefined);
    writeFileSync(key, randomBytes(31));
    const open = await openLedger(folder);
    const short = {
      name: 'StateError',
      message: /key file .* can't be used: it has 31 bytes instead of 32\. Restore/,
    };
    await assert.rejects(open.ledger.openContents('s1'), short);
    rmSync(key);
    mkdirSync(key);
    await assert.rejects(open.ledger.openContents('s1'), { name: 'StateError', message: /EISDIR/ });
    await open.ledger.record({ kind: 'content_read', at: 1, exchange: 'others go on', by: 'me' });
    await open.ledger.stop();
  });

  it('has to fit the sessions that are there', async (t) => {
    const folder = temporaryFolder(t);
    const first = await openLedger(folder);
    await first.ledger.openContents('s1');
    writeFileSync(first.paths.key, randomBytes(32));
    await assert.rejects(first.ledger.openContents('s1'), StateError);
    await first.ledger.openContents('s2');
    await first.ledger.stop();
  });

  it('is not made where nothing can be written', (t) => {
    const folder = temporaryFolder(t);
    const { db, paths } = openState(folder);
    db.close();
    chmodSync(folder, 0o500);
    if (process.getuid?.() !== 0) assert.throws(() => readOrMakeKey(paths.key), StateError);
    chmodSync(folder, 0o700);
    assert.throws(() => readOrMakeKey(join(folder, 'none', 'key')), {
      name: 'StateError',
      message: /ENOENT/,
    });
  });
});
