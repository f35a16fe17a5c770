/** What is said in a cluster: from sidecars by HTTPS to control, sealed, into a real MongoDB server, and out of it again. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { startTestMongo, type TestMongo } from '../adapters/mongo/testing.ts';
import { TestRedis } from '../adapters/redis/testing-server.ts';
import { requestFor } from '../adapters/testing-drafts.ts';
import { runCli, scratch } from '../cli/testing.ts';
import { hashText } from '../core/audit/chain.ts';
import type { Contents } from '../core/ports.ts';
import { binary } from '../test/cluster/binaries.ts';
import { HANG_MS } from '../test/support/hang.ts';
import {
  CONTENT_KEY,
  caller,
  connectSidecar,
  type FakeCluster,
  startTestControl,
  type TestSidecar,
} from './testing.ts';

const SECRET = 'a sentence that only this session knows';

let mongo: TestMongo;
before(async () => {
  mongo = await startTestMongo(await binary('ferretdb'));
});
after(() => mongo.close());

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + HANG_MS; !(await holds()); ) {
    assert.ok(Date.now() < deadline, `${what} does not come to hold`);
    await sleep(25);
  }
}

let worlds = 0;

/** Two sidecars, of sessions of their own. */
async function world(t: TestContext, options: { contentKey?: Buffer | null; spoolBytes?: number } = {}) {
  const redis = await TestRedis.start(t);
  const names = ['one', 'two'].map((name) => `${name}-${worlds}`);
  worlds++;
  const fake: FakeCluster = {
    pods: new Map(names.map((name) => [name, caller(`deployment/${name}`, name)])),
    killed: new Map(),
  };
  const { contentKey = CONTENT_KEY, spoolBytes = 32 << 20 } = options;
  const control = await startTestControl(t, redis, mongo.url, fake, [], 0, contentKey);
  const [one = '', two = ''] = names;
  const connect = (token: string, chain = `${token}-chain`) => {
    const sidecar = connectSidecar(t, control.url, token, chain, spoolBytes);
    sidecar.ledger.start({ version: '0', command: 'sidecar', predecessor: null });
    return sidecar;
  };
  return { control, one, two, connect };
}

const put = (contents: Contents, ...messages: readonly (string | Buffer)[]): string => {
  let last: string | null = null;
  for (const message of messages) last = contents.put(Buffer.from(message), last);
  return last ?? '';
};

/** Writes an entry, with which what was said before is written. */
const record = ({ ledger }: TestSidecar, command: string): Promise<void> =>
  ledger.record({ kind: 'started', at: 1, version: '0', command, predecessor: null });

/** All documents of what was said, as they stand in the database. */
async function documents(session: string): Promise<string[]> {
  const client = await MongoClient.connect(mongo.url);
  try {
    const rows = await client.db('tollgate').collection('contents').find({ session }).toArray();
    return rows.map((row) => `${row.address} ${row.part} ${Buffer.from(row.data.buffer).toString('latin1')}`);
  } finally {
    await client.close();
  }
}

describe('what is said in a cluster', { timeout: 1_200_000 }, () => {
  it('is stored once per session, sealed, and can be read with the installation’s key alone', async (t) => {
    const { control, one, connect } = await world(t);
    const sidecar = connect(one);
    const contents = await sidecar.ledger.openContents(one);
    put(contents, 'hello', SECRET);
    await record(sidecar, 'x1');
    const head = put(contents, 'hello', SECRET, 'and more');
    await record(sidecar, 'x2');
    await until('all is stored', () => sidecar.spool.isEmpty);
    const stored = await documents(one);
    assert.equal(stored.length, 3);
    assert.ok(stored.every((row) => !row.includes('only this session')));
    const read = await control.audit.contents.list(one, head, CONTENT_KEY);
    assert.deepEqual(read.map(String), ['hello', SECRET, 'and more']);
    await assert.rejects(control.audit.contents.get(one, head, randomBytes(32)), /another key/);
    // The next pod of the same session goes on with the same key.
    const next = connect(one, `${one}-next`);
    const same = await next.ledger.openContents(one);
    assert.equal(put(same, 'hello', SECRET, 'and more'), head);
    await record(next, 'x3');
    await until('all is stored', () => next.spool.isEmpty);
    assert.equal((await documents(one)).length, 3);
  });

  it('is stored before the entry that names it, in parts where it is long', async (t) => {
    const { control, one, connect } = await world(t);
    const sidecar = connect(one);
    const contents = await sidecar.ledger.openContents(one);
    const long = randomBytes(5 * 1024 * 1024);
    const head = put(contents, long, 'short');
    await record(sidecar, 'x1');
    await until('the entry is stored', async () => {
      const end = await control.audit.end(sidecar.ledger.end.chain);
      return end?.seq === sidecar.ledger.end.seq;
    });
    const [first, second] = await control.audit.contents.list(one, head, CONTENT_KEY);
    assert.ok(first?.equals(long));
    assert.equal(second?.toString(), 'short');
    assert.equal((await documents(one)).length, 4);
  });

  it('is erased with the session’s key; its running sidecar keeps nothing more, and goes on', async (t) => {
    const { control, one, two, connect } = await world(t);
    const [sidecar, other] = [connect(one), connect(two)];
    const contents = await sidecar.ledger.openContents(one);
    const others = await other.ledger.openContents(two);
    const head = put(contents, SECRET);
    const kept = put(others, SECRET);
    assert.notEqual(head, kept);
    await Promise.all([record(sidecar, 'x1'), record(other, 'y1')]);
    await until('all is stored', () => sidecar.spool.isEmpty && other.spool.isEmpty);
    assert.equal(await control.audit.contents.erase(one, Date.now()), 1);
    await assert.rejects(control.audit.contents.get(one, head, CONTENT_KEY), /were erased/);
    put(contents, 'after that');
    await record(sidecar, 'x2');
    await until('all is stored', () => sidecar.spool.isEmpty);
    assert.deepEqual([contents.erased, await documents(one)], [true, []]);
    put(contents, 'and later');
    await record(sidecar, 'x3');
    assert.equal(await (await connect(one, `${one}-next`).ledger.openContents(one)).erased, true);
    await until('all is stored', () => sidecar.spool.isEmpty);
    assert.deepEqual(await documents(one), []);
    assert.equal((await control.audit.contents.get(two, kept, CONTENT_KEY)).toString(), SECRET);
    const end = await control.audit.end(sidecar.ledger.end.chain);
    assert.equal(end?.seq, sidecar.ledger.end.seq);
  });

  it('can’t be kept without a key, nor with another one than before', async (t) => {
    const without = await world(t, { contentKey: null });
    await assert.rejects(without.connect(without.one).ledger.openContents(without.one), {
      name: 'LedgerUnavailable',
      message: /contents\.existingSecret of the chart/,
    });
    const { control, one, connect } = await world(t);
    await control.audit.contents.keyOf(one, randomBytes(32), Date.now());
    await assert.rejects(connect(one).ledger.openContents(one), /wrapped with another key/);
  });

  it('fills the spool while MongoDB is away, to its bound; then nothing more is taken', async (t) => {
    const { control, one, connect } = await world(t, { spoolBytes: 600_000 });
    const sidecar = connect(one);
    const contents = await sidecar.ledger.openContents(one);
    await until('all is stored', () => sidecar.spool.isEmpty);
    control.kill();
    const heads: string[] = [];
    const fill = async () => {
      for (let n = 0; n < 10; n++) {
        heads.push(put(contents, randomBytes(100_000)));
        await record(sidecar, `x${n}`);
      }
    };
    await assert.rejects(fill(), { name: 'LedgerUnavailable', message: /more have no place/ });
    assert.ok(heads.length >= 3 && heads.length <= 6, String(heads.length));
    assert.ok(sidecar.spool.bytes <= 600_000);
  });

  it('is of the session of the token, whatever else is asked for', async (t) => {
    const { control, one, two, connect } = await world(t);
    const [sidecar, other] = [connect(one), connect(two)];
    const mine = await sidecar.connection.post('/sidecar/v1/session', { session: two });
    const theirs = await other.connection.post('/sidecar/v1/session', {});
    assert.notDeepEqual(mine, theirs);
    const part = { address: 'a'.repeat(64), prev: null, part: 0, parts: 1, data: 'AAAA' };
    await sidecar.connection.post('/sidecar/v1/contents', {
      session: two,
      contents: [{ ...part, session: two }],
    });
    assert.equal((await documents(two)).length, 0);
    for (const wrong of [{ part: 64 }, { address: 'x' }, { data: '!' }, { prev: 1 }])
      await assert.rejects(
        sidecar.connection.post('/sidecar/v1/contents', { contents: [{ ...part, ...wrong }] }),
        { code: 'bad_message' },
      );
    assert.equal(await control.audit.contents.knows(one), true);
  });

  it('is shown and erased by who may run a command in control’s container; both are recorded', async (t) => {
    const { control, one, connect } = await world(t);
    const sidecar = connect(one);
    const contents = await sidecar.ledger.openContents(one);
    const envelope = put(contents, '{"model":"m","messages":[]}');
    const messages = put(contents, SECRET);
    const opened = requestFor({ lease: 'l', exchange: `${one}-x`, content: { envelope, messages } }).opened({
      ...{ lease: 'l', cap: 1, amounts: { usd: 0, tokens: 0, requests: 1 }, over: [] },
    });
    const { workload, session } = caller(`deployment/${one}`, one).payer;
    const own = { ...workload, session };
    const granted = {
      ...{ ...opened, workload: own, snapshot: 'a'.repeat(64) },
      ...{ at: 1, counters: [], rates: [] },
    };
    await sidecar.ledger.record({ ...granted, proof: control.proofs.ofOpened(granted, one) });
    await until('all is stored', () => sidecar.spool.isEmpty);
    const folder = scratch('control');
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const config = {
      listen: { port: 1, metrics: 2 },
      tls: { cert: 'c', key: 'k' },
      tokens: { issuer: 'https://i', jwks: { url: 'https://j', ca: 'c', tokenFile: 't' } },
      redis: { urlFile: 'r' },
      mongodb: { urlFile: file('mongo', mongo.url) },
      contents: { keyFile: file('key', CONTENT_KEY.toString('base64')) },
      namespace: 'tollgate-system',
    };
    const of = ['--control', file('config.yaml', JSON.stringify(config))];
    const show = (...more: string[]) => runCli(['audit', 'show', `${one}-x`, ...of, ...more]);
    const plain = await show();
    assert.deepEqual([plain.code, plain.stdout.includes(SECRET)], [0, false], plain.stderr);
    const whole = await show('--content');
    assert.match(whole.stdout, new RegExp(`--- message 1\n${SECRET}`));
    const erased = await runCli(['audit', 'erase', one, ...of]);
    assert.match(erased.stdout, /The key of session .* was destroyed, and 2 documents/);
    const after = await show('--content');
    assert.deepEqual([after.code, /were erased/.test(after.stderr)], [1, true]);
    const nobody = await runCli(['audit', 'erase', 'nobody', ...of]);
    assert.match(nobody.stderr, /Nothing is known of session nobody/);
    const exported = await runCli(['audit', 'export', ...of]);
    const entries: { hash: string; text: string }[] = [];
    for await (const row of control.audit.stored(0)) entries.push(row);
    assert.deepEqual(
      exported.stdout.trimEnd().split('\n'),
      entries.map(({ hash, text }) => `{"hash":"${hash}","entry":${text}}`),
    );
    assert.ok(entries.every(({ hash, text }) => hashText(text) === hash));
    const later = await runCli(['audit', 'export', ...of, '--since', '2100-01-01']);
    assert.deepEqual([later.code, later.stdout], [0, ''], later.stderr);
    const kinds: string[] = [];
    for await (const entry of control.audit.since(0))
      if (entry.kind === 'content_read' && entry.exchange === `${one}-x`) kinds.push(entry.kind);
      else if (entry.kind === 'erased' && entry.session === one) kinds.push(entry.kind);
    assert.deepEqual(kinds.toSorted(), ['content_read', 'content_read', 'erased']);
  });
});
