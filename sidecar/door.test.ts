import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { DUMMY_KEY, PROVIDER_KEY } from '../test/support/keys.ts';
import { fileScope } from '../test/support/output.ts';
import { PLENTY, profile, provider } from '../test/support/policies.ts';
import { RawClient } from '../test/support/raw-client.ts';
import type { RawReply } from '../test/support/raw-http.ts';
import { RawUpstream } from '../test/support/raw-upstream.ts';
import { assertRefused } from '../test/support/refused.ts';
import { question, startTestSidecar, type TestSidecar } from '../test/support/sidecar.ts';

const scope = fileScope();
const GOOD = JSON.stringify(question('hi'));
let upstream: RawUpstream;
let sidecar: TestSidecar;
before(async () => {
  upstream = await RawUpstream.start(scope);
  sidecar = await startTestSidecar(scope, { upstream: upstream.url });
});

/** fetch() sets Host and Origin by itself, so these are written by hand. */
async function knock(
  headers: Record<string, string>,
  line = 'POST /v1/messages HTTP/1.1',
): Promise<RawReply> {
  const client = await RawClient.connect(scope, sidecar.port);
  const lines = Object.entries({
    host: `127.0.0.1:${sidecar.port}`,
    'content-length': String(GOOD.length),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  await client.send(`${line}\r\n${lines.join('')}\r\n${GOOD}`);
  const reply = await client.reply();
  client.socket.destroy();
  return reply;
}

const KEY = { 'x-api-key': DUMMY_KEY };

describe('a web page', () => {
  it('is turned away by its Origin, with the key and without, whatever it calls itself', async () => {
    for (const origin of [
      'https://evil.example',
      'null',
      `http://127.0.0.1:${sidecar.port}`,
      'http://localhost',
    ]) {
      for (const key of [KEY, {}]) {
        const reply = await knock({ ...key, origin });
        await assertRefused(reply, 'foreign_origin', /comes from a web page/);
        assert.equal(reply.header('access-control-allow-origin'), undefined);
        assert.equal(reply.header('connection'), 'close');
      }
    }
  });

  it('learns nothing by asking first whether it may', async () => {
    const reply = await knock(
      { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
      'OPTIONS /v1/messages HTTP/1.1',
    );
    await assertRefused(reply, 'foreign_origin');
    assert.deepEqual(
      reply.headers.filter(([name]) => name.startsWith('access-control')),
      [],
    );
  });

  it('is turned away by its Host when its name was made to point here', async () => {
    const { port } = sidecar;
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1',
      'localhost:1',
      `127.0.0.1.nip.io:${port}`,
      `[::]:${port}`,
      `0.0.0.0:${port}`,
    ]) {
      await assertRefused(await knock({ ...KEY, host }), 'foreign_host', /is not the address/);
    }
  });
});

describe('a program', () => {
  it('comes in under each name of this machine, with the key in either header', async () => {
    for (const host of [`localhost:${sidecar.port}`, `LOCALHOST:${sidecar.port}`, `[::1]:${sidecar.port}`]) {
      assert.equal((await knock({ ...KEY, host })).status, 200);
    }
    assert.equal((await knock({ authorization: `Bearer ${DUMMY_KEY}` })).status, 200);
    assert.equal((await knock({ authorization: `bearer ${DUMMY_KEY}` })).status, 200);
    assert.equal((await knock({ ...KEY, authorization: 'Bearer a-login-of-its-own' })).status, 200);
    assert.equal((await knock({ 'x-api-key': '', authorization: `Bearer ${DUMMY_KEY}` })).status, 200);
  });

  it('without the key, or with another, is told that it is not the one', async () => {
    const before = upstream.requests.length;
    for (const headers of [
      {},
      { 'x-api-key': '' },
      { 'x-api-key': `${DUMMY_KEY}x` },
      { 'x-api-key': DUMMY_KEY.slice(0, -1) },
      { 'x-api-key': `${DUMMY_KEY.slice(0, -1)}#` },
      { 'x-api-key': PROVIDER_KEY },
      { 'x-api-key': '', authorization: 'Bearer ' },
      { 'x-api-key': 'other', authorization: `Bearer ${DUMMY_KEY}` },
      { 'x-tollgate-key': 'other' },
      { authorization: DUMMY_KEY },
      { authorization: `Basic ${Buffer.from(DUMMY_KEY).toString('base64')}` },
      { cookie: `x-api-key=${DUMMY_KEY}` },
    ]) {
      const reply = await knock(headers);
      await assertRefused(reply, 'bad_key', /not the one that Tollgate gave this agent/);
      assert.equal(reply.header('x-should-retry'), 'false');
    }
    assert.equal(upstream.requests.length, before);
  });

  it('with a login in place of a key is told what to do about that', async () => {
    const headers = [
      { authorization: 'Bearer sk-ant-oat01-xyz' },
      { 'x-api-key': 'sk-ant-oat01-xyz' },
      { authorization: 'Bearer abc', 'anthropic-beta': 'oauth-2025-04-20' },
    ];
    for (const one of headers) await assertRefused(await knock(one), 'oauth_login', /Log the agent out/);
  });

  it('that is turned away leaves a line in the log without its key, a count, and no entry', async () => {
    const reply = await knock({ 'x-api-key': 'a-key-that-somebody-typed' });
    const line = sidecar.logs().at(-1);
    const id = new Map(reply.headers).get('x-tollgate-request-id');
    assert.deepEqual([line?.msg, line?.code, line?.request], ['turned away', 'bad_key', id]);
    assert.ok(!JSON.stringify(sidecar.logs()).includes('somebody-typed'));
    assert.ok((await sidecar.metrics()).sum('tollgate_refusals_total', { code: 'bad_key' }) >= 10);
    assert.equal(sidecar.records().closed.filter(({ code }) => code === 'bad_key').length, 0);
  });
});

describe('what no table knows', () => {
  const asked = (path: string, method = 'POST') =>
    sidecar.send(method === 'POST' ? GOOD : undefined, { path, method });

  it('is refused by name: paths and methods', async () => {
    const before = upstream.requests.length;
    for (const [method, path] of [
      ['POST', '/v1/complete'],
      ['POST', '/v1/messages/batches'],
      ['POST', '/v1/files'],
      ['GET', '/v1/messages'],
      ['DELETE', '/v1/messages'],
      ['PUT', '/v1/messages'],
      ['POST', '/v1/models'],
      ['GET', '/'],
      ['POST', '/v1//messages'],
      ['POST', '/v1/messages/'],
      ['POST', '/v1/messages%2fbatches'],
      ['POST', '/v1/messages;x=1'],
      ['GET', '/v1/models/..%2f..%2fetc'],
      ['GET', '/healthz'],
      ['GET', '/metrics'],
    ] as const) {
      await assertRefused(
        await asked(path, method),
        'unknown_path',
        /is not an endpoint that Tollgate knows/,
      );
    }
    assert.equal(upstream.requests.length, before);
    await sidecar.recorded(
      ({ closed }) => closed.filter(({ code }) => code === 'unknown_path').length === 15,
    );
  });

  it('is refused by name: paths that only a raw client can send', async () => {
    for (const target of [
      '/v1/../v1/messages',
      '/v1/./messages',
      `http://127.0.0.1:${sidecar.port}/v1/messages`,
      '/v1/messages#x',
      '*',
      '/v1/messages\\..',
    ]) {
      await assertRefused(await knock(KEY, `POST ${target} HTTP/1.1`), 'unknown_path');
    }
  });

  it('is refused by name: query parameters', async () => {
    for (const query of ['?debug=1', '?beta=false', '?beta=true&x=%0d%0a', '?Beta=true', '?beta']) {
      await assertRefused(await asked(`/v1/messages${query}`), 'unknown_query', /query parameter/);
    }
    await assertRefused(await asked('/v1/models?limit=1%26a=b', 'GET'), 'unknown_query', /limit/);
  });

  it('is refused by name: a model that the profile does not list, or that has no price', async (t) => {
    const strict = await startTestSidecar(t, {
      upstream: upstream.url,
      policies: [PLENTY, profile({ models: { allow: ['claude-haiku-*', 'gpt-*'] } })],
    });
    const before = upstream.requests.length;
    const opus = await strict.ask('hi', { model: 'claude-opus-4-1' });
    assert.equal(opus.headers.get('x-should-retry'), 'false');
    await assertRefused(
      opus,
      'model_not_allowed',
      /claude-opus-4-1 is not allowed.*Use one of claude-haiku-\*, gpt-\*/,
    );
    const gpt = await strict.ask('hi', { model: 'gpt-99' });
    await assertRefused(gpt, 'price_unknown', /price of gpt-99 at anthropic is not known/);
    assert.equal(upstream.requests.length, before);
    await strict.closed(2);
    const { closed, leases } = strict.records();
    assert.deepEqual(
      closed.map(({ code, outcome }) => [code, outcome]),
      [
        ['model_not_allowed', 'released'],
        ['price_unknown', 'none'],
      ],
    );
    assert.deepEqual(
      leases.map(({ state, charged_usd }) => [state, charged_usd]),
      [['released', 0]],
    );
  });

  it('is refused by name: a provider that nobody chose, or without a key', async (t) => {
    const two = await startTestSidecar(t, {
      policies: [
        PLENTY,
        profile({ models: { routes: [{ model: 'claude-opus-*', provider: 'second' }] } }),
        provider(upstream.url),
        provider(upstream.url, { auth: { env: 'SECOND_KEY' }, priceList: 'anthropic' }, 'second'),
      ],
    });
    const before = upstream.requests.length;
    await assertRefused(
      await two.ask('hi'),
      'no_provider',
      /several speak anthropic-messages \(anthropic, second\)/,
    );
    await assertRefused(
      await two.ask('hi', { model: 'claude-opus-4-1' }),
      'no_credential',
      /no API key for the provider second\. Set SECOND_KEY/,
    );
    assert.equal(upstream.requests.length, before);
  });

  it('leaves everything consistent', async () => {
    await sidecar.assertWell();
  });
});
