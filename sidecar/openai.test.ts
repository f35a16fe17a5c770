/** OpenAI's wires from an agent to a provider and back, byte for byte, paid for and recorded. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { DUMMY_KEY, PROVIDER_KEY } from '../test/support/keys.ts';
import { PLENTY, profile, provider } from '../test/support/policies.ts';
import { RawClient } from '../test/support/raw-client.ts';
import { jsonReply, RawUpstream, type Script, sseReply } from '../test/support/raw-upstream.ts';
import { startTestSidecar } from '../test/support/sidecar.ts';

const MODEL = 'gpt-5.4-mini';
const CHAT = { path: '/v1/chat/completions' };
const RESPONSES = { path: '/v1/responses' };

async function start(t: TestContext, script: Script, tools: object = { allow: [{ name: '*' }] }) {
  const upstream = await RawUpstream.start(t, script);
  const wires = ['openai-chat', 'openai-responses', 'openai-embeddings'];
  const policies = [PLENTY, profile({ tools }), provider(upstream.url, { wires }, 'openai')];
  return { upstream, sidecar: await startTestSidecar(t, { upstream: upstream.url, policies }) };
}

const call = (name: string, args: object) => ({
  id: `call_${name}`,
  type: 'function',
  function: { name, arguments: JSON.stringify(args) },
});

const completion = (message: object, reason = 'stop') => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: MODEL,
  choices: [{ index: 0, message: { role: 'assistant', content: null, ...message }, finish_reason: reason }],
  usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 },
});

const chunks = (...all: (object | string)[]) =>
  sseReply(all.map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`).join(''));

const piece = (delta: object, reason: string | null = null) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: MODEL,
  choices: [{ index: 0, delta, finish_reason: reason }],
});

/** gpt-5.4-mini: 0.75 and 4.5 dollars per million tokens. */
const COST = 100 * 750 + 10 * 4500;

describe('a chat completion', () => {
  it('goes out with its cap and comes back as it came; its usage is what is spent', async (t) => {
    const reply = completion({ content: 'hello' });
    const { upstream, sidecar } = await start(t, () => jsonReply(reply));
    const body = `{ "model" : "${MODEL}", "messages":[{"role":"user","content":"hi"}] }`;
    const response = await sidecar.send(body, CHAT);
    assert.equal(await response.text(), JSON.stringify(reply));
    assert.equal(response.headers.get('x-tollgate-cost-usd'), '0.00012');
    const [request] = upstream.requests;
    assert.equal(request?.line, 'POST /v1/chat/completions HTTP/1.1');
    const sent = JSON.parse(String(request?.body)) as Record<string, unknown>;
    assert.deepEqual(Object.keys(sent), ['max_completion_tokens', 'model', 'messages']);
    const headers = new Map(request?.headers);
    assert.equal(headers.get('authorization'), `Bearer ${PROVIDER_KEY}`);
    const { closed, leases } = await sidecar.recorded(({ closed }) => closed.length === 1);
    assert.equal(closed[0]?.amounts.usd, COST);
    assert.equal(leases[0]?.state, 'settled');
  });

  it('loses a denied tool call, keeps the others, and the agent reads why', async (t) => {
    const calls = [call('shell', { cmd: 'ls' }), call('look', {})];
    const { sidecar } = await start(t, () => jsonReply(completion({ tool_calls: calls }, 'tool_calls')), {
      allow: [{ name: 'look' }],
    });
    const response = await sidecar.send(JSON.stringify({ model: MODEL, messages: [] }), CHAT);
    const { choices } = (await response.json()) as {
      choices: { message: { content: string; tool_calls: unknown[] }; finish_reason: string }[];
    };
    assert.deepEqual(choices[0]?.message.tool_calls, [call('look', {})]);
    assert.match(choices[0]?.message.content ?? '', /\[tollgate\].*shell was not allowed/);
    assert.equal(choices[0]?.finish_reason, 'tool_calls');
  });

  it('streams without the chunk of usage that only Tollgate asked for, and with it where the agent did', async (t) => {
    const parts = [piece({ role: 'assistant', content: 'he' }), piece({ content: 'y' }), piece({}, 'stop')];
    const usage = { ...piece({}), choices: [], usage: completion({}).usage };
    const { upstream, sidecar } = await start(t, () => chunks(...parts, usage, '[DONE]'));
    const ask = (more: object) =>
      sidecar.send(JSON.stringify({ model: MODEL, messages: [], stream: true, ...more }), CHAT);
    const without = await (await ask({})).text();
    assert.deepEqual(without.match(/\[DONE\]|"usage"/g), ['[DONE]']);
    const included = await (await ask({ stream_options: { include_usage: true } })).text();
    assert.deepEqual(included.match(/\[DONE\]|"usage"/g), ['"usage"', '[DONE]']);
    for (const { body } of upstream.requests) {
      assert.deepEqual(JSON.parse(String(body)).stream_options, { include_usage: true });
    }
    const { closed } = await sidecar.recorded(({ closed }) => closed.length === 2);
    assert.deepEqual(
      closed.map(({ amounts }) => amounts.usd),
      [COST, COST],
    );
  });
});

describe('a WebSocket', () => {
  it('is answered 426, with which Codex goes on by POST at once, and is no exchange', async (t) => {
    const { sidecar } = await start(t, () => jsonReply({}));
    const client = await RawClient.connect(t, sidecar.port);
    const head = ['GET /v1/responses HTTP/1.1', `host: 127.0.0.1:${sidecar.port}`, `x-api-key: ${DUMMY_KEY}`];
    const upgrade = ['connection: Upgrade', 'upgrade: websocket', 'sec-websocket-version: 13'];
    await client.send(`${[...head, ...upgrade].join('\r\n')}\r\n\r\n`);
    const reply = await client.reply();
    assert.equal(reply.status, 426);
    assert.match(reply.body.toString(), /by POST.*no_websocket/);
    assert.deepEqual(sidecar.records().closed, []);
  });
});

describe('a response', () => {
  const message = { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed' };
  const response = {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    status: 'completed',
    model: MODEL,
    output: [{ ...message, content: [{ type: 'output_text', text: 'hello', annotations: [] }] }],
    usage: { input_tokens: 100, output_tokens: 10, total_tokens: 110 },
  };

  it('goes out with its cap and the wish that nothing is kept, and comes back as it came', async (t) => {
    const { upstream, sidecar } = await start(t, () => jsonReply(response));
    const reply = await sidecar.send(JSON.stringify({ model: MODEL, input: 'hi' }), RESPONSES);
    assert.equal(await reply.text(), JSON.stringify(response));
    const sent = JSON.parse(String(upstream.requests[0]?.body)) as Record<string, unknown>;
    assert.equal(sent.store, false);
    assert.equal(typeof sent.max_output_tokens, 'number');
    const { closed } = await sidecar.recorded(({ closed }) => closed.length === 1);
    assert.equal(closed[0]?.amounts.usd, COST);
  });

  it('is refused with a status that no client asks again for, or as words where an agent reads them', async (t) => {
    const { sidecar } = await start(t, () => jsonReply(response));
    const body = JSON.stringify({ model: 'gpt-of-nobody', input: 'hi' });
    const asError = await sidecar.send(body, RESPONSES);
    assert.equal(asError.status, 400);
    const { error } = (await asError.json()) as { error: { code: string } };
    assert.equal(error.code, 'price_unknown');
  });
});
