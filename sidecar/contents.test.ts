import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { ContentReader } from '../adapters/sqlite/content-reader.ts';
import { eraseSession } from '../adapters/sqlite/erase.ts';
import { SqliteLedger } from '../adapters/sqlite/ledger.ts';
import { openState, statePaths } from '../adapters/sqlite/state.ts';
import { budget, PLENTY, profile, usd } from '../test/support/policies.ts';
import { assertConsistent } from '../test/support/records.ts';
import { MODEL, startTestSidecar, type TestSidecar } from '../test/support/sidecar.ts';
import { UpstreamCall } from './upstream/call.ts';

const FULL = [PLENTY, profile({ audit: { content: 'full' } })];
const user = (text: string) => `{ "role":"user",\n\t"content" : ${JSON.stringify(text)} }`;
const said = (text: string) => `{"content":${JSON.stringify(text)},"role":"assistant"}`;
/** A body with white space that no library would write. */
const talk = (messages: readonly string[], more = '') =>
  `{"model":"${MODEL}",  "max_tokens": 500 ${more}, "messages" : [ ${messages.join(' ,\n')}] }`;

function contents(state: string) {
  const { database, key } = statePaths(state);
  const db = new DatabaseSync(database, { readOnly: true });
  const reader = new ContentReader(db, key);
  const { count } = db.prepare('SELECT count(*) AS count FROM contents').get() as { count: number };
  return {
    count,
    get: (session: string, address = '') => reader.get(session, address).toString(),
    list: (session: string, head: string | null = null) => reader.list(session, head ?? '').map(String),
  };
}

/** Every byte that it left on disk but the policies that it was given. */
const onDisk = (sidecar: TestSidecar) =>
  readdirSync(sidecar.state, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'))
    .join();

describe('contents that a profile wants to be kept', () => {
  it('are the very bytes of each message and reply, stored once in a session', async (t) => {
    const sidecar = await startTestSidecar(t, { policies: FULL });
    const first = [user('/say one')];
    const one = await (await sidecar.send(talk(first))).text();
    const second = [...first, said('one'), user('/say two')];
    const two = await (await sidecar.send(talk(second, ',"stream":true'))).text();
    await sidecar.send(talk(second, ',"stream":true'));
    await sidecar.stop();
    const { opened, closed } = assertConsistent(sidecar.state);
    const kept = contents(sidecar.state);
    const { session } = opened[0]?.workload ?? { session: '' };
    assert.deepEqual(kept.list(session, opened[0]?.content?.messages), first);
    assert.deepEqual(kept.list(session, opened[1]?.content?.messages), second);
    assert.equal(
      kept.get(session, opened[1]?.content?.envelope),
      `{"model":"${MODEL}",  "max_tokens": 500 ,"stream":true, "messages" : [] }`,
    );
    assert.equal(kept.get(session, closed[0]?.content?.reply), one);
    assert.equal(kept.get(session, closed[1]?.content?.reply), two);
    assert.deepEqual(opened[2]?.content, opened[1]?.content);
    assert.equal(kept.count, 3 + 2 + 3, 'messages, envelopes and replies');
  });

  it('are what the provider said, not what the agent was given', async (t) => {
    const policies = [PLENTY, profile({ tier: 'locked', audit: { content: 'full' } })];
    const sidecar = await startTestSidecar(t, { policies });
    const text = await (await sidecar.ask('/tool Bash {"command":"rm -r build"}')).text();
    assert.ok(!text.includes('rm -r build'));
    await sidecar.ask('/fault http529');
    await sidecar.stop();
    const { opened, closed } = assertConsistent(sidecar.state);
    const { session } = opened[0]?.workload ?? { session: '' };
    const kept = contents(sidecar.state);
    assert.match(kept.get(session, closed[0]?.content?.reply), /rm -r build/);
    assert.match(kept.get(session, closed[1]?.content?.reply), /overloaded_error/);
  });

  it('are there of a refused request too', async (t) => {
    const policies = [budget({ limits: [usd(0)] }), profile({ audit: { content: 'full' } })];
    const sidecar = await startTestSidecar(t, { policies });
    await sidecar.send(talk([user('/say no')]));
    await sidecar.stop();
    const { asked } = assertConsistent(sidecar.state).closed[0] ?? {};
    const kept = contents(sidecar.state);
    assert.deepEqual(kept.list(asked?.workload.session ?? '', asked?.content?.messages), [user('/say no')]);
  });

  it('are never on disk in the clear', async (t) => {
    const sidecar = await startTestSidecar(t, { policies: FULL });
    await (await sidecar.ask('/say xylophone')).text();
    assert.ok(!onDisk(sidecar).includes('xylophone'), 'while it runs');
    await sidecar.stop();
    assert.ok(!onDisk(sidecar).includes('xylophone'), 'after it ended');
    assert.ok(sidecar.records().closed[0]?.content, 'and yet it is kept');
  });

  it('begin with the change that asks for them', async (t) => {
    const sidecar = await startTestSidecar(t);
    await (await sidecar.ask('/say before')).text();
    const { hash } = sidecar.running.snapshot();
    sidecar.writePolicies(FULL, sidecar.rehearsal.url);
    for (let n = 0; sidecar.running.snapshot().hash === hash && n < 6_000; n++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    await (await sidecar.ask('/say after')).text();
    await sidecar.stop();
    const { opened, closed } = assertConsistent(sidecar.state);
    assert.deepEqual(
      [...opened, ...closed].map(({ content }) => content !== undefined),
      [false, true, false, true],
    );
  });

  it('that cannot be kept make calls be refused', async (t) => {
    const sidecar = await startTestSidecar(t, { policies: FULL });
    await sidecar.stop();
    const { key } = statePaths(sidecar.state);
    writeFileSync(key, 'not a key');
    const again = await startTestSidecar(t, { policies: FULL, state: sidecar.state });
    const response = await again.ask('/say hi');
    assert.equal(response.status, 403);
    assert.match(
      await response.text(),
      /What is said cannot be kept: The key file .* has 9 bytes.*\(contents_unavailable, /,
    );
    assert.deepEqual(again.rehearsal.bill(), []);
    rmSync(key);
    await again.assertWell();
  });

  it('end when the session is erased, while it goes on', async (t) => {
    const sidecar = await startTestSidecar(t, { policies: FULL });
    await (await sidecar.ask('/say one')).text();
    const { session } = sidecar.records().opened[0]?.workload ?? { session: '' };
    const { db, paths } = openState(sidecar.state);
    const ledger = new SqliteLedger({ db, paths, chain: 'eraser' });
    await ledger.start({ version: '0', command: 'test' });
    assert.equal((await eraseSession(session, { db, paths, ledger })).messages, 3);
    await ledger.stop();
    // The call after it may still name an address; nobody has the key to it.
    for (const text of ['/say two', '/say three']) assert.equal((await sidecar.ask(text)).status, 200);
    await sidecar.stop();
    const { opened } = assertConsistent(sidecar.state);
    assert.equal(opened.at(-1)?.content, undefined);
    assert.equal(contents(sidecar.state).count, 0);
  });

  it('of a reply without end are kept in part, in bounded memory', () => {
    const call = new UpstreamCall(true);
    const megabyte = Buffer.alloc(1024 * 1024);
    call.consume({ data: () => undefined, end: () => undefined, error: () => undefined });
    for (let i = 0; i < 32; i++) call.onResponseData(undefined, megabyte);
    assert.equal(call.receivedInPart, false);
    call.onResponseData(undefined, megabyte);
    assert.deepEqual([call.received.length, call.receivedInPart], [32 * megabyte.length, true]);
  });
});

describe('contents that no profile wants', () => {
  it('are not kept, and no key is made', async (t) => {
    const sidecar = await startTestSidecar(t);
    await (await sidecar.ask('/say hi')).text();
    const { opened, closed } = await sidecar.assertWell();
    assert.deepEqual(
      [...opened, ...closed].filter(({ content }) => content !== undefined),
      [],
    );
    assert.equal(contents(sidecar.state).count, 0);
    assert.ok(!readdirSync(sidecar.state).some((name) => statePaths(sidecar.state).key.endsWith(name)));
  });
});
