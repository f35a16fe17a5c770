/** Bodies that two parsers might read differently, or that cannot be judged, on each wire: refused in its form, never sent. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { REFUSALS, type RefusalCode } from '../core/govern/refusals.ts';
import { fileScope } from '../test/support/output.ts';
import { budget, profile, requests } from '../test/support/policies.ts';
import { formAsked, rawReply, readOf } from '../test/support/raw-replies.ts';
import { RawUpstream } from '../test/support/raw-upstream.ts';
import { assertConsistent } from '../test/support/records.ts';
import { startTestSidecar, type TestSidecar } from '../test/support/sidecar.ts';
import { CHEAP, PATHS, providers, requestOf, WIRES, type WireName } from '../test/support/wires.ts';

const scope = fileScope();
let upstream: RawUpstream;
let sidecar: TestSidecar;
before(async () => {
  upstream = await RawUpstream.start(scope, ({ line, body }) => rawReply(formAsked(line, body)));
  // Without a limit in USD, under which what is unknown is refused because it may cost anything.
  const policies = [budget({ limits: [requests(1000)] }), profile({ unknownFields: 'refuse' })];
  sidecar = await startTestSidecar(scope, { upstream: upstream.url, providers, policies });
});

type Case = readonly [body: string | Buffer, code: RefusalCode, says: RegExp];

/** What holds of every wire. */
function unreadable(good: string): Record<string, Case> {
  const member = (text: string) => good.replace('{', `{${text},`);
  const latin1 = (text: string) => Buffer.from(good.replace('hi', text), 'latin1');
  return {
    'an empty body': ['', 'bad_body', /not valid JSON/],
    'a list': ['[]', 'bad_request', /must be a JSON object/],
    'half of it': [good.slice(0, -10), 'bad_body', /not valid JSON/],
    'two of them': [good + good, 'bad_body', /not valid JSON/],
    'a byte order mark': [`\ufeff${good}`, 'bad_body', /not valid JSON/],
    'a NUL behind its end': [`${good}\0`, 'bad_body', /not valid JSON/],
    'a key twice': [member('"model":"x"'), 'bad_body', /twice/],
    'a key twice, once escaped': [member('"mod\\u0065l":"x"'), 'bad_body', /twice/],
    'a key twice, in capitals': [member('"Model":"x"'), 'bad_body', /twice/],
    'a key twice, deep inside': [member('"metadata":{"a":[{"b":1,"b":2}]}'), 'bad_body', /twice/],
    '10,000 nested lists': [
      member(`"metadata":${'['.repeat(10_000)}${']'.repeat(10_000)}`),
      ...(['bad_body', /nested deeper than/] as const),
    ],
    'a byte that is not UTF-8': [latin1('\xff'), 'bad_body', /UTF-8/],
    'an overlong encoding': [latin1('\xc0\xaf'), 'bad_body', /UTF-8/],
    'a surrogate in UTF-8': [latin1('\xed\xa0\x80'), 'bad_body', /UTF-8/],
    'a judged key in capitals': [good.replace('"model"', '"MODEL"'), 'bad_request', /must be written model/],
    'a model that is no name': [
      good.replace(/"model":"[^"]*"/, '"model":"a\\r\\nx: y"'),
      'bad_request',
      /model/,
    ],
    'a new field': [member('"new_field":1'), 'field_unknown', /new_field/],
  };
}

const tool = (definition: object) => ({ tools: [definition] });
const said = (part: object) => ({ messages: [{ role: 'user', content: [part] }] });
const put = (part: object) => ({ input: [{ role: 'user', content: [part] }] });

/** What only one wire has: fields in the place of others, and how they are refused. */
const OWN: Readonly<
  Record<WireName, readonly (readonly [fields: object, code: RefusalCode, says: RegExp])[]>
> = {
  'anthropic-messages': [[said({ type: 'hologram' }), 'field_unknown', /hologram/]],
  'openai-chat': [
    [{ max_completion_tokens: 1.5 }, 'bad_request', /max_completion_tokens must be a whole number/],
    [{ max_tokens: 5 }, 'bad_request', /must be the same/],
    [{ n: 0 }, 'bad_request', /n must be/],
    [{ n: 2 ** 53 }, 'bad_request', /n must be/],
    [{ stream: 'yes' }, 'bad_request', /stream must be true or false/],
    [{ messages: 'hi' }, 'bad_request', /messages must be a list/],
    [{ tools: {} }, 'bad_request', /tools and functions must be lists/],
    [said({ type: 'hologram' }), 'field_unknown', /hologram/],
    [tool({ type: 'teleport' }), 'field_unknown', /teleport/],
    [tool({ type: 'web_search' }), 'capability_off', /web_search/],
    [said({ type: 'image_url', image_url: { url: 'https://x' } }), 'capability_off', /image_url/],
    [{ store: true }, 'capability_off', /store/],
    [{ service_tier: 'priority' }, 'capability_off', /service_tier/],
  ],
  'openai-responses': [
    [{ max_output_tokens: -1 }, 'bad_request', /max_output_tokens must be a whole number/],
    [{ max_output_tokens: '5' }, 'bad_request', /max_output_tokens must be a whole number/],
    [{ stream: 1 }, 'bad_request', /stream must be true or false/],
    [{ input: 5 }, 'bad_request', /input must be text or a list of items/],
    [{ instructions: {} }, 'bad_request', /instructions must be text/],
    [{ tools: {} }, 'bad_request', /tools must be a list/],
    [put({ type: 'hologram' }), 'field_unknown', /hologram/],
    [tool({ type: 'teleport' }), 'field_unknown', /teleport/],
    [tool({ type: 'mcp', server_url: 'https://x' }), 'capability_off', /mcp/],
    [put({ type: 'input_image', image_url: 'https://x' }), 'capability_off', /image_url/],
    [{ previous_response_id: 'resp_1' }, 'capability_off', /previous_response_id/],
    [{ background: true }, 'capability_off', /background/],
    [{ store: true }, 'capability_off', /store/],
  ],
  'openai-embeddings': [
    [{ input: 5 }, 'bad_request', /input must be/],
    [{ input: ['a', 1] }, 'bad_request', /input must be/],
    [{ input: [[1.5]] }, 'bad_request', /input must be/],
    [{ input: null }, 'bad_request', /input must be/],
    [{ input_type: 'query' }, 'field_unknown', /input_type/],
  ],
};

/** An error as this wire's clients read it. */
async function assertRefused(response: Response, wire: WireName, code: RefusalCode, says: RegExp) {
  const text = await response.text();
  const { status } = REFUSALS[code];
  // Clients of Responses ask again after 403.
  assert.equal(response.status, wire === 'openai-responses' && status === 403 ? 400 : status, text);
  assert.equal(response.headers.get('content-type'), 'application/json');
  const { error, tollgate } = JSON.parse(text) as {
    error: { type: string; message: string; code?: string };
    tollgate: { code: string };
  };
  assert.equal(tollgate.code, code, text);
  if (wire !== 'anthropic-messages') assert.equal(error.code, code);
  assert.match(error.message, /^\[tollgate\] \S/);
  assert.match(error.message, says);
}

for (const wire of WIRES) {
  const form = { wire, stream: false };
  const good = JSON.stringify(requestOf(form, 'hi'));
  const send = (body: string | Buffer, headers: Record<string, string> = {}) =>
    sidecar.send(body, { path: PATHS[wire], headers });

  describe(`a body on ${wire}`, () => {
    for (const [what, [body, code, says]] of Object.entries(unreadable(good))) {
      it(`is refused: ${what}`, async () => assertRefused(await send(body), wire, code, says));
    }

    for (const [fields, code, says] of OWN[wire]) {
      it(`is refused: ${JSON.stringify(fields)}`, async () => {
        const body = JSON.stringify({ ...requestOf(form, 'hi'), ...fields });
        await assertRefused(await send(body), wire, code, says);
      });
    }

    it('is refused when something stands behind the end of its encoding', async () => {
      const body = Buffer.concat([gzipSync(good), Buffer.from('{}')]);
      await assertRefused(
        await send(body, { 'content-encoding': 'gzip' }),
        wire,
        'bad_body',
        /after the end|not valid/,
      );
    });

    it('that is good passes, encoded or not, and nothing else has reached the provider', async () => {
      const before = upstream.requests.length;
      for (const [body, encoding] of [
        [good, 'identity'],
        [gzipSync(good), 'gzip'],
      ] as const) {
        const response = await send(body, { 'content-encoding': encoding });
        assert.equal(await response.text(), readOf(form));
      }
      const models = upstream.requests.map(
        ({ body }) => (JSON.parse(body.toString()) as { model: string }).model,
      );
      assert.deepEqual(models.slice(before), [CHEAP[wire], CHEAP[wire]]);
      assert.equal(before, 2 * WIRES.indexOf(wire));
    });
  });
}

describe('after all of that', () => {
  it('only the good calls were paid for, and the records are consistent', async () => {
    await sidecar.stop();
    const { leases } = assertConsistent(sidecar.state);
    assert.equal(leases.filter(({ state }) => state !== 'released').length, 2 * WIRES.length);
  });
});
