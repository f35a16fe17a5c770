import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import * as zlib from 'node:zlib';
import { fileScope } from '../test/support/output.ts';
import { budget, profile, requests } from '../test/support/policies.ts';
import { RawUpstream } from '../test/support/raw-upstream.ts';
import { assertRefused } from '../test/support/refused.ts';
import { question, startTestSidecar, type TestSidecar } from '../test/support/sidecar.ts';

const scope = fileScope();
let upstream: RawUpstream;
let sidecar: TestSidecar;
before(async () => {
  upstream = await RawUpstream.start(scope);
  // Without a limit in USD, under which what is unknown is refused because it may cost anything.
  const policies = [budget({ limits: [requests(1000)] }), profile({ unknownFields: 'refuse' })];
  sidecar = await startTestSidecar(scope, { upstream: upstream.url, policies });
});
const GOOD = JSON.stringify(question('hi'));
const MB = 1024 * 1024;
const member = (text: string) => GOOD.replace('{', `{${text},`);

const UNREADABLE: Record<string, [body: string | Buffer, says: RegExp]> = {
  'an empty body': ['', /not valid JSON/],
  'half of a JSON text': [GOOD.slice(0, -10), /not valid JSON/],
  'two JSON texts': [GOOD + GOOD, /not valid JSON/],
  'a trailing comma': [GOOD.replace(/\}$/, ',}'), /not valid JSON/],
  'a comment': [`// hi\n${GOOD}`, /not valid JSON/],
  'a byte order mark': [`\ufeff${GOOD}`, /not valid JSON/],
  'a NUL behind its end': [`${GOOD}\0`, /not valid JSON/],
  NaN: [member('"temperature":NaN'), /not valid JSON/],
  'a bare control character in text': [member('"system":"a\nb"'), /not valid JSON/],
  'a key twice': [member('"model":"claude-opus-4-1"'), /"model" stands in one object twice|twice/],
  'a key twice, once escaped': [member('"mod\\u0065l":"claude-opus-4-1"'), /twice/],
  'a key twice, in capitals': [member('"Model":"claude-opus-4-1"'), /twice/],
  'a key twice, with a letter that folds to one of ASCII': [member('"me\u017fsages":[]'), /twice/],
  'a key twice, deep inside': [member('"metadata":{"a":[{"b":1,"b":2}]}'), /twice/],
  'a judged key in capitals': [GOOD.replace('"max_tokens"', '"MAX_TOKENS"'), /must be written max_tokens/],
  '10,000 nested lists': [
    member(`"metadata":${'['.repeat(10_000)}${']'.repeat(10_000)}`),
    /nested deeper than/,
  ],
  '10,000 nested objects': [
    member(`"metadata":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`),
    /nested deeper than/,
  ],
  '10 million opening brackets': ['['.repeat(10 * MB), /nested deeper than|not valid JSON/],
  'a byte that is not UTF-8': [Buffer.from(GOOD.replace('hi', '\xff'), 'latin1'), /UTF-8/],
  'an overlong encoding': [Buffer.from(GOOD.replace('hi', '\xc0\xaf'), 'latin1'), /UTF-8/],
  'a surrogate in UTF-8': [Buffer.from(GOOD.replace('hi', '\xed\xa0\x80'), 'latin1'), /UTF-8/],
  'UTF-16': [Buffer.from(GOOD, 'utf16le'), /not valid JSON|UTF-8/],
};

describe('a body that two parsers might read differently', () => {
  for (const [what, [body, says]] of Object.entries(UNREADABLE)) {
    it(`is refused: ${what}`, async () => {
      const code = what.startsWith('a judged key') ? 'bad_request' : 'bad_body';
      await assertRefused(await sidecar.send(body), code, says);
    });
  }
});

const UNJUDGEABLE: Record<string, [body: unknown, says: RegExp]> = {
  'a list': [[], /the body must be a JSON object/],
  'no model': [{ max_tokens: 1, messages: [] }, /model must be/],
  'a model that is no name': [question('', { model: 'a\r\nx: y' }), /model must be/],
  'a model that is an object': [question('', { model: { a: 1 } }), /model must be/],
  'messages that are text': [question('', { messages: 'hi' }), /messages must be a list/],
  'a message without a role': [
    question('', { messages: [{ content: '' }] }),
    /messages\[0\] must be an object/,
  ],
  'content that is a number': [
    question('', { messages: [{ role: 'user', content: 5 }] }),
    /content must be text/,
  ],
  'a part without a type': [
    question('', { messages: [{ role: 'user', content: [{}] }] }),
    /a block with a type/,
  ],
  'an output cap with a fraction': [question('', { max_tokens: 1.5 }), /max_tokens must be a whole number/],
  'a negative output cap': [question('', { max_tokens: -1 }), /max_tokens must be a whole number/],
  'an output cap beyond exact numbers': [question('', { max_tokens: 2 ** 53 }), /max_tokens must be/],
  'an output cap in text': [question('', { max_tokens: '5' }), /max_tokens must be a whole number/],
  'stream that is not true or false': [question('', { stream: 'yes' }), /stream must be true or false/],
  'tools that are an object': [question('', { tools: {} }), /tools must be a list/],
};

describe('a body that cannot be judged', () => {
  for (const [what, [body, says]] of Object.entries(UNJUDGEABLE)) {
    it(`is refused: ${what}`, async () => {
      await assertRefused(await sidecar.send(JSON.stringify(body)), 'bad_request', says);
    });
  }

  it('is refused: an output cap that parsers read differently', async () => {
    for (const text of ['2e3', '2000.0', '20000e-1', '-0']) {
      const body = GOOD.replace('2000', text);
      await assertRefused(await sidecar.send(body), 'bad_request', /max_tokens must be a whole number/);
    }
  });

  it('is refused by name: an unknown field, part, tool and capability', async () => {
    const messages = (part: object) => question('', { messages: [{ role: 'user', content: [part] }] });
    const cases: [object, 'field_unknown' | 'capability_off' | 'threads_off', RegExp][] = [
      [
        question('', { new_field: 1 }),
        'field_unknown',
        /does not know new_field.*add "new_field" to spec.allowedFields/,
      ],
      [messages({ type: 'hologram' }), 'field_unknown', /hologram \(at messages\[0\]\.content\[0\]\)/],
      [question('', { tools: [{ type: 'teleport_20270101' }] }), 'field_unknown', /teleport_20270101/],
      [question('', { tools: [{ type: 'web_search_20260318' }] }), 'capability_off', /web_search/],
      [question('', { mcp_servers: [{ url: 'https://x' }] }), 'capability_off', /mcp/],
      [messages({ type: 'image', source: { type: 'url', url: 'https://x' } }), 'capability_off', /url/],
      [question('', { thread: { id: 't' } }), 'threads_off', /Send the whole conversation/],
    ];
    for (const [body, code, says] of cases) {
      await assertRefused(await sidecar.send(JSON.stringify(body)), code, says);
    }
  });
});

const ENCODERS: Record<string, (body: Buffer) => Buffer> = {
  gzip: zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: (body) => zlib.brotliCompressSync(body, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 2 } }),
  zstd: zlib.zstdCompressSync,
};

describe('an encoded body', () => {
  const send = (body: Buffer, encoding: string) =>
    sidecar.send(body, { headers: { 'content-encoding': encoding } });

  for (const [encoding, encode] of Object.entries(ENCODERS)) {
    it(`in ${encoding} is refused with bytes behind its end, cut short, or changed`, async () => {
      const body = encode(Buffer.from(GOOD));
      for (const more of ['\0', '\0\0\0\0', '{}', ' ', '\r\n']) {
        const longer = Buffer.concat([body, Buffer.from(more)]);
        await assertRefused(await send(longer, encoding), 'bad_body', /after the end|not valid/);
      }
      await assertRefused(await send(body.subarray(0, -3), encoding), 'bad_body', /not valid/);
      await assertRefused(await send(Buffer.from(GOOD), encoding), 'bad_body', /not valid/);
      await assertRefused(await send(Buffer.alloc(0), encoding), 'bad_body', /not valid/);
    });

    it(`in ${encoding} is refused when it is a bomb, without being unpacked`, async () => {
      const bomb = encode(Buffer.alloc(64 * MB, ' '));
      const before = process.memoryUsage().rss;
      await assertRefused(await send(bomb, encoding), 'too_large', /32 MB when decoded/);
      assert.ok(process.memoryUsage().rss - before < 48 * MB, 'it was unpacked');
      const small = encode(Buffer.alloc(3 * MB, ' '));
      await assertRefused(await send(small, encoding), 'too_large', /when decoded/);
    });
  }

  it('is refused when it is encoded twice, or in a way nobody knows', async () => {
    const twice = zlib.gzipSync(zlib.gzipSync(GOOD));
    await assertRefused(await send(twice, 'gzip, gzip'), 'bad_encoding', /gzip, gzip is not one/);
    await assertRefused(await send(twice, 'gzip'), 'bad_body');
    await assertRefused(
      await send(Buffer.from(GOOD), 'compress'),
      'bad_encoding',
      /one of gzip, br, deflate and zstd/,
    );
    await assertRefused(await send(Buffer.from(GOOD), 'constructor'), 'bad_encoding', /constructor/);
    await assertRefused(await send(zlib.deflateRawSync(GOOD), 'deflate'), 'bad_body', /not valid deflate/);
  });

  it('in zstd is refused when it wants a window of 128 MB', async () => {
    // Frame header: no size, window descriptor 27; then one raw block of nothing, the last.
    const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, (27 - 10) << 3, 0x01, 0x00, 0x00]);
    await assertRefused(await send(frame, 'zstd'), 'bad_body', /not valid zstd/);
    frame[5] = (25 - 10) << 3;
    await assertRefused(await send(frame, 'zstd'), 'bad_body', /not valid JSON/);
  });
});

describe('after all of that', () => {
  it('nothing has reached the provider, a good call succeeds, and the records are consistent', async () => {
    assert.equal(upstream.bytesReceived, 0);
    const { leases } = await sidecar.assertWell();
    assert.equal(leases.filter(({ state }) => state !== 'released').length, 1, 'only the good call was paid');
  });
});
