import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { tracesOf } from '../contents/sealing.ts';
import { requestFor } from '../testing-drafts.ts';
import { ContentReader } from './content-reader.ts';
import { eraseSession } from './erase.ts';
import { openState } from './state.ts';
import { type OpenLedger, openLedger, rows, temporaryFolder } from './testing.ts';
import { verifyDatabase } from './verify.ts';

/** Says something in a session, which is named by an entry. @returns the address of the last message */
async function say({ ledger }: OpenLedger, session: string, messages: readonly string[]): Promise<string> {
  const contents = await ledger.openContents(session);
  let head: string | null = null;
  for (const message of messages) head = contents.put(Buffer.from(message), head);
  const content = { envelope: head as string, messages: head };
  await ledger.reserve(requestFor({ lease: `lease-${session}-${head}`, session, content }));
  return head as string;
}

function wrappedKeyOf({ db }: OpenLedger, session: string): Uint8Array {
  const [row] = rows(db, 'SELECT wrapped_key FROM sessions WHERE id = ?', session);
  return row?.wrapped_key as Uint8Array;
}

/** @returns the files of the state folder, whatever they are, that have these bytes in them */
function grep(folder: string, needle: Uint8Array): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return files
    .filter((file) => readFileSync(join(file.parentPath, file.name)).includes(Buffer.from(needle)))
    .map(({ name }) => name);
}

/** Sessions with keys all over the database, some erased, so that pages are split, moved and freed. */
async function crowd(open: OpenLedger): Promise<void> {
  for (let i = 0; i < 60; i++) await say(open, `crowd-${(i * 7919) % 1000}`, ['x'.repeat(i * 10)]);
}

describe('erasing a session', () => {
  it('leaves no trace of its key in any file, nor of its messages', async (t) => {
    const folder = temporaryFolder(t);
    const open = await openLedger(folder);
    await crowd(open);
    const head = await say(open, 'mine', ['one', 'two', 'three']);
    const other = await say(open, 'other', ['kept']);
    await crowd(open);
    const wrapped = wrappedKeyOf(open, 'mine');
    const sealed = rows(open.db, `SELECT data FROM contents WHERE session = 'mine'`).map(
      ({ data }) => data as Uint8Array,
    );
    assert.ok(grep(folder, wrapped).length > 0, 'it can be found before');

    const erasure = await eraseSession('mine', open);
    assert.deepEqual(erasure, {
      complete: true,
      messages: 3,
      sentence:
        'The key of session mine and 3 messages were removed. No trace of the key is left in the database.',
    });
    for (const trace of [wrapped, ...tracesOf(wrapped), ...sealed.map((data) => data.subarray(20))]) {
      assert.deepEqual(grep(folder, trace), []);
    }
    const reader = new ContentReader(open.db, open.paths.key);
    assert.throws(() => reader.list('mine', head), { name: 'ContentUnavailable', message: /were erased/ });
    assert.deepEqual(reader.list('other', other).map(String), ['kept']);
    await open.ledger.stop();
    assert.deepEqual(grep(folder, tracesOf(wrapped)[0] as Buffer), []);
  });

  it('is recorded, and the chain still verifies', async (t) => {
    const open = await openLedger(temporaryFolder(t));
    await say(open, 'mine', ['one']);
    await eraseSession('mine', open);
    const [entry] = rows(open.db, `SELECT text FROM entries WHERE kind = 'erased'`);
    assert.equal(JSON.parse(entry?.text as string).session, 'mine');
    assert.deepEqual(verifyDatabase(open.paths).findings, []);
    await open.ledger.stop();
  });

  it('finds what is left where deleted rows are not overwritten, and says that it is not complete', async (t) => {
    const folder = temporaryFolder(t);
    const open = await openLedger(folder);
    open.db.exec('PRAGMA secure_delete = OFF');
    await say(open, 'mine', ['one']);
    const [id] = tracesOf(wrappedKeyOf(open, 'mine')) as [Buffer];
    const erasure = await eraseSession('mine', open);
    assert.equal(erasure.complete, false);
    assert.match(erasure.sentence, /not complete: a copy of the key is left in .*tollgate\.db\. .*VACUUM/);
    assert.deepEqual(grep(folder, id), ['tollgate.db']);
    await open.ledger.stop();
  });

  it('says that it is not complete while another process reads, and is when it is asked again', async (t) => {
    const folder = temporaryFolder(t);
    const open = await openLedger(folder);
    await say(open, 'mine', ['one']);
    const wrapped = wrappedKeyOf(open, 'mine');
    const reader = openState(folder).db;
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM entries').get();
    const started = performance.now();
    const erasure = await eraseSession('mine', { ...open, patienceMs: 300 });
    assert.ok(performance.now() - started >= 300, 'it did not wait');
    assert.equal(erasure.complete, false);
    assert.match(
      erasure.sentence,
      /not complete yet: another process is using the database.*erase the session again/,
    );
    assert.notDeepEqual(grep(folder, wrapped), []);
    reader.exec('COMMIT');
    const again = await eraseSession('mine', open);
    assert.equal(again.complete, true);
    assert.match(again.sentence, /^Session mine was erased before\. No trace/);
    assert.deepEqual(grep(folder, wrapped), []);
    assert.equal(rows(open.db, `SELECT 1 FROM entries WHERE kind = 'erased'`).length, 1);
    reader.close();
    await open.ledger.stop();
  });

  it('waits for another process that is soon done', async (t) => {
    const folder = temporaryFolder(t);
    const open = await openLedger(folder);
    await say(open, 'mine', ['one']);
    const reader = openState(folder).db;
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM entries').get();
    setTimeout(() => reader.close(), 200);
    assert.equal((await eraseSession('mine', open)).complete, true);
    await open.ledger.stop();
  });

  it('stops processes that still live in it from storing anything, and they go on', async (t) => {
    const folder = temporaryFolder(t);
    const [living, erasing] = [await openLedger(folder), await openLedger(folder)];
    const contents = await living.ledger.openContents('mine');
    const address = contents.put(Buffer.from('one'), null);
    await living.ledger.record({ kind: 'stopped', at: 1 });
    const wrapped = wrappedKeyOf(living, 'mine');
    await eraseSession('mine', erasing);
    contents.put(Buffer.from('two'), null);
    await living.ledger.reserve(requestFor({ lease: 'goes-on' }));
    assert.deepEqual(rows(living.db, `SELECT * FROM contents WHERE session = 'mine'`), []);
    assert.equal(contents.erased, true);
    assert.notEqual(contents.put(Buffer.from('one'), null), address, 'addresses mean nothing any more');
    await living.ledger.record({ kind: 'stopped', at: 1 });
    const later = await living.ledger.openContents('mine');
    assert.equal(later.erased, true);
    later.put(Buffer.from('three'), null);
    await living.ledger.record({ kind: 'stopped', at: 1 });
    assert.deepEqual(rows(living.db, `SELECT * FROM contents WHERE session = 'mine'`), []);
    assert.deepEqual(grep(folder, tracesOf(wrapped)[0] as Buffer), []);
    await living.ledger.stop();
    await erasing.ledger.stop();
  });

  it('works for a session of which only calls are known, and not for one that never was', async (t) => {
    const open = await openLedger(temporaryFolder(t));
    await open.ledger.reserve(requestFor({ lease: 'l1', session: 'silent' }));
    assert.equal((await eraseSession('silent', open)).complete, true);
    assert.equal((await open.ledger.openContents('silent')).erased, true);
    await assert.rejects(eraseSession('typo', open), {
      name: 'StateError',
      message: 'Nothing is known of session typo.',
    });
    assert.equal(rows(open.db, `SELECT 1 FROM entries WHERE kind = 'erased'`).length, 1);
    await open.ledger.stop();
  });

  it('never holds the database for long, however much was said', async (t) => {
    const open = await openLedger(temporaryFolder(t));
    const contents = await open.ledger.openContents('mine');
    for (let i = 0; i < 20; i++) {
      for (let n = 0; n < 20; n++)
        contents.put(Buffer.from(`${'x'.repeat(30_000)}${i}, ${n};`.repeat(2)), null);
      contents.put(randomBytes(300_000), null);
      await open.ledger.record({ kind: 'stopped', at: 1 });
    }
    const rowsAtOnce: number[] = [];
    const inTransaction = open.ledger.inTransaction.bind(open.ledger);
    open.ledger.inTransaction = async (run) => {
      const result = await inTransaction(run);
      if (typeof result === 'number') rowsAtOnce.push(result);
      return result;
    };
    const erasure = await eraseSession('mine', open);
    assert.equal(erasure.messages, 420);
    assert.ok(rowsAtOnce.length >= 7 && Math.max(...rowsAtOnce) <= 200, `${rowsAtOnce}`);
    await open.ledger.stop();
  });
});
