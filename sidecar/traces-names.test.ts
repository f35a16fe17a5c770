/** What spans say of a reply by its own words: on every wire, streamed and not, and from providers that mean no good. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { PROVIDER_KEY } from '../test/support/keys.ts';
import { OtlpReceiver } from '../test/support/otlp-receiver.ts';
import { PLENTY, profile, provider } from '../test/support/policies.ts';
import { jsonReply, MESSAGE, RawUpstream, sseReply } from '../test/support/raw-upstream.ts';
import { startTestSidecar } from '../test/support/sidecar.ts';

const GPT = 'gpt-5.4-mini';
const EMBEDDER = 'text-embedding-3-small';
const TOKENS = { prompt_tokens: 10, completion_tokens: 1, total_tokens: 11 };
const COMPLETION = { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: `${GPT}-2026-03-01` };
const CHOICE = { index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' };
const RESPONSE = { id: 'resp_1', object: 'response', status: 'completed', model: GPT, output: [] };
const USED = { input_tokens: 10, output_tokens: 1, total_tokens: 11 };
const events = (...all: readonly object[]) =>
  sseReply(all.map((one) => `data: ${JSON.stringify(one)}\n\n`).join(''));

async function start(t: TestContext) {
  const receiver = await OtlpReceiver.start(t);
  const upstream = await RawUpstream.start(t);
  const wires = ['anthropic-messages', 'openai-chat', 'openai-responses', 'openai-embeddings'];
  const prices = [{ model: '*', input: 1, output: 1 }];
  const sidecar = await startTestSidecar(t, {
    upstream: upstream.url,
    policies: [PLENTY, profile({}), provider(upstream.url, { wires, prices })],
    config: { environment: { ANTHROPIC_API_KEY: PROVIDER_KEY, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } },
  });
  return {
    /** One exchange, whose provider answers so. */
    async ask(path: string, body: object, answer: Buffer): Promise<void> {
      upstream.script = () => answer;
      await (await sidecar.send(JSON.stringify(body), { path })).text();
    },
    /** @returns the names in the span of each exchange, when all are over */
    async named(): Promise<unknown[]> {
      await sidecar.stop();
      assert.ok(!JSON.stringify(receiver.spans).includes(PROVIDER_KEY));
      const said = (attributes: Readonly<Record<string, unknown>>) =>
        ['id', 'model', 'finish_reasons'].map((name) => attributes[`gen_ai.response.${name}`]);
      return receiver.spans.map(({ attributes }) => said(attributes));
    },
  };
}

const CHAT = { model: GPT, messages: [{ role: 'user', content: 'hi' }] };
const MESSAGES = { model: 'claude-haiku-4-5', max_tokens: 100, messages: CHAT.messages };

describe('a span', () => {
  it('has id, model and finish reasons of its reply, on every wire', async (t) => {
    const { ask, named } = await start(t);
    const message = ['msg_01', 'claude-haiku-4-5', ['end_turn']];
    const completion = ['chatcmpl-1', `${GPT}-2026-03-01`, ['stop']];
    const response = ['resp_1', GPT, ['completed']];
    const chunk = { ...COMPLETION, choices: [{ index: 0, delta: { content: 'x' }, finish_reason: 'stop' }] };
    const cases: [string, object, Buffer, unknown][] = [
      ['/v1/messages', MESSAGES, jsonReply(MESSAGE), message],
      [
        '/v1/messages',
        { ...MESSAGES, stream: true },
        events(
          { type: 'message_start', message: { ...MESSAGE, content: [], stop_reason: null } },
          { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
          { type: 'message_stop' },
        ),
        message,
      ],
      [
        '/v1/chat/completions',
        CHAT,
        jsonReply({ ...COMPLETION, choices: [CHOICE], usage: TOKENS }),
        completion,
      ],
      [
        '/v1/chat/completions',
        { ...CHAT, stream: true },
        events(chunk, { ...chunk, choices: [], usage: TOKENS }),
        completion,
      ],
      ['/v1/responses', { model: GPT, input: 'hi' }, jsonReply({ ...RESPONSE, usage: USED }), response],
      [
        '/v1/responses',
        { model: GPT, input: 'hi', stream: true },
        events(
          { type: 'response.created', response: { ...RESPONSE, status: 'in_progress' } },
          { type: 'response.completed', response: { ...RESPONSE, usage: USED } },
        ),
        response,
      ],
      [
        '/v1/embeddings',
        { model: EMBEDDER, input: 'hi' },
        jsonReply({
          object: 'list',
          model: EMBEDDER,
          data: [{ embedding: [1] }],
          usage: { prompt_tokens: 1 },
        }),
        [undefined, EMBEDDER, undefined],
      ],
    ];
    for (const [path, body, answer] of cases) await ask(path, body, answer);
    assert.deepEqual(
      await named(),
      cases.map(([, , , expected]) => expected),
    );
  });

  it('has none that could do harm, and never the provider’s key, however it is escaped', async (t) => {
    const { ask, named } = await start(t);
    const odd = { ...MESSAGE, id: 'a\nb', model: 'x'.repeat(999) };
    await ask('/v1/messages', MESSAGES, jsonReply(odd));
    const escaped = [...PROVIDER_KEY]
      .map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join('');
    for (const key of [PROVIDER_KEY, escaped]) {
      const body = JSON.stringify({ ...MESSAGE, id: 'KEY' }).replace('KEY', key);
      await ask('/v1/messages', MESSAGES, jsonReply(Buffer.from(body)));
      const begin = JSON.stringify({
        type: 'message_start',
        message: { ...MESSAGE, content: [], id: 'KEY' },
      });
      const stream = sseReply(`data: ${begin.replace('KEY', key)}\n\ndata: {"type":"message_stop"}\n\n`);
      await ask('/v1/messages', { ...MESSAGES, stream: true }, stream);
    }
    const none = [undefined, undefined, undefined];
    assert.deepEqual(await named(), [[undefined, undefined, ['end_turn']], none, none, none, none]);
  });

  it('of a call that got no reply has none', async (t) => {
    const { ask, named } = await start(t);
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'no' } };
    await ask('/v1/messages', MESSAGES, jsonReply(MESSAGE));
    await ask('/v1/messages', MESSAGES, jsonReply(error, 529));
    const [, failed] = await named();
    assert.deepEqual(failed, [undefined, undefined, undefined]);
  });
});
