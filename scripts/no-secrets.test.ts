import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { DUMMY_KEY, PROVIDER_KEY } from '../test/support/keys.ts';
import { outputFolder } from '../test/support/output.ts';
import { findSecrets } from './no-secrets.ts';

const RUN_KEY = `tollgate-${'0123456789abcdef'.repeat(3)}`;
const KEYS = {
  'the provider key': PROVIDER_KEY,
  'the dummy key': DUMMY_KEY,
  'the key of a run': RUN_KEY,
  'the key of a caller': `tg_k3v9w2xq_${'Zt0aB_-'.repeat(6)}x`,
};

/** Removed whatever happens: what is planted here must not be found by the last step of the suite. */
function folderOf(t: TestContext): string {
  const kept = process.env.TOLLGATE_TEST_OUTPUT;
  delete process.env.TOLLGATE_TEST_OUTPUT;
  const folder = outputFolder(t);
  if (kept !== undefined) process.env.TOLLGATE_TEST_OUTPUT = kept;
  return folder;
}

const within = (key: string) =>
  Buffer.from(`some text around x-api-key: ${key}, and after it ${'.'.repeat(90)}`);

const FORMS: Record<string, (key: string) => Buffer> = {
  'as it is': within,
  'as UTF-16': (key) => Buffer.from(within(key).toString(), 'utf16le'),
  'in hex': (key) => Buffer.from(`{"body":"${within(key).toString('hex')}"}`),
  'in base64': (key) => Buffer.from(`{"body":"${within(key).toString('base64')}"}`),
  'in base64, one byte later': (key) =>
    Buffer.from(Buffer.concat([Buffer.from('a'), within(key)]).toString('base64')),
  'in base64 for URLs, two bytes later': (key) =>
    Buffer.from(Buffer.concat([Buffer.from('ab'), within(key)]).toString('base64url')),
  'alone in base64': (key) => Buffer.from(Buffer.from(key).toString('base64')),
  'in gzip, behind other bytes': (key) => Buffer.concat([Buffer.from('before'), gzipSync(within(key))]),
  'in zstd, behind other bytes': (key) =>
    Buffer.concat([Buffer.from('before'), zstdCompressSync(within(key))]),
  'in deflate': (key) => deflateSync(within(key)),
  'in brotli': (key) => brotliCompressSync(within(key)),
  'in gzip in base64 in JSON': (key) => Buffer.from(`{"z":"${gzipSync(within(key)).toString('base64')}"}`),
};

describe('the search for keys', () => {
  for (const [form, plant] of Object.entries(FORMS)) {
    it(`finds each of them ${form}, in a file in a folder`, (t) => {
      for (const [what, key] of Object.entries(KEYS)) {
        const folder = folderOf(t);
        mkdirSync(join(folder, 'a', 'b'), { recursive: true });
        writeFileSync(join(folder, 'a', 'b', 'log.ndjson'), plant(key));
        writeFileSync(join(folder, 'clean'), 'tollgate-0123 sk-ant-api03-');
        assert.deepEqual(findSecrets(folder), [{ where: 'a/b/log.ndjson', what }]);
      }
    });
  }

  it('finds them in a database that is open: in its log, cut into pages, and in packed blobs', (t) => {
    for (const [what, key] of Object.entries(KEYS)) {
      const folder = folderOf(t);
      const db = new DatabaseSync(join(folder, 'tollgate.db'));
      t.after(() => db.close());
      db.exec(
        'PRAGMA page_size = 512; PRAGMA journal_mode = WAL; CREATE TABLE entries (text TEXT, data BLOB)',
      );
      const insert = db.prepare('INSERT INTO entries VALUES (?, ?)');
      // Each of these stands across a border of pages in some position.
      for (let before = 0; before < 64; before++) insert.run(`${'x'.repeat(460 + before)}${key}`, null);
      assert.ok(
        findSecrets(folder).some((leak) => leak.what === what && leak.where.endsWith('entries.text')),
      );
      db.exec('DELETE FROM entries; PRAGMA wal_checkpoint(TRUNCATE); VACUUM');
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      assert.deepEqual(findSecrets(folder), []);
      insert.run('', zstdCompressSync(Buffer.concat([Buffer.alloc(5000, 'y'), within(key)])));
      assert.ok(
        findSecrets(folder).some((leak) => leak.what === what && leak.where.endsWith('entries.data')),
      );
    }
  });

  it('finds nothing where nothing is', (t) => {
    const folder = folderOf(t);
    writeFileSync(join(folder, 'log'), `${'a'.repeat(500)} ${Buffer.alloc(500, 'b').toString('base64')}`);
    writeFileSync(join(folder, 'z'), gzipSync('nothing'));
    assert.deepEqual(findSecrets(folder), []);
  });
});
