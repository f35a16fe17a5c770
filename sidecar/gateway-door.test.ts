/** Who comes in at `serve`, and what those are told who do not. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestGateway, type TestGateway, TestKeys } from '../test/support/gateway.ts';
import { HANG_MS } from '../test/support/hang.ts';
import { DUMMY_KEY } from '../test/support/keys.ts';
import { fileScope } from '../test/support/output.ts';
import { RawClient } from '../test/support/raw-client.ts';
import type { RawReply } from '../test/support/raw-http.ts';
import { assertConsistent } from '../test/support/records.ts';
import { assertRefused } from '../test/support/refused.ts';
import { question } from '../test/support/sidecar.ts';

const scope = fileScope();
const NAME = 'gateway.example';
const NONE = { 'x-api-key': '' };
let gateway: TestGateway;
let keys: TestKeys;
before(async () => {
  gateway = await startTestGateway(scope, { gateway: { allowedHosts: [NAME] } });
  keys = new TestKeys(gateway.state);
});

const GOOD = JSON.stringify(question('/say hi'));

/** fetch() sets Host and Origin by itself, so these are written by hand. */
async function knock(headers: Record<string, string>): Promise<RawReply> {
  const client = await RawClient.connect(scope, gateway.port);
  const all = { host: `127.0.0.1:${gateway.port}`, 'content-length': String(GOOD.length), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  await client.send(`POST /v1/messages HTTP/1.1\r\n${lines.join('')}\r\n${GOOD}`);
  const reply = await client.reply();
  client.socket.destroy();
  return reply;
}

/**
 * A key that is good for a while, by which it was let in, and whose time is over. The machine may be too slow for a second
 * to be enough for that: then for longer.
 */
async function goodFor(make: (ms: number) => Promise<string>): Promise<[string]> {
  for (let ms = 1_000; ; ms *= 3) {
    const began = Date.now();
    const token = await make(ms);
    const made = Date.now();
    const { status } = await gateway.askAs(token);
    if (Date.now() - began >= ms && ms < HANG_MS) continue;
    assert.equal(status, 200);
    await sleep(made + ms + 50 - Date.now());
    return [token];
  }
}

describe('a caller with a key', () => {
  it('comes in with it in each header there is for it', async () => {
    const token = await keys.create('headers');
    for (const headers of [
      { 'x-api-key': token },
      { authorization: `Bearer ${token}` },
      { authorization: `bearer ${token}` },
      { 'x-tollgate-key': token },
      { 'x-cm-api-key': token },
      {
        'x-tollgate-key': token,
        'x-cm-api-key': token,
        'x-api-key': token,
        authorization: `Bearer ${token}`,
      },
    ]) {
      const response = await gateway.ask('/say hi', {}, { headers: { ...NONE, ...headers } });
      assert.equal(response.status, 200, `${Object.keys(headers)}: ${await response.text()}`);
    }
    await gateway.recorded(({ closed }) => closed.length === 6);
    const { opened } = gateway.records();
    assert.deepEqual([...new Set(opened.map(({ workload }) => workload.name))], ['headers']);
    const id = token.split('_')[1];
    assert.deepEqual(
      [...new Set(opened.map(({ workload }) => workload.session))],
      [id],
      'a key is a session',
    );
  });

  it('that was made while the gateway runs comes in with the next request', async () => {
    const token = await keys.create('new');
    assert.equal((await gateway.askAs(token)).status, 200);
  });

  it('whose headers differ is turned away, whichever of them is right', async () => {
    const [one, two] = [await keys.create('one'), await keys.create('two')];
    for (const headers of [
      { 'x-api-key': one, authorization: `Bearer ${two}` },
      { 'x-api-key': one, 'x-tollgate-key': DUMMY_KEY },
      { 'x-cm-api-key': one, authorization: 'Bearer sk-something' },
    ]) {
      const reply = await gateway.ask('/say hi', {}, { headers: { ...NONE, ...headers } });
      await assertRefused(reply, 'bad_key', /given in several headers that differ \(.*\)\. Send one key/);
    }
  });
});

describe('a caller without a good key', () => {
  it('is told what is wrong and what to do', async () => {
    const other = await keys.create('wrong');
    for (const [headers, says] of [
      [{}, /The API key is missing\. Send a key made with tollgate keys create/],
      [{ authorization: 'Basic abc' }, /is missing/],
      [{ 'x-api-key': DUMMY_KEY }, /is not one that was made here\. Ask whoever runs this Tollgate/],
      [{ authorization: `Bearer ${other}x` }, /is not one that was made here/],
      [{ 'x-tollgate-key': `${other.slice(0, -1)}!` }, /is not one that was made here/],
    ] as const) {
      const reply = await gateway.ask('/say hi', {}, { headers: { ...NONE, ...headers } });
      assert.equal(reply.headers.get('x-should-retry'), 'false');
      await assertRefused(reply, 'bad_key', says);
    }
  });

  it('is told so in the form of the API that it speaks', async () => {
    const headers = { ...NONE, authorization: 'Bearer sk-openai' };
    const reply = await gateway.send('{}', { path: '/v1/openai/chat/completions', headers });
    assert.equal(reply.status, 401);
    const { error } = (await reply.json()) as { error: Record<string, unknown> };
    assert.deepEqual(Object.keys(error), ['message', 'type', 'param', 'code']);
    assert.equal(error.code, 'bad_key');
  });

  it('whose key was revoked, by another process, is turned away from the next request on', async () => {
    const token = await keys.create('revoked');
    assert.equal((await gateway.askAs(token)).status, 200);
    await keys.revoke('revoked');
    await assertRefused(await gateway.askAs(token), 'bad_key', /The API key is revoked\. Ask whoever/);
  });

  it('whose key has expired is turned away, and told since when', async () => {
    const [token] = await goodFor((ms) => keys.create(`expires-${ms}`, { lifetimeMs: ms }));
    await assertRefused(await gateway.askAs(token), 'bad_key', /is expired since 20\d\d-.*Z\. Ask/);
  });

  it('whose key was rotated comes in until the grace ends', async () => {
    let token = '';
    const [old] = await goodFor(async (ms) => {
      const before = await keys.create(`rotated-${ms}`);
      token = await keys.rotate(`rotated-${ms}`, { graceMs: ms });
      return before;
    });
    assert.equal((await gateway.askAs(token)).status, 200);
    await assertRefused(await gateway.askAs(old), 'bad_key', /one that was replaced/);
    assert.equal((await gateway.askAs(token)).status, 200);
  });

  it('but with a login in its place is told what to do about that', async () => {
    for (const headers of [
      { authorization: 'Bearer sk-ant-oat01-xyz' },
      { 'x-api-key': 'sk-ant-oat01-xyz' },
      { authorization: 'Bearer sk-ant-oat01-xyz', 'x-tollgate-key': 'tg_' },
    ]) {
      const reply = await gateway.ask('/say hi', {}, { headers: { ...NONE, ...headers } });
      await assertRefused(reply, 'oauth_login', /Log the agent out/);
    }
  });

  it('leaves a line in the log that names the key and does not show it, a count, and no entry', async () => {
    const token = await keys.create('named');
    await keys.revoke('named');
    const before = (await gateway.metrics()).sum('tollgate_refusals_total', { code: 'bad_key' });
    const entries = gateway.records().entries.length;
    const after = gateway.logs().length;
    await (await gateway.askAs(token)).text();
    const id = String(token.split('_')[1]);
    await (await gateway.askAs(`tg_${id}_${'A'.repeat(43)}`)).text();
    const lines = gateway.logs().slice(after);
    assert.deepEqual(
      lines.map(({ msg, code, key }) => [msg, code, key]),
      [
        ['turned away', 'bad_key', `${id} (named)`],
        ['turned away', 'bad_key', id],
      ],
    );
    assert.equal((await gateway.metrics()).sum('tollgate_refusals_total', { code: 'bad_key' }), before + 2);
    assert.equal(gateway.records().entries.length, entries);
  });
});

describe('a web page', () => {
  it('is turned away by its Origin, with a key and under a name that is allowed', async () => {
    const token = await keys.create('page');
    for (const origin of ['https://evil.example', 'null', `http://${NAME}`]) {
      const reply = await knock({ host: `${NAME}:${gateway.port}`, 'x-api-key': token, origin });
      await assertRefused(reply, 'foreign_origin');
    }
  });

  it('is turned away by its Host, unless that is an address or a name that is allowed', async () => {
    const token = await keys.create('host');
    for (const host of [
      'evil.example',
      `evil.example:${gateway.port}`,
      `${NAME}.evil.example`,
      `sub.${NAME}`,
      `${NAME}:4141:80`,
      `0.0.0.0:${gateway.port}`,
      '127.0.0.2',
      '',
    ]) {
      await assertRefused(await knock({ host, 'x-api-key': token }), 'foreign_host');
    }
    for (const host of [NAME, NAME.toUpperCase(), `${NAME}:8443`, `localhost:${gateway.port}`])
      assert.equal((await knock({ host, 'x-api-key': token })).status, 200, host);
  });
});

describe('all of this', () => {
  it('leaves everything consistent, and no key in what is left', async () => {
    const metrics = JSON.stringify((await gateway.metrics()).all);
    await gateway.stop();
    const text = metrics + JSON.stringify([gateway.logs(), assertConsistent(gateway.state)]);
    assert.ok(
      text.includes('revoked') && text.includes('tollgate_refusals_total'),
      'there is something to look at',
    );
    assert.doesNotMatch(text, /tg_[a-z0-9]{8}_[A-Za-z0-9_-]{20}/);
  });
});
