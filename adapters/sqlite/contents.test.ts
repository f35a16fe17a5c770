import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { LedgerUnavailable } from '../../core/ports.ts';
import fc from '../../core/testing-fast-check.ts';
import { REMEMBERED_MS, type SessionContents } from '../contents/session.ts';
import { limitOf, requestFor } from '../testing-drafts.ts';
import { ContentReader } from './content-reader.ts';
import { type OpenLedger, openLedger, rows, temporaryFolder } from './testing.ts';

const SECRET = 'a sentence that only this session knows';

function bytesOf(text: string): Buffer {
  return Buffer.from(text);
}

/** Puts a list of messages. @returns the address of the last */
function putList(contents: SessionContents, messages: readonly string[]): string {
  let head: string | null = null;
  for (const message of messages) head = contents.put(bytesOf(message), head);
  return head as string;
}

function stored({ db }: OpenLedger, session = 's1'): number {
  return rows(db, 'SELECT address FROM contents WHERE session = ?', session).length;
}

/** Anything that makes a transaction. */
function commit({ ledger }: OpenLedger): Promise<void> {
  return ledger.record({ kind: 'stopped', at: 1 });
}

/** All bytes in the files of a folder. */
function allBytes(folder: string): Buffer {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return Buffer.concat(files.map((file) => readFileSync(join(file.parentPath, file.name))));
}

describe('contents of a session', () => {
  it('are read back, each and as a list', async (t) => {
    const open = await openLedger(temporaryFolder(t));
    const contents = await open.ledger.openContents('s1');
    const envelope = contents.put(bytesOf('{"model":"m"}'), null);
    const head = putList(contents, ['one', 'two', 'three']);
    await commit(open);
    const reader = new ContentReader(open.db, open.paths.key);
    assert.equal(reader.get('s1', envelope).toString(), '{"model":"m"}');
    assert.deepEqual(reader.list('s1', head).map(String), ['one', 'two', 'three']);
    await open.ledger.stop();
  });

  it('are read back whatever bytes they are', async (t) => {
    const open = await openLedger(temporaryFolder(t));
    const contents = await open.ledger.openContents('s1');
    const reader = new ContentReader(open.db, open.paths.key);
    const messages = fc.uint8Array({ maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(fc.array(messages, { minLength: 1, maxLength: 5 }), async (list) => {
        let head: string | null = null;
        for (const message of list) head = contents.put(Buffer.from(message), head);
        await commit(open);
        assert.deepEqual(
          reader.list('s1', head as string),
          list.map((message) => Buffer.from(message)),
        );
      }),
      { numRuns: 100 },
    );
    const large = Buffer.concat([Buffer.alloc(3_000_000, 'x'), randomBytes(1_000_000)]);
    const address = contents.put(large, null);
    await commit(open);
    assert.ok(reader.get('s1', address).equals(large));
    await open.ledger.stop();
  });

  it('are stored once: a turn that resends its history adds what is new', async (t) => {
    const open = await openLedger(temporaryFolder(t));
    const contents = await open.ledger.openContents('s1');
    putList(contents, ['one', 'two']);
    await commit(open);
    assert.equal(stored(open), 2);
    const before = rows(open.db, 'SELECT address, data FROM contents');
    putList(contents, ['one', 'two', 'three']);
    await commit(open);
    assert.equal(stored(open), 3);
    for (const row of before) {
      assert.deepEqual(
        rows(open.db, 'SELECT address, data FROM contents WHERE address = ?', row.address as string),
        [row],
      );
    }
    putList(contents, ['one', 'TWO', 'three']);
    await commit(open);
    assert.equal(stored(open), 5, 'a message after another one is another');
    await open.ledger.stop();
  });

  it('are stored once also when another process has stored them, or this one long ago', async (t) => {
    const folder = temporaryFolder(t);
    let now = 1000;
    const open = () => openLedger(folder, { clock: () => now });
    const [first, second] = [await open(), await open()];
    const contents = await first.ledger.openContents('s1');
    const elsewhere = await second.ledger.openContents('s1');
    const head = putList(contents, ['one', 'two']);
    await commit(first);
    const written = rows(first.db, 'SELECT * FROM contents');
    now++;
    putList(contents, ['one', 'two']);
    await commit(first);
    assert.deepEqual(rows(first.db, 'SELECT * FROM contents'), written, 'known here: not even touched');
    assert.equal(putList(elsewhere, ['one', 'two']), head);
    await commit(second);
    const touched = written.map((row) => ({ ...row, at: now }));
    assert.deepEqual(rows(first.db, 'SELECT * FROM contents'), touched, 'known in the database: touched');
    now++;
    const elapsed = performance.now() + REMEMBERED_MS;
    const later = t.mock.method(performance, 'now', () => elapsed);
    putList(contents, ['one', 'two']);
    later.mock.restore();
    await commit(first);
    assert.deepEqual(
      rows(first.db, 'SELECT * FROM contents'),
      written.map((row) => ({ ...row, at: now })),
    );
    await first.ledger.stop();
    await second.ledger.stop();
  });

  it('are written with the entry that names them, or neither is', async (t) => {
    const open = await openLedger(temporaryFolder(t));
    const { ledger, db } = open;
    const contents = await ledger.openContents('s1');
    const reserve = (lease: string, amount: number) => {
      const request = requestFor({ lease, limits: [limitOf(amount)] });
      return ledger.reserve({
        ...request,
        opened: (grant) => {
          const messages = contents.put(bytesOf(`message of ${lease}`), null);
          return { ...request.opened(grant), content: { envelope: messages, messages } } as ReturnType<
            typeof request.opened
          >;
        },
      });
    };
    await reserve('refused', 1);
    assert.equal(stored(open), 0, 'what was refused is not stored');
    db.exec('PRAGMA query_only = ON');
    await assert.rejects(reserve('failed', 1000), LedgerUnavailable);
    db.exec('PRAGMA query_only = OFF');
    const transactions: string[] = [];
    const exec = db.exec.bind(db);
    db.exec = (sql) => {
      if (sql === 'COMMIT')
        transactions.push(
          `${stored(open)} contents, ${rows(db, `SELECT 1 FROM entries WHERE kind = 'opened'`).length} entries`,
        );
      exec(sql);
    };
    await reserve('granted', 1000);
    assert.deepEqual(transactions, ['1 contents, 1 entries']);
    const [entry] = rows(db, `SELECT text FROM entries WHERE kind = 'opened'`);
    const { content } = JSON.parse(entry?.text as string);
    const reader = new ContentReader(db, open.paths.key);
    assert.equal(reader.get('s1', content.messages).toString(), 'message of granted');
    await ledger.stop();
  });

  it('that could not be written are written by the next transaction that can', async (t) => {
    const open = await openLedger(temporaryFolder(t));
    const contents = await open.ledger.openContents('s1');
    const head = putList(contents, ['one', 'two']);
    open.db.exec('PRAGMA query_only = ON');
    await assert.rejects(commit(open), LedgerUnavailable);
    open.db.exec('PRAGMA query_only = OFF');
    assert.equal(stored(open), 0);
    await commit(open);
    assert.deepEqual(new ContentReader(open.db, open.paths.key).list('s1', head).map(String), ['one', 'two']);
    await open.ledger.stop();
  });

  it('do not fill the memory while the database can not be written', async (t) => {
    const open = await openLedger(temporaryFolder(t));
    const contents = await open.ledger.openContents('s1');
    const fill = () => {
      for (let i = 0; i < 20; i++) contents.put(randomBytes(2 * 1024 * 1024), null);
    };
    assert.throws(fill, LedgerUnavailable);
    await commit(open);
    assert.equal(stored(open), 15);
    contents.put(randomBytes(1000), null);
    await commit(open);
    assert.equal(stored(open), 16);
    await open.ledger.stop();
  });

  it('are small where they can be', async (t) => {
    const open = await openLedger(temporaryFolder(t));
    const contents = await open.ledger.openContents('s1');
    contents.put(bytesOf('the same words again and again. '.repeat(1000)), null);
    await commit(open);
    const [{ size } = {}] = rows(open.db, 'SELECT length(data) AS size FROM contents');
    assert.ok(Number(size) < 500, `${size} bytes`);
    await open.ledger.stop();
  });

  it('stand in no file in plain text', async (t) => {
    const folder = temporaryFolder(t);
    const open = await openLedger(folder);
    const contents = await open.ledger.openContents('s1');
    putList(contents, [SECRET, `${SECRET} and more`]);
    await commit(open);
    assert.ok(allBytes(folder).includes('sqlite') || allBytes(folder).includes('SQLite'));
    assert.ok(!allBytes(folder).includes(SECRET));
    await open.ledger.stop();
    assert.ok(!allBytes(folder).includes(SECRET));
  });

  it('have addresses that only their session gives', async (t) => {
    const open = await openLedger(temporaryFolder(t));
    const [first, second] = [await open.ledger.openContents('s1'), await open.ledger.openContents('s2')];
    const address = first.put(bytesOf('same'), null);
    assert.match(address, /^[0-9a-f]{64}$/);
    assert.notEqual(second.put(bytesOf('same'), null), address);
    assert.notEqual(first.put(bytesOf('same'), address), address);
    await commit(open);
    const again = await open.ledger.openContents('s1');
    assert.equal(again.put(bytesOf('same'), null), address);
    await open.ledger.stop();
  });
});

describe('contents that can not be read', () => {
  async function withContents(t: Pick<TestContext, 'after'>) {
    const folder = temporaryFolder(t);
    const open = await openLedger(folder);
    const head = putList(await open.ledger.openContents('s1'), ['one', 'two']);
    await commit(open);
    return { folder, open, head, reader: new ContentReader(open.db, open.paths.key) };
  }

  it('because they are not there', async (t) => {
    const { open, head, reader } = await withContents(t);
    const missing = { name: 'ContentUnavailable', message: /^(There is no content|Nothing is stored)/ };
    assert.throws(() => reader.get('s1', 'f'.repeat(64)), missing);
    assert.throws(() => reader.get('s2', head), missing);
    open.db.exec(`DELETE FROM contents WHERE prev IS NULL`);
    assert.throws(() => reader.list('s1', head), missing);
    await open.ledger.stop();
  });

  it('because somebody changed them: each byte, and the order, counts', async (t) => {
    const { open, head, reader } = await withContents(t);
    const [{ data } = {}] = rows(open.db, 'SELECT data FROM contents WHERE address = ?', head);
    const bytes = data as Uint8Array;
    const put = open.db.prepare('UPDATE contents SET data = ? WHERE address = ?');
    for (let i = 0; i < bytes.length; i++) {
      put.run(bytes.with(i, (bytes[i] as number) ^ 1), head);
      assert.throws(
        () => reader.get('s1', head),
        { name: 'ContentUnavailable', message: /was changed/ },
        `byte ${i}`,
      );
    }
    put.run(new Uint8Array(3), head);
    assert.throws(() => reader.get('s1', head), { message: /was changed/ });
    put.run(bytes, head);
    assert.equal(reader.get('s1', head).toString(), 'two');
    open.db.exec(`UPDATE contents SET prev = NULL`);
    assert.throws(() => reader.get('s1', head), { message: /was changed/ });
    await open.ledger.stop();
  });

  it('because the key file is another one, or gone', async (t) => {
    const { open, head, reader } = await withContents(t);
    writeFileSync(open.paths.key, randomBytes(32));
    assert.throws(() => reader.get('s1', head), {
      name: 'ContentUnavailable',
      message: /the key file .* is not the one/,
    });
    rmSync(open.paths.key);
    assert.throws(() => reader.get('s1', head), { message: /the key file .* is missing/ });
    await open.ledger.stop();
  });
});
