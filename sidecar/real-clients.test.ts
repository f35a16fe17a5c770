/** Requests of real clients, recorded at their sockets (test/wire), sent again as they were: the bytes have to arrive. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { DUMMY_KEY, PROVIDER_KEY } from '../test/support/keys.ts';
import { fileScope } from '../test/support/output.ts';
import { PLENTY, profile } from '../test/support/policies.ts';
import { RawClient } from '../test/support/raw-client.ts';
import { parseRequest, type RawReply, type RawRequest } from '../test/support/raw-http.ts';
import {
  jsonReply,
  MESSAGE,
  RawUpstream,
  sseEnd,
  sseReply,
  sseStart,
  sseText,
} from '../test/support/raw-upstream.ts';
import { assertRefused } from '../test/support/refused.ts';
import { startTestSidecar, type TestSidecar } from '../test/support/sidecar.ts';

const folder = join(import.meta.dirname, '..', 'test', 'wire');
const RECORDED = globSync('*/*.http', { cwd: folder }).sort();
const STREAM = sseStart() + sseText('hello') + sseEnd();

const scope = fileScope();
let upstream: RawUpstream;
let sidecar: TestSidecar;
before(async () => {
  upstream = await RawUpstream.start(scope, ({ line, body }) => {
    if (line.startsWith('GET')) return jsonReply({ data: [], has_more: false });
    if (line.includes('count_tokens')) return jsonReply({ input_tokens: 1 });
    return body.includes('"stream":true') ? sseReply(STREAM) : jsonReply(MESSAGE);
  });
  sidecar = await startTestSidecar(scope, { upstream: upstream.url });
});

function recorded(name: string): RawRequest {
  const found = parseRequest(readFileSync(join(folder, name)));
  assert.ok(found?.rest.length === 0, `${name} is one request`);
  return found.request;
}

type Encode = (body: Buffer) => Buffer;
const ENCODINGS: Readonly<Record<string, Encode>> = {
  gzip: gzipSync,
  br: (body) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  zstd: zstdCompressSync,
};

/** Sends it with this machine's host and key, in pieces. */
async function replay(
  { line, headers, body }: RawRequest,
  to = sidecar,
  encoding?: string,
  size = 1000,
): Promise<RawReply> {
  const sent = encoding === undefined ? body : (ENCODINGS[encoding] as Encode)(body);
  const own: Readonly<Record<string, string>> = {
    host: `127.0.0.1:${to.port}`,
    authorization: `Bearer ${DUMMY_KEY}`,
    'content-length': String(sent.length),
  };
  const lines = headers.map(([name, value]) => `${name}: ${own[name.toLowerCase()] ?? value}\r\n`);
  if (encoding !== undefined) lines.push(`Content-Encoding: ${encoding}\r\n`);
  const bytes = Buffer.concat([Buffer.from(`${line}\r\n${lines.join('')}\r\n`), sent]);
  const client = await RawClient.connect(scope, to.port);
  for (let at = 0; at < bytes.length; at += size) await client.send(bytes.subarray(at, at + size));
  const reply = await client.reply();
  client.socket.destroy();
  return reply;
}

/** @returns what arrived at the provider */
async function arrives(request: RawRequest, ...how: [TestSidecar?, string?, number?]): Promise<RawRequest> {
  const count = upstream.requests.length;
  const reply = await replay(request, ...how);
  assert.equal(reply.status, 200, reply.body.toString());
  if (request.body.includes('"stream":true')) assert.equal(reply.body.toString(), STREAM);
  return upstream.received(count + 1);
}

/** What the API knows how to keep, and this release can't bound. */
const hasThread = ({ body }: RawRequest) => body.includes('"thread":');

describe('a request of a real client', () => {
  it('was recorded: streamed and not, with tools and their results, of Claude Code and of the SDK', () => {
    const all = RECORDED.map(recorded);
    const has = (text: string) => all.filter(({ body }) => body.includes(text)).length;
    assert.ok(RECORDED.some((name) => name.startsWith('claude-code-')));
    assert.ok(RECORDED.some((name) => name.startsWith('anthropic-sdk-')));
    for (const text of ['"stream":true', '"stream":false', '"tool_result"', 'cache_control', 'ü']) {
      assert.ok(has(text) > 0, text);
    }
  });

  for (const name of RECORDED) {
    const request = recorded(name);
    if (hasThread(request)) {
      it(`is refused for what it wants kept, and sent again without it: ${name}`, async () => {
        await assertRefused(await replay(request), 'threads_off', /Send the whole conversation/);
      });
      continue;
    }

    it(`arrives byte for byte, under a head that is not its own: ${name}`, async () => {
      const got = await arrives(request);
      assert.ok(got.body.equals(request.body));
      assert.equal(got.line, request.line);
      const names = got.headers.map(([header]) => header);
      const theirs = names.filter((header) => /^x-(?!api-key)|^(authorization|cookie|sec-)/.test(header));
      assert.deepEqual(theirs, []);
      assert.ok(got.bytes.includes(PROVIDER_KEY) && !got.bytes.includes(DUMMY_KEY));
    });

    for (const encoding of request.body.length === 0 ? [] : Object.keys(ENCODINGS)) {
      it(`arrives byte for byte when it was encoded: ${name} in ${encoding}`, async () => {
        assert.ok((await arrives(request, sidecar, encoding, 77)).body.equals(request.body));
      });
    }
  }

  it('of Claude Code differs in its model and output cap alone where policies change those', async (t) => {
    const models = {
      aliases: [{ name: 'claude-opus-5-5', model: 'claude-haiku-4-5' }],
      maxOutputTokens: 999,
    };
    const other = await startTestSidecar(t, {
      upstream: upstream.url,
      policies: [PLENTY, profile({ models })],
    });
    const name = RECORDED.find((one) => one.startsWith('claude-code-')) ?? '';
    const request = recorded(name);
    const expected = request.body
      .toString()
      .replace('"model":"claude-opus-5-5"', '"model":"claude-haiku-4-5"')
      .replace('"max_tokens":128000', '"max_tokens":999');
    assert.equal((await arrives(request, other)).body.toString(), expected);
    assert.equal((await arrives(request, other, 'zstd')).body.toString(), expected);
  });

  it('leaves everything consistent', async () => {
    await sidecar.assertWell();
  });
});
