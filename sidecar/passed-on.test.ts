/** What of a provider's reply must not reach the agent although its status, or its head, says that it may. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { DUMMY_KEY, PROVIDER_KEY } from '../test/support/keys.ts';
import { PLENTY, profile } from '../test/support/policies.ts';
import {
  chunk,
  head,
  jsonReply,
  LAST_CHUNK,
  MESSAGE,
  RawUpstream,
  type Script,
  sse,
  sseEnd,
  sseReply,
  sseStart,
  sseText,
} from '../test/support/raw-upstream.ts';
import { startTestSidecar, type TestSidecar } from '../test/support/sidecar.ts';

const DENY = profile({ tools: { deny: [{ name: 'Bash' }] } });
const CALL = { type: 'tool_use', id: 'x', name: 'Bash', input: { command: 'rm' } };
const ERROR = { type: 'error', error: { type: 'invalid_request_error', message: 'no' } };

async function sidecarTo(t: TestContext, script: Script) {
  const upstream = await RawUpstream.start(t, script);
  const sidecar = await startTestSidecar(t, { upstream: upstream.url, policies: [PLENTY, DENY] });
  return { upstream, sidecar };
}

/** Asks once, streamed or not. @returns all that the agent got, as text */
async function got(sidecar: TestSidecar, more: object = {}) {
  const response = await sidecar.ask('hi', more);
  const headers = JSON.stringify([...response.headers]);
  const body = await response.text();
  return { response, body, all: `${headers}\n${body}` };
}

/** A stream that says to be in another charset. */
function streamIn(charset: string, body: string): Buffer {
  const type = `text/event-stream; charset=${charset}`;
  const lines = head(200, { 'content-type': type, 'transfer-encoding': 'chunked' });
  return Buffer.concat([Buffer.from(lines), chunk(body), Buffer.from(LAST_CHUNK)]);
}

describe('an error of a provider', () => {
  const BAD: Readonly<Record<string, [body: unknown, detail: RegExp]>> = {
    'that is a whole message with a denied call': [{ ...MESSAGE, content: [CALL] }, /tool call stands/],
    'that is a whole message': [MESSAGE, /no error of its wire/],
    'that has content beside it': [{ ...ERROR, content: [] }, /error with content/],
    'that has a call inside': [{ ...ERROR, error: { ...ERROR.error, details: [CALL] } }, /tool call stands/],
    'that is spelt otherwise': [{ ...ERROR, Content: [] }, /spelt otherwise/],
    'that is a page': [Buffer.from('<h1>502 Bad Gateway</h1>'), /not valid JSON/],
    'that has a key twice': [Buffer.from('{"type":"error","type":"message"}'), /twice/],
    'that is no UTF-8': [Buffer.from([0x7b, 0xff, 0x7d]), /not valid UTF-8/],
    'that is a list': [[ERROR], /no error of its wire/],
    'that is empty': [Buffer.alloc(0), /not valid JSON/],
  };
  for (const [what, [body, detail]] of Object.entries(BAD)) {
    it(`${what} becomes one of ours, with its status`, async (t) => {
      const { sidecar } = await sidecarTo(t, () => jsonReply(body, 429, { 'retry-after': '7' }));
      for (const stream of [false, true]) {
        const { response, body: text } = await got(sidecar, { stream });
        assert.deepEqual([response.status, response.headers.get('retry-after')], [429, '7']);
        assert.equal(response.headers.get('content-type'), 'application/json');
        assert.equal(response.headers.get('x-tollgate-verdict'), 'fault');
        const { type, error, content } = JSON.parse(text);
        assert.deepEqual([type, error.type, content], ['error', 'rate_limit_error', undefined]);
        assert.match(
          error.message,
          /^\[tollgate\] .* answered with the status 429, .*upstream_error_withheld/,
        );
        assert.match(error.message, detail);
        assert.doesNotMatch(text, /Bash|<h1>/);
      }
      const { outcome, code, faults, status } = await sidecar.closed(2);
      assert.deepEqual(
        [status, outcome, code, faults],
        [429, 'released', 'upstream_error_withheld', ['upstream_429']],
      );
    });
  }

  it('is passed on byte for byte where it is nothing but that', async (t) => {
    const body = Buffer.from(
      `{"type" : "error","request_id":null, "error":${JSON.stringify(ERROR.error)}}\n`,
    );
    const { sidecar } = await sidecarTo(t, () => jsonReply(body, 400));
    const { response, body: text } = await got(sidecar);
    assert.deepEqual([response.status, text], [400, body.toString()]);
    assert.equal((await sidecar.closed(1)).code, null);
  });
});

describe('the key that the provider was sent', () => {
  const base64 = (before: string) => Buffer.from(`${before}${PROVIDER_KEY} and more`).toString('base64');
  const SPELT: Readonly<Record<string, string>> = {
    'as it is': `your key is ${PROVIDER_KEY}.`,
    'in base64': base64(''),
    'in base64, behind one byte': base64('x'),
    'in base64, behind two': base64('xx'),
    'in base64url': Buffer.from(`x-api-key: ${PROVIDER_KEY}\xff\xfe`, 'latin1').toString('base64url'),
  };
  const held = (all: string) =>
    Object.values(SPELT).some((text) => all.includes(text)) || all.includes(PROVIDER_KEY);

  for (const [how, text] of Object.entries(SPELT)) {
    it(`${how} is not handed over: in an error, in headers, in a reply, in a stream`, async (t) => {
      const scripts: readonly [Script, status: number][] = [
        [() => jsonReply({ ...ERROR, error: { type: 'x', message: text } }, 401), 401],
        [() => jsonReply(Buffer.from(`you said: ${text}`), 502, { 'content-type': 'text/plain' }), 502],
        [() => jsonReply({ ...MESSAGE, content: [{ type: 'text', text }] }), 502],
        [() => jsonReply({ ...MESSAGE, x: text }), 502],
        [() => sseReply(sseStart() + sseText(text) + sseEnd()), 200],
        [() => sseReply(`${sseStart()}: ${text}\n\n${sseText('x')}${sseEnd()}`), 200],
      ];
      const { sidecar, upstream } = await sidecarTo(t, () => undefined);
      for (const [script, status] of scripts) {
        upstream.script = script;
        const { response, all } = await got(sidecar, { stream: status === 200 });
        assert.equal(response.status, status, all);
        assert.ok(!held(all), all);
        assert.match(all, /it repeats the API key/);
      }
      // In a header it is left out; all else of the reply is as it came.
      for (const status of [200, 400]) {
        const body = status === 200 ? MESSAGE : ERROR;
        upstream.script = () => jsonReply(body, status, { 'request-id': text, 'retry-after': '7' });
        const { response, all, body: came } = await got(sidecar);
        assert.ok(!held(all), all);
        assert.deepEqual([response.status, came], [status, JSON.stringify(body)]);
        assert.deepEqual(
          [response.headers.get('request-id'), response.headers.get('retry-after')],
          [null, '7'],
        );
      }
      for (const headers of [{ 'content-type': text }, { 'content-encoding': text }]) {
        upstream.script = () => jsonReply(MESSAGE, 200, headers);
        const { response, all } = await got(sidecar);
        assert.equal(response.status, 502);
        assert.ok(!held(all), all);
      }
      await sidecar.stop();
      assert.ok(!held(JSON.stringify([sidecar.records().entries, sidecar.logs()])));
    });
  }

  it('behind escapes of JSON is not handed over in an error', async (t) => {
    const escaped = PROVIDER_KEY.replace('sk', '\\u0073\\u006b');
    const { sidecar } = await sidecarTo(t, () =>
      jsonReply(Buffer.from(`{"type":"error","error":{"type":"x","message":"${escaped}"}}`), 400),
    );
    assert.match((await got(sidecar)).body, /it repeats the API key/);
  });

  it('cuts a stream before it, also where something else is wrong in the same piece', async (t) => {
    const open = sse('content_block_start', {
      index: 0,
      content_block: { type: 'text', text: PROVIDER_KEY },
    });
    for (const wrong of [
      'data: {\n\n',
      sse('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'w '.repeat(9000) } }),
    ]) {
      const { sidecar } = await sidecarTo(t, () => sseReply(sseStart() + open + wrong));
      const { all } = await got(sidecar, { stream: true });
      assert.ok(!held(all), all);
      assert.match(all, /event: error/);
    }
  });

  it('is not looked for where it is too short to be a secret, as of a model on this machine', async (t) => {
    const upstream = await RawUpstream.start(t, () => jsonReply({ ...MESSAGE, x: 'dummy' }));
    const config = { environment: { ANTHROPIC_API_KEY: 'dummy' } };
    const sidecar = await startTestSidecar(t, { upstream: upstream.url, config });
    assert.equal((await got(sidecar)).response.status, 200);
  });
});

describe('the content type of a reply', () => {
  const CHARSETS = [
    'utf-7',
    'UTF-7',
    '"utf-7"',
    'iso-8859-1',
    'utf-16',
    'utf-8; charset=utf-7',
    'utf-8, x',
    '',
    '"utf-8',
  ];

  for (const charset of CHARSETS) {
    it(`is refused with charset=${charset}, which a client would read it in`, async (t) => {
      const { sidecar, upstream } = await sidecarTo(t, () =>
        jsonReply(MESSAGE, 200, { 'content-type': `application/json; charset=${charset}` }),
      );
      const plain = await got(sidecar);
      assert.equal(plain.response.status, 502);
      assert.match(plain.body, /its text is in/);
      upstream.script = () => streamIn(charset, sseStart() + sseText('x') + sseEnd());
      assert.match((await got(sidecar, { stream: true })).body, /its text is in/);
      upstream.script = () =>
        jsonReply(ERROR, 400, { 'content-type': `application/json;charset=${charset}` });
      const error = await got(sidecar);
      assert.deepEqual(
        [error.response.status, error.response.headers.get('content-type')],
        [400, 'application/json'],
      );
      assert.match(error.body, /it is not in UTF-8/);
    });
  }

  it('is the provider’s where it says the form and UTF-8 in a known way, and ours elsewhere', async (t) => {
    const { sidecar, upstream } = await sidecarTo(t, () => undefined);
    for (const [given, passed] of [
      ['application/json', undefined],
      ['application/json; charset=utf-8', undefined],
      ['application/json;charset="UTF-8"', undefined],
      ['Application/JSON', undefined],
      ['application/json; charset=utf8', 'application/json'],
      ['application/json ; charset=utf-8', 'application/json'],
      ['application/json; x=utf-7', 'application/json'],
      ['application/json; boundary=x; charset=utf-8', 'application/json'],
    ] as const) {
      upstream.script = () => jsonReply(MESSAGE, 200, { 'content-type': given });
      assert.equal((await got(sidecar)).response.headers.get('content-type'), passed ?? given, given);
    }
    upstream.script = () => streamIn('UTF-8', sseStart() + sseText('x') + sseEnd());
    const stream = await got(sidecar, { stream: true });
    assert.equal(stream.response.headers.get('content-type'), 'text/event-stream; charset=UTF-8');
    upstream.script = () => streamIn('utf-8; x=y', sseStart() + sseText('x') + sseEnd());
    const odd = await got(sidecar, { stream: true });
    assert.equal(odd.response.headers.get('content-type'), 'text/event-stream');
  });

  it('and all other headers have only characters that a header may have', async (t) => {
    const { sidecar } = await sidecarTo(t, () =>
      jsonReply(MESSAGE, 200, { 'request-id': 'é€', 'anthropic-ratelimit-requests-remaining': '3' }),
    );
    const { response } = await got(sidecar);
    assert.deepEqual(
      [
        response.status,
        response.headers.get('request-id'),
        response.headers.get('anthropic-ratelimit-requests-remaining'),
      ],
      [200, null, '3'],
    );
  });
});

describe('a reply that is not billed', () => {
  it('is refused where it holds a call or the key', async (t) => {
    for (const body of [
      { input_tokens: 7, content: [CALL] },
      { input_tokens: 7, x: PROVIDER_KEY },
    ]) {
      const { sidecar } = await sidecarTo(t, () => jsonReply(body));
      const response = await sidecar.ask(
        'hi',
        {},
        { path: '/v1/messages/count_tokens', headers: { 'x-api-key': DUMMY_KEY } },
      );
      assert.equal(response.status, 502);
      assert.doesNotMatch(await response.text(), /Bash|provider-key/);
    }
  });
});
