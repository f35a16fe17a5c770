import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import Anthropic from '@anthropic-ai/sdk';
import { DUMMY_KEY, PROVIDER_KEY } from '../test/support/keys.ts';
import { fileScope } from '../test/support/output.ts';
import { budget, PLENTY, profile, usd } from '../test/support/policies.ts';
import { RawClient } from '../test/support/raw-client.ts';
import { RawUpstream } from '../test/support/raw-upstream.ts';
import { startTestSidecar, type TestSidecar } from '../test/support/sidecar.ts';

const scope = fileScope();
let upstream: RawUpstream;
let sidecar: TestSidecar;
before(async () => {
  upstream = await RawUpstream.start(scope);
  sidecar = await startTestSidecar(scope, { upstream: upstream.url });
});

/** @returns the body that reached the provider */
async function forwarded(
  body: Buffer,
  headers: Record<string, string> = {},
  through = sidecar,
): Promise<Buffer> {
  const count = upstream.requests.length;
  const response = await through.send(body, { headers });
  assert.equal(response.status, 200, await response.text());
  return (await upstream.received(count + 1)).body;
}

const ODD_BODIES: Record<string, string> = {
  'blanks, tabs and line ends between everything':
    ' \r\n{\t"model" :\n\n"claude-haiku-4-5" ,\r\n "max_tokens":\t 1000 , "messages" : [ { "role" : "user" ,"content": "hi" } ]  }\n\r\n\t ',
  'keys in an unusual order, unknown ones among them':
    '{"messages":[{"content":"hi","role":"user"}],"metadata":{"user_id":"{\\"a\\":1}"},"max_tokens":1000,"stream":false,"model":"claude-haiku-4-5"}',
  'escapes that need not be, in keys and values':
    '{"m\\u006fdel":"claude-haiku-4-5","max_tokens":1000,"messages":[{"role":"user","content":"\\u0068\\u0069 \\/ \\ud83d\\ude00 \\b\\f"}]}',
  'text beyond ASCII, line separators and a lone surrogate':
    '{"model":"claude-haiku-4-5","max_tokens":1000,"messages":[{"role":"user","content":"grüße 你好 😀 \u2028\u2029 \\ud800"}]}',
  'numbers that JavaScript would write otherwise':
    '{"model":"claude-haiku-4-5","max_tokens":1000,"temperature":1.0,"top_p":0.50,"top_k":1e1,"messages":[{"role":"user","content":"hi"}],"metadata":{"n":12345678901234567890,"m":-0}}',
  'line ends inside of strings':
    '{"model":"claude-haiku-4-5","max_tokens":1000,"system":"a\\r\\nb\\n","messages":[{"role":"user","content":"\\r\\n"}]}',
};

const ENCODINGS: Record<string, (body: Buffer) => Buffer> = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
  GZIP: gzipSync,
  ' identity ': (body) => body,
};

describe('a request that no stage changes', () => {
  for (const [what, text] of Object.entries(ODD_BODIES)) {
    it(`reaches the provider byte for byte with ${what}`, async () => {
      const body = Buffer.from(text);
      assert.deepEqual(await forwarded(body), body);
    });
  }

  for (const [encoding, encode] of Object.entries(ENCODINGS)) {
    it(`reaches the provider as the very bytes that were encoded as "${encoding}"`, async () => {
      const body = Buffer.from(`${Object.values(ODD_BODIES)[0]}${' '.repeat(5000)}`);
      assert.deepEqual(await forwarded(encode(body), { 'content-encoding': encoding }), body);
    });
  }

  it('is the same whether it comes in one piece, byte by byte, or in chunks with extensions', async (t) => {
    const body = Buffer.from(Object.values(ODD_BODIES)[0] ?? '');
    const head = `POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1:${sidecar.port}\r\nx-api-key: ${DUMMY_KEY}\r\n`;
    const whole = Buffer.concat([Buffer.from(`${head}content-length: ${body.length}\r\n\r\n`), body]);
    const client = await RawClient.connect(t, sidecar.port);
    for (const byte of whole) await client.send(Buffer.from([byte]));
    assert.equal((await client.reply()).status, 200);
    assert.deepEqual(upstream.requests.at(-1)?.body, body);

    const middle = 33;
    const chunks = [body.subarray(0, middle), body.subarray(middle)].map((part) =>
      Buffer.concat([Buffer.from(`${part.length.toString(16)};a="b;c"\r\n`), part, Buffer.from('\r\n')]),
    );
    await client.send(`${head}transfer-encoding: chunked\r\n\r\n`);
    for (const part of chunks) await client.send(part);
    await client.send('0\r\nx-trailer: 1\r\n\r\n');
    assert.equal((await client.reply()).status, 200);
    assert.deepEqual(upstream.requests.at(-1)?.body, body);
  });

  it('is the same for the official SDK: what it sends is what the provider gets', async (t) => {
    // What the SDK sends by itself, recorded without Tollgate in between.
    const direct = await RawUpstream.start(t);
    const record = async (baseURL: string, at: RawUpstream) => {
      const client = new Anthropic({ apiKey: DUMMY_KEY, baseURL, maxRetries: 0 });
      const from = at.requests.length;
      const tools = [
        { name: 'Read', description: 'Reads „files“', input_schema: { type: 'object' as const } },
      ];
      await client.messages.create({
        model: 'claude-haiku-4-5',
        max_tokens: 1024,
        system: [{ type: 'text', text: 'Be brief.\n', cache_control: { type: 'ephemeral' } }],
        tools,
        messages: [
          { role: 'user', content: 'grüße 😀' },
          { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'Read', input: { a: 1.0 } }] },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'é\u2028' }] },
        ],
      });
      await client.beta.messages
        .create({
          model: 'claude-haiku-4-5',
          max_tokens: 1024,
          stream: true,
          messages: [{ role: 'user', content: 'x' }],
        })
        .catch(() => undefined);
      await client.messages.countTokens({
        model: 'claude-haiku-4-5',
        messages: [{ role: 'user', content: 'x' }],
      });
      return at.requests.slice(from).map(({ line, body }) => [line, body.toString()]);
    };
    const asSent = await record(direct.url, direct);
    assert.equal(asSent.length, 3);
    assert.deepEqual(await record(sidecar.url, upstream), asSent);
  });
});

describe('a request that is changed', () => {
  const body = (model: string, cap: number) =>
    Buffer.from(
      ` {"messages" :[{"role":"user","content":"the \\"model\\": and \\"max_tokens\\": 5"}],\r\n "max_tok\\u0065ns"\t: ${cap} , "model": "${model}","metadata":{"model":"x","max_tokens":7}}\n`,
    );

  it('differs in the bytes of the alias alone', async (t) => {
    const aliases = [{ name: 'quick', model: 'claude-haiku-4-5' }];
    const other = await startTestSidecar(t, {
      upstream: upstream.url,
      policies: [PLENTY, profile({ models: { aliases } })],
    });
    assert.deepEqual(await forwarded(body('quick', 1000), {}, other), body('claude-haiku-4-5', 1000));
    assert.deepEqual(
      await forwarded(gzipSync(body('quick', 9)), { 'content-encoding': 'gzip' }, other),
      body('claude-haiku-4-5', 9),
    );
  });

  it('differs in the bytes of the output cap alone, when a ceiling or the budget lowers it', async (t) => {
    const capped = await startTestSidecar(t, {
      upstream: upstream.url,
      policies: [PLENTY, profile({ models: { maxOutputTokens: 777 } })],
    });
    assert.deepEqual(
      await forwarded(body('claude-haiku-4-5', 1000), {}, capped),
      body('claude-haiku-4-5', 777),
    );
    assert.deepEqual(await forwarded(body('claude-haiku-4-5', 99), {}, capped), body('claude-haiku-4-5', 99));

    const small = await startTestSidecar(t, {
      upstream: upstream.url,
      policies: [budget({ limits: [usd('0.05', { window: 'request' })], minOutputTokens: 1 }), profile({})],
    });
    const sent = (await forwarded(body('claude-haiku-4-5', 100_000), {}, small)).toString();
    const lowered = /"\t: (\d+) ,/.exec(sent)?.[1];
    assert.equal(sent, body('claude-haiku-4-5', Number(lowered)).toString());
    const [opened] = small.records().opened;
    assert.deepEqual([opened?.askedCap, opened?.cap], [100_000, Number(lowered)]);
    assert.ok(Number(lowered) > 5000 && Number(lowered) < 10_000, `${lowered}`);
  });
});

describe('the head of a request', () => {
  const body = Buffer.from(
    '{"model":"claude-haiku-4-5","max_tokens":1000,"messages":[{"role":"user","content":"hi"}]}',
  );

  async function headOf(headers: Record<string, string>, path = '/v1/messages', method = 'POST') {
    const count = upstream.requests.length;
    const response = await sidecar.send(method === 'GET' ? undefined : body, { headers, path, method });
    await response.arrayBuffer();
    const { line, headers: sent } = await upstream.received(count + 1);
    return { line, headers: sent.map(([name, value]) => `${name}: ${value}`) };
  }

  const HOSTILE = {
    authorization: 'Bearer real-login-of-a-person',
    'anthropic-organization-id': 'org',
    'anthropic-workspace-id': 'w',
    'openai-organization': 'org',
    'openai-project': 'p',
    'x-goog-api-key': 'g',
    cookie: 'session=1',
    'proxy-authorization': 'Basic eA==',
    'x-forwarded-for': '10.0.0.1',
    forwarded: 'for=10.0.0.1',
    'x-stainless-lang': 'js',
    'user-agent': 'agent/1',
    'accept-encoding': 'gzip, br',
    accept: 'application/json',
    'x-claude-code-session-id': 'a',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    'x-http-method-override': 'DELETE',
    'x-api-key-2': DUMMY_KEY,
    'content-type': 'text/plain',
  };

  it('has exactly what the table of the wire says, whatever the agent sends', async () => {
    const { line, headers } = await headOf(HOSTILE);
    assert.equal(line, 'POST /v1/messages HTTP/1.1');
    assert.deepEqual(headers, [
      `host: ${upstream.url.slice(7)}`,
      'connection: keep-alive',
      'accept: application/json',
      'accept-encoding: identity',
      'anthropic-version: 2023-06-01',
      'user-agent: tollgate',
      'content-type: application/json',
      `x-api-key: ${PROVIDER_KEY}`,
      `content-length: ${body.length}`,
    ]);
  });

  it('has the version and the known betas of the agent, and no others', async () => {
    const { headers } = await headOf({
      'anthropic-version': '2026-10-21',
      'anthropic-beta':
        'oauth-2025-04-20, interleaved-thinking-2025-05-14,evil-beta,  files-api-2025-04-14 ,effort-2025-11-24',
    });
    assert.deepEqual(
      headers.filter((text) => text.startsWith('anthropic')),
      ['anthropic-version: 2026-10-21', 'anthropic-beta: interleaved-thinking-2025-05-14,effort-2025-11-24'],
    );
    assert.deepEqual(sidecar.records().opened.at(-1)?.removedBetas, [
      'oauth-2025-04-20',
      'evil-beta',
      'files-api-2025-04-14',
    ]);
    const odd = await headOf({ 'anthropic-version': '2026-10-21, x: y' });
    assert.ok(odd.headers.includes('anthropic-version: 2023-06-01'));
  });

  it('has a path and query that are rebuilt, never copied', async () => {
    const lineOf = async (path: string, method = 'POST') => (await headOf({}, path, method)).line;
    assert.equal(
      await lineOf('/a/prefix/v1/messages?beta=true&beta=true'),
      'POST /v1/messages?beta=true HTTP/1.1',
    );
    assert.equal(await lineOf('/messages'), 'POST /v1/messages HTTP/1.1');
    assert.equal(await lineOf('/v1/messages/count_tokens?'), 'POST /v1/messages/count_tokens HTTP/1.1');
    assert.equal(
      await lineOf('/v1/models?limit=%35&after_id=x', 'GET'),
      'GET /v1/models?limit=5&after_id=x HTTP/1.1',
    );
    assert.equal(await lineOf('/models/claude-haiku-4-5', 'GET'), 'GET /v1/models/claude-haiku-4-5 HTTP/1.1');
  });

  it('asks for events where the request streams', async () => {
    const count = upstream.requests.length;
    await sidecar.ask('x', { stream: true });
    const { headers } = await upstream.received(count + 1);
    assert.ok(headers.some(([name, value]) => name === 'accept' && value === 'text/event-stream'));
  });

  it('has no credential for a provider that takes none, though there is one for another', async (t) => {
    const other = await startTestSidecar(t, {
      policies: [
        PLENTY,
        profile({ models: { routes: [{ model: 'claude-*', provider: 'own' }] } }),
        {
          apiVersion: 'tollgate.dev/v1alpha1',
          kind: 'Provider',
          metadata: { name: 'own' },
          spec: {
            url: upstream.url,
            wires: ['anthropic-messages'],
            privateAddresses: true,
            auth: { type: 'none' },
            priceList: 'anthropic',
          },
        },
      ],
      upstream: upstream.url,
    });
    const count = upstream.requests.length;
    assert.equal((await other.ask('x')).status, 200);
    const { headers } = await upstream.received(count + 1);
    assert.deepEqual(
      headers.filter(([name]) => name === 'x-api-key'),
      [],
    );
  });
});
