import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import type { JsonObject } from '../json.ts';
import { ask, at, dataOf } from '../openai/testing.ts';
import { startRehearsal } from '../server.ts';

const rehearsal = await startRehearsal({ paceMs: 0 });
after(() => rehearsal.close());

const bodyOf = (input: unknown, more: object = {}): object => ({ model: 'gpt-5.4', input, ...more });
const whole = async (input: unknown, more: object = {}): Promise<JsonObject> =>
  JSON.parse((await ask(rehearsal, 'responses', bodyOf(input, more))).text);
const stream = async (input: unknown, more: object = {}): Promise<string> =>
  (await ask(rehearsal, 'responses', bodyOf(input, { stream: true, ...more }))).text;
const outputOf = (response: unknown): JsonObject[] => at(response, 'output') as JsonObject[];

const everything = '/think let me see\n/tool Bash {"command":"ls"}\n/also patch "*** ü\\n"';
const summarized = { reasoning: { summary: 'auto' } };

/** Without what is different each time. */
const withoutIds = (item: JsonObject): JsonObject => {
  const { id: _id, call_id: _call, encrypted_content: _sealed, ...rest } = item;
  return rest;
};

test('a response that is not streamed has the API shape and is billed', async () => {
  const more = { instructions: 'be brief', metadata: { a: 'b' }, store: false, max_output_tokens: 99 };
  const { id, created_at, completed_at, output, ...rest } = await whole('/say hello', more);
  assert.match(String(id), /^resp_[0-9a-f]{50}$/);
  assert.ok(Number(completed_at) >= Number(created_at) && Number(created_at) > 1.7e9);
  const text = { type: 'output_text', annotations: [], logprobs: [], text: '[rehearsal] hello' };
  const [item] = output as JsonObject[];
  assert.match(String(item?.id), /^msg_[0-9a-f]{50}$/);
  assert.deepEqual(withoutIds(item ?? {}), {
    type: 'message',
    status: 'completed',
    content: [text],
    role: 'assistant',
  });
  assert.deepEqual(rest, {
    object: 'response',
    status: 'completed',
    error: null,
    incomplete_details: null,
    model: 'gpt-5.4',
    background: false,
    instructions: 'be brief',
    max_output_tokens: 99,
    max_tool_calls: null,
    metadata: { a: 'b' },
    parallel_tool_calls: true,
    previous_response_id: null,
    prompt_cache_key: null,
    reasoning: { effort: null, summary: null },
    safety_identifier: null,
    store: false,
    temperature: 1,
    text: { format: { type: 'text' }, verbosity: 'medium' },
    tool_choice: 'auto',
    tools: [],
    top_logprobs: 0,
    top_p: 1,
    truncation: 'disabled',
    user: null,
    access_programs: null,
    service_tier: 'default',
    usage: {
      input_tokens: 5,
      input_tokens_details: { cache_write_tokens: 0, cached_tokens: 0 },
      output_tokens: 5,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 10,
    },
  });
  const line = rehearsal.bill().at(-1);
  assert.deepEqual([line?.id, line?.inputTokens, line?.outputTokens, line?.ended], [id, 5, 5, 'complete']);
});

test('a stream has all events in their order, numbered, and each item from its beginning to its end', async () => {
  const sse = await stream(`/chunk 4\n${everything}`, summarized);
  assert.match(sse, /^(event: [a-z_.]+\ndata: \{.*\}\n\n)+$/);
  for (const [, name, data = ''] of sse.matchAll(/^event: (.*)\ndata: (.*)$/gm)) {
    assert.equal(JSON.parse(data).type, name);
  }
  const events = dataOf(sse);
  assert.deepEqual(
    events.map(({ sequence_number }) => sequence_number),
    events.map((_, index) => index),
  );
  const names = events.map(({ type }) => String(type).replace('response.', ''));
  const item = (middle: string): string => `output_item\\.added ${middle} output_item\\.done `;
  const grammar = [
    'created in_progress ',
    item(
      'reasoning_summary_part\\.added( reasoning_summary_text\\.delta)+ reasoning_summary_text\\.done reasoning_summary_part\\.done',
    ),
    item('content_part\\.added( output_text\\.delta)+ output_text\\.done content_part\\.done'),
    item('function_call_arguments(\\.delta function_call_arguments)+\\.done'),
    item('custom_tool_call_input(\\.delta custom_tool_call_input)+\\.done'),
    'completed',
  ];
  assert.match(names.join(' '), new RegExp(`^${grammar.join('')}$`));
});

test('what a stream says in pieces, its ends and the whole response say alike', async () => {
  const events = dataOf(await stream(`/chunk 4\n${everything}`, summarized));
  const of = (type: string): JsonObject[] => events.filter((event) => event.type === `response.${type}`);
  const joined = (type: string): string =>
    of(type)
      .map(({ delta }) => delta)
      .join('');
  const done = (type: string, field: string): unknown => of(type)[0]?.[field];
  for (const [deltas, type, field, text] of [
    ['reasoning_summary_text.delta', 'reasoning_summary_text.done', 'text', '[rehearsal] let me see'],
    ['output_text.delta', 'output_text.done', 'text', '[rehearsal] I call Bash.'],
    ['function_call_arguments.delta', 'function_call_arguments.done', 'arguments', '{"command":"ls"}'],
    ['custom_tool_call_input.delta', 'custom_tool_call_input.done', 'input', '*** ü\n'],
  ] as const) {
    assert.equal(joined(deltas), text);
    assert.equal(done(type, field), text);
  }
  const [started, ended] = [of('output_item.added'), of('output_item.done')];
  const final = of('completed')[0]?.response;
  assert.deepEqual(
    ended.map(({ item }) => item),
    outputOf(final),
  );
  for (const [index, { item, output_index }] of started.entries()) {
    assert.equal(output_index, index);
    assert.equal(at(item, 'id'), outputOf(final)[index]?.id);
    const inside = events.filter((event) => event.item_id === at(item, 'id'));
    assert.ok(inside.length > 2 && inside.every((event) => event.output_index === index));
  }
  const part = { type: 'output_text', annotations: [], logprobs: [], text: '[rehearsal] I call Bash.' };
  assert.deepEqual(done('content_part.done', 'part'), part);
  assert.deepEqual(outputOf(final).map(withoutIds), [
    { type: 'reasoning', summary: [{ type: 'summary_text', text: '[rehearsal] let me see' }] },
    { type: 'message', status: 'completed', content: [part], role: 'assistant' },
    { type: 'function_call', status: 'completed', arguments: '{"command":"ls"}', name: 'Bash' },
    { type: 'custom_tool_call', status: 'completed', input: '*** ü\n', name: 'patch' },
  ]);
  const ids = outputOf(final).map(({ id, call_id }) =>
    `${id} ${call_id ?? ''}`.replace(/[0-9a-f]{50}|\w{24}$/g, ''),
  );
  assert.deepEqual(ids, ['rs_ ', 'msg_ ', 'fc_ call_', 'ctc_ call_']);
});

test('a stream begins with nothing made, and ends with the usage that is billed', async () => {
  const events = dataOf(await stream('/say hello'));
  for (const event of events.slice(0, 2)) {
    const { status, output, usage, completed_at } = event.response as JsonObject;
    assert.deepEqual([status, output, usage, completed_at], ['in_progress', [], null, null]);
  }
  const { status, usage } = at(events, -1, 'response') as JsonObject;
  const line = rehearsal.bill().at(-1);
  assert.equal(status, 'completed');
  assert.deepEqual(
    [at(usage, 'input_tokens'), at(usage, 'output_tokens')],
    [line?.inputTokens, line?.outputTokens],
  );
  const letters = events.filter(({ obfuscation }) => obfuscation !== undefined).map(({ type }) => type);
  assert.ok(letters.length > 0 && letters.every((type) => type === 'response.output_text.delta'));
  assert.doesNotMatch(
    await stream('/say a', { stream_options: { include_obfuscation: false } }),
    /obfuscation/,
  );
});

test('thinking is sealed, counted, and shown only if a summary was asked for', async () => {
  const response = await whole('/think let me see\n/say hello');
  const [reasoning] = outputOf(response);
  assert.deepEqual(reasoning?.summary, []);
  assert.match(String(reasoning?.encrypted_content), /^[\w-]{50,}$/);
  assert.equal(at(response, 'usage', 'output_tokens_details', 'reasoning_tokens'), 6);
  const names = dataOf(await stream('/think let me see\n/say hello')).map(({ type }) => type);
  assert.ok(!names.some((name) => String(name).includes('summary')));
});

test('an answer that reaches its cap is incomplete, and /ignore-cap does not care', async () => {
  const cut = await whole('/tokens 500', { max_output_tokens: 20 });
  assert.deepEqual(
    [cut.status, cut.incomplete_details, cut.completed_at, at(cut, 'usage', 'output_tokens')],
    ['incomplete', { reason: 'max_output_tokens' }, null, 20],
  );
  assert.equal(outputOf(cut)[0]?.status, 'incomplete');
  const call = '/tool Bash {"command":"much too long to fit, much too long to fit, much too long to fit"}';
  const events = dataOf(await stream(call, { max_output_tokens: 20 }));
  assert.equal(events.at(-1)?.type, 'response.incomplete');
  assert.equal(at(events, -1, 'response', 'usage', 'output_tokens'), 20);
  assert.deepEqual(
    outputOf(events.at(-1)?.response).map(({ type, status }) => [type, status]),
    [
      ['message', 'completed'],
      ['function_call', 'incomplete'],
    ],
  );
  const over = await whole('/ignore-cap 500', { max_output_tokens: 20 });
  assert.deepEqual([over.status, at(over, 'usage', 'output_tokens')], ['completed', 500]);
});

test('/bill reports and bills exactly what it says, and the cache is counted', async () => {
  const said = '/bill input=1000 output=2000 cache_read=3000 cache_write_5m=400 cache_write_1h=500\n/say a';
  const { usage } = await whole(said, { model: 'gpt-6-sol' });
  assert.deepEqual(usage, {
    input_tokens: 4900,
    input_tokens_details: {
      cache_write_tokens: 900,
      cached_tokens: 3000,
      cache_write_tokens_details: { ttl_12h_tokens: 500, ttl_30m_tokens: 400 },
    },
    output_tokens: 2000,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 6900,
  });
  const nano = 1000 * 2000 + 2000 * 10_000 + 3000 * 200 + 400 * 2500 + 500 * 4000;
  assert.equal(rehearsal.bill().at(-1)?.nanoUsd, nano);
  const long = `/say a\n${'cached '.repeat(1000)}`;
  const details = { cache_write_tokens: 1664, cached_tokens: 0 };
  assert.deepEqual(at(await whole(long, { model: 'gpt-6-sol' }), 'usage', 'input_tokens_details'), details);
  const again = { cache_write_tokens: 0, cached_tokens: 1664 };
  assert.deepEqual(at(await whole(long, { model: 'gpt-6-sol' }), 'usage', 'input_tokens_details'), again);
});

test('input is counted without a bill, and is the input of the response', async () => {
  const body = {
    model: 'gpt-5.4',
    instructions: 'be brief',
    input: '/say hello',
    tools: [{ type: 'web_search' }],
  };
  const { usage } = await whole(body.input, body);
  const sold = rehearsal.bill().length;
  const counted = JSON.parse((await ask(rehearsal, 'responses/input_tokens', body)).text);
  assert.deepEqual(counted, { object: 'response.input_tokens', input_tokens: at(usage, 'input_tokens') });
  assert.equal((await ask(rehearsal, 'responses/input_tokens', { ...body, model: 'nope' })).status, 400);
  assert.equal((await ask(rehearsal, 'responses/input_tokens')).status, 404);
  assert.equal(rehearsal.bill().length, sold);
});

test('tools are found in groups and in the input, and calls name the group', async () => {
  const tools = [
    { type: 'namespace', name: 'crm', description: '', tools: [{ type: 'function', name: 'find' }] },
  ];
  const [, call] = outputOf(await whole('/tool find {}', { tools }));
  assert.deepEqual([call?.name, call?.namespace], ['find', 'crm']);
  const later = { type: 'additional_tools', role: 'developer', tools: [{ type: 'custom', name: 'exec' }] };
  const made = outputOf(await whole([later, { role: 'user', content: 'hi' }]));
  assert.deepEqual(
    [made[1]?.type, made[1]?.name, made[1]?.input],
    ['custom_tool_call', 'exec', "text('hello from the rehearsal')"],
  );
});

test('the choice of tools is obeyed, and text follows a schema', async () => {
  const tools = [
    { type: 'function', name: 'exec_command', parameters: { type: 'object', required: ['cmd'] } },
    { type: 'function', name: 'add', parameters: { type: 'object' } },
    { type: 'web_search' },
  ];
  const names = async (more: object, said = 'hi'): Promise<unknown[]> =>
    outputOf(await whole(said, { tools, ...more }))
      .filter(({ type }) => type === 'function_call')
      .map(({ name }) => name);
  const two = '/tool exec_command {}\n/also add {}';
  assert.deepEqual(await names({}), ['exec_command']);
  assert.deepEqual(await names({}, two), ['exec_command', 'add']);
  assert.deepEqual(await names({ parallel_tool_calls: false }, two), ['exec_command']);
  assert.deepEqual(await names({ tool_choice: 'none' }, two), []);
  assert.deepEqual(await names({ tool_choice: 'required' }, '/say no'), ['exec_command']);
  assert.deepEqual(await names({ tool_choice: { type: 'function', name: 'add' } }), ['add']);
  const allowed = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'add' }] };
  assert.deepEqual(await names({ tool_choice: allowed }), ['add']);
  const schema = { type: 'object', required: ['a'], properties: { a: { type: 'string' } } };
  const text = { format: { type: 'json_schema', name: 'x', schema } };
  const [message] = outputOf(await whole('hi', { text }));
  assert.equal(at(message, 'content', 0, 'text'), '{"a":"[rehearsal] sample"}');
});
