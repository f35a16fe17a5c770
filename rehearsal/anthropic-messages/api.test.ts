import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import type { Rehearsal } from '../server.ts';
import { startRehearsal } from '../server.ts';

const billFile = join(mkdtempSync(join(tmpdir(), 'rehearsal-')), 'bill.ndjson');
const rehearsal: Rehearsal = await startRehearsal({ paceMs: 0, billFile });
const client = new Anthropic({ apiKey: 'any', baseURL: rehearsal.url, maxRetries: 0 });
after(() => rehearsal.close());

const model = 'claude-opus-5-5';
const bash = {
  name: 'Bash',
  input_schema: {
    type: 'object' as const,
    required: ['command'],
    properties: { command: { type: 'string' } },
  },
};
const ask = (content: string) => ({
  model,
  max_tokens: 1000,
  messages: [{ role: 'user' as const, content }],
});

test('a message that is not streamed has the API shape and is billed', async () => {
  const message = await client.messages.create(ask('/say hello'));
  assert.equal(message.role, 'assistant');
  assert.equal(message.model, model);
  assert.equal(message.stop_reason, 'end_turn');
  assert.deepEqual(message.content, [{ type: 'text', text: '[rehearsal] hello' }]);
  assert.deepEqual(message.usage, {
    input_tokens: 3,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: 5,
    service_tier: 'standard',
    inference_geo: 'global',
    output_tokens_details: { thinking_tokens: 0 },
  });
  const line = rehearsal.bill().at(-1);
  assert.equal(line?.id, message.id);
  assert.equal(line?.nanoUsd, 3 * 4000 + 5 * 20_000);
  assert.deepEqual([line?.stream, line?.ended], [false, 'complete']);
});

test('a streamed message adds up to the same, and the bill is there when it ends', async () => {
  const stream = client.messages.stream(
    ask('/think let me see\n/tool Bash {"command":"echo ü"}\n/also Bash {"command":"ls"}'),
  );
  const seen: string[] = [];
  stream.on('streamEvent', (event) => seen.push(event.type));
  const message = await stream.finalMessage();
  assert.deepEqual(
    message.content.map(({ type }) => type),
    ['thinking', 'text', 'tool_use', 'tool_use'],
  );
  const calls = message.content.filter((block) => block.type === 'tool_use');
  assert.deepEqual(
    calls.map(({ input }) => input),
    [{ command: 'echo ü' }, { command: 'ls' }],
  );
  assert.equal(message.stop_reason, 'tool_use');
  assert.equal(seen[0], 'message_start');
  assert.deepEqual(seen.slice(-2), ['message_delta', 'message_stop']);
  const line = rehearsal.bill().at(-1);
  assert.deepEqual(
    [line?.id, line?.outputTokens, line?.ended],
    [message.id, message.usage.output_tokens, 'complete'],
  );
  assert.ok((message.usage.output_tokens_details?.thinking_tokens ?? 0) > 0);
});

test('a whole tool loop runs: a call, its result, thinking sent back, an answer', async () => {
  const messages: Anthropic.MessageParam[] = [
    { role: 'user', content: '/think hm\n/tool Bash {"command":"pwd"}' },
  ];
  const first = await client.messages.create({ model, max_tokens: 1000, tools: [bash], messages });
  const call = first.content.find((block) => block.type === 'tool_use');
  assert.ok(call);
  messages.push({ role: 'assistant', content: first.content });
  messages.push({ role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: '/home' }] });
  const second = await client.messages.create({ model, max_tokens: 1000, tools: [bash], messages });
  assert.deepEqual(second.content, [{ type: 'text', text: '[rehearsal] done' }]);
});

test('the tool runner of the SDK comes to its end without a directive', async () => {
  const ran: unknown[] = [];
  const runner = client.beta.messages.toolRunner({
    ...ask('hi'),
    tools: [{ ...bash, type: 'custom', run: (input) => `ran ${ran.push(input)}`, parse: (input) => input }],
  });
  const last = await runner.runUntilDone();
  assert.equal(ran.length, 1);
  assert.deepEqual(last.content, [
    { type: 'text', text: '[rehearsal] All done. The tool answered: "ran 1".' },
  ]);
});

test('max_tokens cuts the answer, /ignore-cap does not care', async () => {
  const cut = await client.messages.stream({ ...ask('/tokens 500'), max_tokens: 10 }).finalMessage();
  assert.deepEqual([cut.stop_reason, cut.usage.output_tokens], ['max_tokens', 10]);
  const args = await client.messages.create({
    ...ask('/tool Bash {"command":"a long one, too long"}'),
    max_tokens: 9,
  });
  assert.equal(args.stop_reason, 'max_tokens');
  const over = await client.messages.stream({ ...ask('/ignore-cap 500'), max_tokens: 10 }).finalMessage();
  assert.deepEqual([over.stop_reason, over.usage.output_tokens], ['end_turn', 500]);
  assert.equal(rehearsal.bill().at(-1)?.outputTokens, 500);
  const none = await client.messages.create({ ...ask('hi'), max_tokens: 0 });
  assert.deepEqual([none.content, none.stop_reason, none.usage.output_tokens], [[], 'max_tokens', 0]);
});

test('a stop sequence ends the answer before it', async () => {
  const message = await client.messages.create({
    ...ask('/say one two three'),
    stop_sequences: ['zzz', ' two'],
  });
  assert.deepEqual([message.stop_reason, message.stop_sequence], ['stop_sequence', ' two']);
  assert.deepEqual(message.content, [{ type: 'text', text: '[rehearsal] one' }]);
});

test('/bill reports and bills exactly what it says', async () => {
  const bill =
    '/bill input=1000 output=2000 cache_read=3000 cache_write_5m=400 cache_write_1h=500 geo=us\n/say a';
  const { usage } = await client.messages.stream(ask(bill)).finalMessage();
  assert.deepEqual(
    [
      usage.input_tokens,
      usage.output_tokens,
      usage.cache_read_input_tokens,
      usage.cache_creation_input_tokens,
    ],
    [1000, 2000, 3000, 900],
  );
  assert.deepEqual(usage.cache_creation, { ephemeral_5m_input_tokens: 400, ephemeral_1h_input_tokens: 500 });
  assert.equal(usage.inference_geo, 'us');
  const base = 1000 * 4000 + 2000 * 20_000 + 3000 * 200 + 400 * 5000 + 500 * 8000;
  assert.deepEqual(
    [rehearsal.bill().at(-1)?.nanoUsd, rehearsal.bill().at(-1)?.geo],
    [(base * 11) / 10, 'us'],
  );
});

test('prompt caching writes, then reads', async () => {
  const system = [
    { type: 'text' as const, text: 'x'.repeat(4000), cache_control: { type: 'ephemeral' as const } },
  ];
  const first = await client.messages.create({ ...ask('/say a'), system });
  const second = await client.messages.stream({ ...ask('/say a'), system }).finalMessage();
  assert.deepEqual([first.usage.cache_creation_input_tokens, first.usage.cache_read_input_tokens], [1000, 0]);
  assert.deepEqual(
    [second.usage.cache_creation_input_tokens, second.usage.cache_read_input_tokens],
    [0, 1000],
  );
  assert.equal(second.usage.input_tokens, 2);
});

test('tokens are counted without a bill, and models are listed', async () => {
  const sold = rehearsal.bill().length;
  const count = await client.messages.countTokens({
    model,
    messages: [{ role: 'user', content: 'x'.repeat(99) }],
  });
  assert.deepEqual(count, { input_tokens: 25 });
  const ids: string[] = [];
  for await (const listed of client.models.list()) ids.push(listed.id);
  assert.deepEqual(ids, [
    'claude-opus-5-5',
    'claude-sonnet-5',
    'claude-sonnet-4-6',
    'claude-sonnet-4-5',
    'claude-haiku-4-5',
  ]);
  assert.equal((await client.models.retrieve('claude-haiku-4-5-20251001')).id, 'claude-haiku-4-5-20251001');
  await assert.rejects(client.models.retrieve('gpt-4'), Anthropic.NotFoundError);
  assert.equal(rehearsal.bill().length, sold);
});

test('wrong requests raise the classes of the SDK, with an id', async () => {
  const wrong = client.messages.create({ ...ask('hi'), max_tokens: -1 });
  await assert.rejects(wrong, (error) => {
    assert.ok(error instanceof Anthropic.BadRequestError);
    assert.equal(error.apiMessage, 'max_tokens: Input should be greater than or equal to 0');
    assert.match(String(error.requestID), /^req_01/);
    return true;
  });
  await assert.rejects(
    client.messages.create({ ...ask('hi'), model: 'claude-nope' }),
    Anthropic.NotFoundError,
  );
  await assert.rejects(client.get('/v1/nowhere'), Anthropic.NotFoundError);
  const { response } = await client.messages.create(ask('hi')).withResponse();
  assert.equal(response.headers.get('anthropic-ratelimit-requests-limit'), '4000');
});

test('a key is asked for when there is one, and x-api-key goes before a bearer token', async () => {
  const locked = await startRehearsal({ paceMs: 0, apiKey: 'right' });
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(`${locked.url}/v1/models`, { headers })).status;
  assert.equal(await status({ 'x-api-key': 'right' }), 200);
  assert.equal(await status({ authorization: 'Bearer right' }), 200);
  assert.equal(await status({ authorization: 'Bearer right', 'x-api-key': 'wrong' }), 401);
  assert.equal(await status({}), 401);
  const stranger = new Anthropic({ apiKey: 'wrong', baseURL: locked.url, maxRetries: 0 });
  await assert.rejects(stranger.messages.create(ask('hi')), Anthropic.AuthenticationError);
  assert.equal(locked.bill().length, 0);
  await locked.close();
});

test('requests are kept as they came, byte for byte', async () => {
  const body =
    '{ "model":"claude-sonnet-5",\n"max_tokens":10,"messages":[{"role":"user","content":"\\u0068i"}] }';
  const headers = { 'anthropic-version': '2023-06-01', 'X-Mixed-Case': 'yes' };
  await fetch(`${rehearsal.url}/v1/messages?beta=true`, { method: 'POST', headers, body });
  const seen = rehearsal.requests().at(-1);
  assert.equal(seen?.body.toString(), body);
  assert.deepEqual([seen?.method, seen?.url], ['POST', '/v1/messages?beta=true']);
  assert.ok(seen?.rawHeaders.some((name) => name.toLowerCase() === 'x-mixed-case'));
  assert.ok(Date.now() - (seen?.startedAt ?? 0) < 10_000);
});

test('the bill file has every line of the bill', () => {
  const lines = readFileSync(billFile, 'utf8').trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    rehearsal.bill(),
  );
});
