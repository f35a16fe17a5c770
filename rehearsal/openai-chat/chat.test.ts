import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import type { JsonObject } from '../json.ts';
import { ask, at, dataOf } from '../openai/testing.ts';
import { startRehearsal } from '../server.ts';

const rehearsal = await startRehearsal({ paceMs: 0 });
after(() => rehearsal.close());

const bodyOf = (content: string, more: object = {}): object => ({
  model: 'gpt-5.4',
  messages: [{ role: 'user', content }],
  ...more,
});
const whole = async (content: string, more: object = {}): Promise<JsonObject> =>
  JSON.parse((await ask(rehearsal, 'chat/completions', bodyOf(content, more))).text);
const stream = async (content: string, more: object = {}): Promise<string> =>
  (await ask(rehearsal, 'chat/completions', bodyOf(content, { stream: true, ...more }))).text;
const withUsage = { stream_options: { include_usage: true } };
const details = { audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 };

test('a completion that is not streamed has the API shape and is billed', async () => {
  const { id, created, ...rest } = await whole('/say hello');
  assert.match(String(id), /^chatcmpl-\w{29}$/);
  assert.ok(Math.abs(Number(created) - Date.now() / 1000) < 60);
  const message = { role: 'assistant', content: '[rehearsal] hello', refusal: null, annotations: [] };
  assert.deepEqual(rest, {
    object: 'chat.completion',
    model: 'gpt-5.4',
    choices: [{ index: 0, message, logprobs: null, finish_reason: 'stop' }],
    usage: {
      prompt_tokens: 3,
      completion_tokens: 5,
      total_tokens: 8,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0, cache_write_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0, ...details },
    },
    service_tier: 'default',
    system_fingerprint: 'fp_rehearsal',
  });
  const line = rehearsal.bill().at(-1);
  assert.deepEqual([line?.id, line?.model, line?.stream, line?.ended], [id, 'gpt-5.4', false, 'complete']);
  assert.deepEqual([line?.inputTokens, line?.outputTokens, line?.nanoUsd], [3, 5, 3 * 2500 + 5 * 15_000]);
});

test('a stream keeps to the grammar of chunks, and has its usage only when it was asked for', async () => {
  const sse = await stream('/chunk 4\n/tool Bash {"command":"ls"}\n/also List');
  assert.match(sse, /^(data: \{.*\}\n\n)+data: \[DONE\]\n\n$/);
  const chunks = dataOf(sse);
  const [id, created] = [chunks[0]?.id, chunks[0]?.created];
  for (const { object, choices: _choices, obfuscation, ...rest } of chunks) {
    assert.equal(object, 'chat.completion.chunk');
    assert.match(String(obfuscation), /^[a-z]{1,16}$/);
    const same = { model: 'gpt-5.4', service_tier: 'default', system_fingerprint: 'fp_rehearsal' };
    assert.deepEqual(rest, { id, created, ...same });
  }
  const deltas = chunks.map((chunk) => at(chunk, 'choices', 0, 'delta') as JsonObject);
  assert.deepEqual(deltas[0], { role: 'assistant', content: '', refusal: null });
  const says = deltas.map(({ content }) => content ?? '').join('');
  assert.equal(says, '[rehearsal] I call Bash.');
  const calls = deltas.flatMap(({ tool_calls: list }) => (Array.isArray(list) ? list : []));
  const starts = calls.filter((call) => call.id !== undefined);
  assert.deepEqual(
    starts.map(({ index, type, function: fn }) => ({ index, type, fn })),
    [
      { index: 0, type: 'function', fn: { name: 'Bash', arguments: '' } },
      { index: 1, type: 'function', fn: { name: 'List', arguments: '' } },
    ],
  );
  assert.match(starts[0].id, /^call_\w{24}$/);
  const args = (index: number): string =>
    calls.map((call) => (call.index === index ? call.function.arguments : '')).join('');
  assert.deepEqual([args(0), args(1)], ['{"command":"ls"}', '{}']);
  assert.ok(calls.length > 5, 'arguments come in pieces');
  const reasons = chunks.map((chunk) => at(chunk, 'choices', 0, 'finish_reason'));
  assert.deepEqual(
    reasons.filter((reason) => reason !== null),
    ['tool_calls'],
  );
  assert.equal(reasons.at(-1), 'tool_calls');
  assert.equal(rehearsal.bill().at(-1)?.ended, 'complete');
});

test('with include_usage each chunk has one that is null, and a last one without choices has the usage', async () => {
  const chunks = dataOf(await stream('/say hello', withUsage));
  assert.deepEqual(
    chunks.slice(0, -1).map(({ usage }) => usage),
    chunks.slice(1).map(() => null),
  );
  assert.deepEqual(chunks.at(-1)?.choices, []);
  const billed = rehearsal.bill().at(-1);
  assert.deepEqual(
    [at(chunks.at(-1), 'usage', 'prompt_tokens'), at(chunks.at(-1), 'usage', 'completion_tokens')],
    [billed?.inputTokens, billed?.outputTokens],
  );
  const plain = { include_obfuscation: false };
  assert.doesNotMatch(await stream('/say hello', { stream_options: plain }), /obfuscation|usage/);
});

test('thinking is counted, and not shown', async () => {
  const { choices, usage } = await whole('/think let me see\n/say hello');
  assert.equal(at(choices, 0, 'message', 'content'), '[rehearsal] hello');
  // "[rehearsal] let me see" has 22 bytes, "[rehearsal] hello" 17.
  assert.equal(at(usage, 'completion_tokens'), 10);
  assert.equal(at(usage, 'completion_tokens_details', 'reasoning_tokens'), 6);
});

test('calls are of the kind their tool was offered as, and a text makes one that takes text', async () => {
  const tools = [
    { type: 'custom', custom: { name: 'sql' } },
    { type: 'function', function: { name: 'add' } },
  ];
  const said = '/tool sql {"a":1}\n/also add {"b":2}\n/also patch "*** ü\\n"';
  const calls = at(await whole(said, { tools }), 'choices', 0, 'message', 'tool_calls') as JsonObject[];
  assert.deepEqual(
    calls.map(({ id: _id, ...call }) => call),
    [
      { type: 'custom', custom: { name: 'sql', input: '{"a":1}' } },
      { type: 'function', function: { name: 'add', arguments: '{"b":2}' } },
      { type: 'custom', custom: { name: 'patch', input: '*** ü\n' } },
    ],
  );
  const deltas = dataOf(await stream('/tool patch "*** ü\\n"')).map((chunk) =>
    at(chunk, 'choices', 0, 'delta'),
  );
  const pieces = deltas.map((delta) => at(delta, 'tool_calls', 0, 'custom', 'input') ?? '');
  assert.equal(pieces.join(''), '*** ü\n');
  assert.equal(at(deltas[0], 'content'), '');
});

test('an answer of calls alone has no content', async () => {
  const tools = [{ type: 'function', function: { name: 'add' } }];
  const more = { tools, tool_choice: { type: 'function', function: { name: 'add' } } };
  assert.equal(at(await whole('/say no', more), 'choices', 0, 'message', 'content'), null);
  assert.equal(at(dataOf(await stream('/say no', more))[0], 'choices', 0, 'delta', 'content'), null);
});

test('either cap cuts the answer, /ignore-cap does not care, and a model has a cap of its own', async () => {
  const cut = await whole('/tokens 500', { max_completion_tokens: 10 });
  assert.deepEqual(
    [at(cut, 'choices', 0, 'finish_reason'), at(cut, 'usage', 'completion_tokens')],
    ['length', 10],
  );
  const old = await whole('/tokens 500', { model: 'gpt-4.1', max_tokens: 9 });
  assert.deepEqual(
    [at(old, 'choices', 0, 'finish_reason'), at(old, 'usage', 'completion_tokens')],
    ['length', 9],
  );
  const call = dataOf(
    await stream('/tool Bash {"command":"too long for this"}', { max_completion_tokens: 9 }),
  );
  assert.equal(at(call.at(-1), 'choices', 0, 'finish_reason'), 'length');
  const over = await whole('/ignore-cap 500', { max_completion_tokens: 10 });
  assert.deepEqual(
    [at(over, 'choices', 0, 'finish_reason'), at(over, 'usage', 'completion_tokens')],
    ['stop', 500],
  );
  assert.equal(rehearsal.bill().at(-1)?.outputTokens, 500);
  const most = await whole('/tokens 20000', { model: 'gpt-4o-mini' });
  assert.equal(at(most, 'usage', 'completion_tokens'), 16_384);
});

test('a stop sequence ends the answer before it', async () => {
  for (const stop of [' two', ['zzz', ' two']]) {
    const { choices } = await whole('/say one two three', { stop });
    assert.deepEqual(
      [at(choices, 0, 'message', 'content'), at(choices, 0, 'finish_reason')],
      ['[rehearsal] one', 'stop'],
    );
  }
});

test('several choices come side by side, each with calls of its own, and all are billed', async () => {
  const body = await whole('/tool List {}', { n: 3 });
  const ids = [0, 1, 2].map((n) => at(body, 'choices', n, 'message', 'tool_calls', 0, 'id'));
  assert.equal(new Set(ids).size, 3);
  const chunks = dataOf(await stream('/chunk 8\n/tool List {}', { n: 3, ...withUsage }));
  const order = chunks.map((chunk) => at(chunk, 'choices', 0, 'index'));
  assert.deepEqual(order.slice(0, 6), [0, 1, 2, 0, 1, 2]);
  const textOf = (index: number): string =>
    chunks
      .filter((chunk) => at(chunk, 'choices', 0, 'index') === index)
      .map((chunk) => at(chunk, 'choices', 0, 'delta', 'content') ?? '')
      .join('');
  assert.deepEqual([0, 1, 2].map(textOf), Array(3).fill('[rehearsal] I call List.'));
  // "[rehearsal] I call List." and "List{}" have 30 bytes: 8 tokens.
  assert.equal(at(chunks.at(-1), 'usage', 'completion_tokens'), 24);
  assert.equal(rehearsal.bill().at(-1)?.outputTokens, 24);
});

test('/bill reports and bills exactly what it says', async () => {
  const said =
    '/bill input=1000 output=2000 cache_read=3000 cache_write_5m=400 cache_write_1h=500 geo=us\n/say a';
  const usage = dataOf(await stream(said, { model: 'gpt-6-sol', ...withUsage })).at(-1)?.usage;
  assert.deepEqual(usage, {
    prompt_tokens: 4900,
    completion_tokens: 2000,
    total_tokens: 6900,
    prompt_tokens_details: { cached_tokens: 3000, audio_tokens: 0, cache_write_tokens: 900 },
    completion_tokens_details: { reasoning_tokens: 0, ...details },
  });
  const nano = 1000 * 2000 + 2000 * 10_000 + 3000 * 200 + 400 * 2500 + 500 * 4000;
  const line = rehearsal.bill().at(-1);
  assert.deepEqual([line?.nanoUsd, line?.geo], [nano, undefined]);
});

test('what the model reads is counted: messages, calls, results, tools, and what the answer has to look like', async () => {
  const tokens = async (messages: unknown[], more: object = {}): Promise<unknown> => {
    const body = { model: 'gpt-5.4', messages, ...more };
    return at(JSON.parse((await ask(rehearsal, 'chat/completions', body)).text), 'usage', 'prompt_tokens');
  };
  const user = { role: 'user', content: 'x'.repeat(40) };
  assert.equal(await tokens([user]), 10);
  assert.equal(
    await tokens([{ role: 'system', content: [{ type: 'text', text: 'y'.repeat(40) }] }, user]),
    20,
  );
  const call = { id: 'a', type: 'function', function: { name: 'f123', arguments: 'z'.repeat(36) } };
  const loop = [user, { role: 'assistant', content: null, tool_calls: [call] }];
  assert.equal(await tokens([...loop, { role: 'tool', tool_call_id: 'a', content: 'w'.repeat(40) }]), 30);
  const tools = [{ type: 'function', function: { name: 'f' } }];
  assert.equal(await tokens([user], { tools }), 10 + Math.ceil(JSON.stringify(tools).length / 4));
  const format = { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } };
  const formatted = await tokens([user], { response_format: format });
  assert.equal(formatted, 10 + Math.ceil(JSON.stringify(format).length / 4));
  const image = (detail: string): object => ({ type: 'image_url', image_url: { url: 'data:x', detail } });
  assert.equal(await tokens([{ role: 'user', content: [image('high'), image('low')] }]), 1105 + 85);
});

test('a long prompt is read from the cache the second time', async () => {
  const content = `/say a\n${'cached '.repeat(1000)}`;
  const first = await whole(content);
  assert.equal(at(first, 'usage', 'prompt_tokens_details', 'cached_tokens'), 0);
  const chunk = dataOf(await stream(content, withUsage)).at(-1);
  assert.equal(at(chunk, 'usage', 'prompt_tokens'), 1752);
  assert.equal(at(chunk, 'usage', 'prompt_tokens_details', 'cached_tokens'), 1664);
  assert.deepEqual(
    [rehearsal.bill().at(-1)?.inputTokens, rehearsal.bill().at(-1)?.cacheReadTokens],
    [1752 - 1664, 1664],
  );
});

test('a whole tool loop runs, and the choice of tools is obeyed', async () => {
  const tools = [
    { type: 'function', function: { name: 'bash', parameters: { type: 'object', required: ['command'] } } },
    { type: 'function', function: { name: 'add', parameters: { type: 'object' } } },
  ];
  const user = { role: 'user', content: 'hi' };
  const message = at(await whole('hi', { tools }), 'choices', 0, 'message') as JsonObject;
  const call = at(message, 'tool_calls', 0) as JsonObject;
  assert.equal(at(call, 'function', 'name'), 'bash');
  const result = { role: 'tool', tool_call_id: call.id, content: 'hello world' };
  const body = { model: 'gpt-5.4', tools, messages: [user, message, result] };
  const last = JSON.parse((await ask(rehearsal, 'chat/completions', body)).text);
  assert.equal(
    at(last, 'choices', 0, 'message', 'content'),
    '[rehearsal] All done. The tool answered: "hello world".',
  );

  const names = async (more: object, said = 'hi'): Promise<unknown[]> => {
    const calls = at(await whole(said, { tools, ...more }), 'choices', 0, 'message', 'tool_calls');
    return Array.isArray(calls) ? calls.map(({ function: { name } }) => name) : [];
  };
  const two = '/tool bash {}\n/also add {}';
  assert.deepEqual(await names({}, two), ['bash', 'add']);
  assert.deepEqual(await names({ parallel_tool_calls: false }, two), ['bash']);
  assert.deepEqual(await names({ tool_choice: 'none' }, two), []);
  assert.deepEqual(await names({ tool_choice: 'required' }, '/say no'), ['bash']);
  const allowed = { mode: 'required', tools: [{ type: 'function', function: { name: 'add' } }] };
  assert.deepEqual(await names({ tool_choice: { type: 'allowed_tools', allowed_tools: allowed } }), ['add']);
});

test('structured output follows its schema, references included, with the mark inside', async () => {
  const schema = {
    $defs: { step: { type: 'object', required: ['why'], properties: { why: { type: 'string' } } } },
    type: 'object',
    required: ['first', 'n'],
    properties: { first: { $ref: '#/$defs/step' }, n: { type: 'integer' } },
  };
  const text = async (response_format: object): Promise<unknown> =>
    JSON.parse(String(at(await whole('hi', { response_format }), 'choices', 0, 'message', 'content')));
  assert.deepEqual(await text({ type: 'json_schema', json_schema: { name: 'x', schema } }), {
    first: { why: '[rehearsal] sample' },
    n: 1,
  });
  assert.deepEqual(await text({ type: 'json_object' }), { text: '[rehearsal] sample' });
});
