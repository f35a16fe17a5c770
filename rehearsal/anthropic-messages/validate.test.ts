import assert from 'node:assert/strict';
import test from 'node:test';
import type { JsonObject } from '../json.ts';
import { signThinking } from './signature.ts';
import { problemWith } from './validate.ts';

const user = { role: 'user', content: 'hi' };
const good = { model: 'claude-opus-5-5', max_tokens: 10, messages: [user] };
const use = (id: string): JsonObject => ({
  role: 'assistant',
  content: [{ type: 'tool_use', id, name: 'T', input: {} }],
});
const result = (id: string): JsonObject => ({
  role: 'user',
  content: [{ type: 'tool_result', tool_use_id: id, content: 'ok' }],
});

const problem = (body: unknown, version = '2026-10-21'): string | undefined =>
  problemWith(body, version, 'messages')?.message;

test('a good request passes', () => {
  const full = {
    ...good,
    model: 'claude-haiku-4-5-20251001',
    stream: true,
    system: [{ type: 'text', text: 's', cache_control: { type: 'ephemeral', ttl: '1h' } }],
    tools: [
      { name: 'T', input_schema: { type: 'object' } },
      { type: 'web_search_20250305', name: 'web_search' },
    ],
    tool_choice: { type: 'tool', name: 'T' },
    stop_sequences: ['END'],
    messages: [user, use('a'), { role: 'system', content: 'be brief' }, result('a')],
  };
  assert.equal(problem(full), undefined);
  assert.equal(problem({ ...good, temperature: 1 }, '2023-06-01'), undefined);
  assert.equal(
    problemWith({ model: 'claude-sonnet-5', messages: [user] }, '2023-06-01', 'count_tokens'),
    undefined,
  );
});

test('threads are refused with the code on which SDKs send the whole conversation', () => {
  const refused = problemWith({ ...good, thread: { type: 'create' } }, '2026-10-21', 'messages');
  assert.deepEqual([refused?.status, refused?.code], [400, 'thread_unsupported_request']);
  assert.equal(problem({ ...good, thread: null }), undefined);
});

test('what the API refuses is refused in its words', () => {
  const refused: [string, unknown][] = [
    ['The request body is not valid JSON', undefined],
    ['model: Field required', { max_tokens: 1, messages: [user] }],
    ['messages: Field required', { model: 'claude-opus-5-5', max_tokens: 1 }],
    ['max_tokens: Field required', { model: 'claude-opus-5-5', messages: [user] }],
    ['max_tokens: Input should be a valid integer', { ...good, max_tokens: '10' }],
    [
      'max_tokens: 200000 > 128000, which is the maximum allowed number of output tokens for claude-opus-5-5',
      { ...good, max_tokens: 200_000 },
    ],
    ['model: claude-opus-9', { ...good, model: 'claude-opus-9' }],
    ['temperature: Extra inputs are not permitted', { ...good, temperature: 1 }],
    ['n: Extra inputs are not permitted', { ...good, n: 2 }],
    ['stream: Input should be a valid boolean', { ...good, stream: 'true' }],
    ['messages: at least one message is required', { ...good, messages: [] }],
    [
      "messages.0.role: Input should be 'user', 'assistant' or 'system'",
      { ...good, messages: [{ role: 'robot', content: 'x' }] },
    ],
    ['messages.0.content: Field required', { ...good, messages: [{ role: 'user' }] }],
    [
      'messages: first message must use the "user" role',
      { ...good, messages: [{ role: 'assistant', content: 'x' }, user] },
    ],
    [
      'messages: text content blocks must be non-empty',
      { ...good, messages: [{ role: 'user', content: [{ type: 'text', text: '' }] }] },
    ],
    ['tools.0.custom.input_schema: Field required', { ...good, tools: [{ name: 'T' }] }],
    [
      "tool_choice: Tool 'U' not found in provided tools",
      { ...good, tools: [{ name: 'T', input_schema: {} }], tool_choice: { type: 'tool', name: 'U' } },
    ],
    ["speed: 'claude-opus-5-5' does not support fast mode", { ...good, speed: 'fast' }],
    [
      "inference_geo: 'claude-haiku-4-5' does not support the inference_geo parameter",
      { ...good, model: 'claude-haiku-4-5', inference_geo: 'us' },
    ],
  ];
  for (const [message, body] of refused) assert.equal(problem(body), message);
  assert.equal(problemWith(good, undefined, 'messages')?.message, 'anthropic-version: header is required');
  assert.equal(problemWith({ ...good, model: 'claude-opus-9' }, '2023-06-01', 'messages')?.status, 404);
});

test('every call needs its result in the next turn, and every result its call', () => {
  const messages = (...list: unknown[]): string => problem({ ...good, messages: list }) ?? 'fine';
  assert.match(messages(user, use('a'), user), /^messages\.1: `tool_use` ids were found without/);
  assert.match(messages(user, result('a')), /^messages\.1\.content\.0: unexpected `tool_use_id` found/);
  assert.equal(
    messages(user, use('a'), result('a'), use('a'), result('a')),
    'messages: `tool_use` ids must be unique',
  );
  assert.equal(messages(user, use('a'), use('b'), result('a'), result('b')), 'fine');
});

test('an answer to be continued is only for models that can', () => {
  const messages = [user, { role: 'assistant', content: 'Once upon' }];
  assert.match(problem({ ...good, messages }) ?? '', /does not support assistant message prefill/);
  assert.equal(problem({ ...good, model: 'claude-sonnet-4-5', messages }), undefined);
});

test('thinking that comes back changed is refused', () => {
  const back = (thinking: string): string | undefined => {
    const block = { type: 'thinking', thinking, signature: signThinking('[rehearsal] hm') };
    return problem({ ...good, messages: [user, { role: 'assistant', content: [block] }, user] });
  };
  assert.equal(back('[rehearsal] hm'), undefined);
  assert.equal(back(''), undefined);
  assert.equal(back('[rehearsal] [EMAIL]'), 'messages.1.content.0: Invalid `signature` in `thinking` block');
});

test('cache markers are at most four, and of known lifetimes', () => {
  const marked = (ttl?: string): JsonObject => ({
    type: 'text',
    text: 'x',
    cache_control: { type: 'ephemeral', ttl },
  });
  const content = [marked(), marked('1h'), marked('5m'), marked()];
  const ask = (blocks: unknown[], more = {}): string | undefined =>
    problem({ ...good, ...more, messages: [{ role: 'user', content: blocks }] });
  assert.equal(ask(content), undefined);
  assert.equal(
    ask([...content, marked()]),
    'A maximum of 4 blocks with cache_control may be provided. Found 5.',
  );
  assert.match(ask(content, { cache_control: { type: 'ephemeral' } }) ?? '', /Found 5/);
  assert.match(ask([marked('2h')]) ?? '', /ttl/);
});
