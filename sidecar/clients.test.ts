import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { claudeCode } from '../core/agents/claude-code.ts';
import { DUMMY_KEY } from '../test/support/keys.ts';
import { fileScope } from '../test/support/output.ts';
import { budget, PLENTY, profile } from '../test/support/policies.ts';
import { assertRefused } from '../test/support/refused.ts';
import { MODEL, startTestSidecar, type TestSidecar } from '../test/support/sidecar.ts';

const scope = fileScope();
const CLI = { 'user-agent': 'claude-cli/2.1.330 (external, sdk-cli)' };
const ask = { model: MODEL, max_tokens: 1024, messages: [{ role: 'user' as const, content: '/say hi' }] };
const forbidden = { ...ask, model: 'claude-opus-4-1' };
const SCHEMA = { type: 'object', properties: {}, additionalProperties: false };
const structured = { output_config: { format: { type: 'json_schema', schema: SCHEMA } } };

let sidecar: TestSidecar;
before(async () => {
  const policies = [PLENTY, profile({ models: { allow: ['claude-haiku-*'] } })];
  sidecar = await startTestSidecar(scope, { policies });
});

const client = (to: TestSidecar, headers: Record<string, string> = {}, maxRetries = 2) =>
  new Anthropic({ apiKey: DUMMY_KEY, baseURL: to.url, maxRetries, defaultHeaders: headers });

describe('a program on the official SDK', () => {
  it('works as without Tollgate, streamed and not', async () => {
    const message = await client(sidecar).messages.create(ask);
    assert.deepEqual(message.content, [{ type: 'text', text: '[rehearsal] hi' }]);
    const stream = client(sidecar).messages.stream(ask);
    assert.deepEqual((await stream.finalMessage()).content, message.content);
    const counted = await client(sidecar).messages.countTokens({ model: MODEL, messages: ask.messages });
    assert.ok(counted.input_tokens > 0);
    const models = await client(sidecar).models.list();
    assert.ok(models.data.length > 1);
    await sidecar.closed(4);
    const { closed, opened } = sidecar.records();
    assert.deepEqual(
      opened.map(({ endpoint }) => endpoint),
      ['messages', 'messages', 'count_tokens', 'models'],
    );
    assert.deepEqual(
      closed.map(({ outcome, amounts }) => [outcome, amounts.requests]),
      [
        ['settled', 1],
        ['settled', 1],
        ['settled', 1],
        ['settled', 0],
      ],
    );
  });

  for (const stream of [false, true]) {
    it(`gets a refusal as a typed error, and does not ask again (${stream ? '' : 'not '}streamed)`, async () => {
      const before = sidecar.records().closed.length;
      const error = await client(sidecar)
        .messages.create({ ...forbidden, stream })
        .then(
          () => assert.fail('it was not refused'),
          (reason: unknown) => reason,
        );
      assert.ok(error instanceof Anthropic.PermissionDeniedError);
      assert.equal(error.status, 403);
      assert.match(
        error.message,
        /\[tollgate\] The model claude-opus-4-1 is not allowed by the ToolProfile test/,
      );
      await sidecar.closed(before + 1);
      assert.equal(sidecar.records().closed.length, before + 1);
    });
  }

  it('gets a 429 with Retry-After from a rate, once waiting is known to be of no use', async (t) => {
    const slow = await startTestSidecar(t, {
      policies: [PLENTY, budget({ rates: [{ name: 'pace', requestsPerMinute: 1 }] }), profile({})],
    });
    await client(slow).messages.create(ask);
    const error = await client(slow, {}, 0)
      .messages.create(ask)
      .then(
        () => assert.fail('it was not refused'),
        (reason: unknown) => reason,
      );
    assert.ok(error instanceof Anthropic.RateLimitError);
    assert.match(error.message, /local\/test\/pace allows 1 request per minute/);
    const seconds = Number(error.headers.get('retry-after'));
    assert.ok(seconds > 55 && seconds <= 61, `${seconds}`);
    assert.equal(error.headers.get('x-should-retry'), null);
  });

  it('gets an error in the middle of a stream as an exception', async () => {
    const reading = client(sidecar).messages.stream({
      ...ask,
      messages: [{ role: 'user', content: '/fault cut' }],
    });
    await assert.rejects(reading.done(), /\[tollgate\] The provider broke off in the middle/);
  });
});

describe('an agent that is a command', () => {
  for (const [how, headers, agent] of [
    ['recognised by its user agent', CLI, undefined],
    ['started by run, whatever its user agent', {}, claudeCode],
  ] as const) {
    it(`${how}, gets a refusal as a normal message`, async (t) => {
      const other = await startTestSidecar(t, {
        policies: [PLENTY, profile({ models: { allow: ['claude-haiku-*'] } })],
        ...(agent ? { agent } : {}),
      });
      const plain = client(other, headers);
      const message = await plain.messages.create(forbidden);
      assert.deepEqual(
        [message.stop_reason, message.model, message.role],
        ['end_turn', 'claude-opus-4-1', 'assistant'],
      );
      const [block] = message.content;
      assert.match(
        block?.type === 'text' ? block.text : '',
        /^\[tollgate\] The model claude-opus-4-1 is not allowed/,
      );
      const streamed = await plain.messages.stream(forbidden).finalMessage();
      assert.match(JSON.stringify(streamed.content), /\[tollgate\] The model claude-opus-4-1 is not allowed/);
      assert.deepEqual(streamed.usage.output_tokens, 0);
      await other.closed(2);
      const { closed } = other.records();
      assert.deepEqual(
        closed.map(({ status, verdict, code }) => [status, verdict, code]),
        [
          [200, 'deny', 'model_not_allowed'],
          [200, 'deny', 'model_not_allowed'],
        ],
      );
      const response = await other.send(JSON.stringify(forbidden), { headers });
      assert.equal(response.headers.get('x-tollgate-verdict'), 'deny');
      assert.equal(response.headers.get('content-type'), 'application/json');
    });
  }

  it('gets a status where a message would break what reads it: structured output, counting, listing', async () => {
    const send = (body: object, path?: string) =>
      sidecar.send(JSON.stringify(body), { headers: CLI, ...(path ? { path } : {}) });
    await assertRefused(await send({ ...forbidden, ...structured }), 'model_not_allowed');
    await assertRefused(await send({ ...forbidden, ...structured, stream: true }), 'model_not_allowed');
    await assertRefused(
      await send({ ...forbidden, max_tokens: undefined }, '/v1/messages/count_tokens'),
      'model_not_allowed',
    );
    const model = await sidecar.send(undefined, {
      method: 'GET',
      path: '/v1/models/claude-opus-4-1',
      headers: CLI,
    });
    assert.equal(model.status, 404);
  });

  it('gets a status where its request cannot be understood, or something broke', async () => {
    await assertRefused(await sidecar.send('{', { headers: CLI }), 'bad_body');
    await assertRefused(await sidecar.ask('/fault html200', {}, { headers: CLI }), 'upstream_garbage');
  });

  it('gets the error of a provider unchanged', async () => {
    const response = await sidecar.ask('/fault http529', { stream: true }, { headers: CLI });
    assert.equal(response.status, 529);
    assert.match(
      await response.text(),
      /^\{"type":"error","error":\{"type":"overloaded_error","message":"Overloaded"\}/,
    );
  });
});

describe('policies that only observe', () => {
  it('refuse nothing, and say so in a header and in the records', async (t) => {
    const observing = await startTestSidecar(t, {
      policies: [
        PLENTY,
        profile({ enforce: false, models: { allow: ['none'] }, tools: { deny: [{ name: '*' }] } }),
      ],
    });
    const response = await observing.ask('/tool Bash {"command":"ls"}');
    assert.equal(response.headers.get('x-tollgate-verdict'), 'observe');
    assert.match(await response.text(), /"tool_use"/);
    const closed = await observing.closed(1);
    assert.deepEqual(observing.records().opened[0]?.observed, ['model_not_allowed']);
    assert.deepEqual(closed.calls, [
      { name: 'Bash', class: 'other', verdict: 'observed', code: 'tool_not_allowed' },
    ]);
  });
});
