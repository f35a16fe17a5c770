import assert from 'node:assert/strict';
import test from 'node:test';
import type { JsonObject } from '../json.ts';
import { PromptCache } from './cache.ts';
import { readCall } from './call.ts';

const kept = (text: string, ttl?: string): JsonObject => ({
  type: 'text',
  text,
  cache_control: { type: 'ephemeral', ...(ttl === undefined ? {} : { ttl }) },
});
const plain = (text: string): JsonObject => ({ type: 'text', text });

function use(cache: PromptCache, body: JsonObject, now = 0): number[] {
  const call = readCall({ model: 'claude-sonnet-5', ...body });
  assert.ok(call);
  const { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = cache.use(call, now);
  return [inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens];
}

test('without markers everything is plain input', () => {
  const cache = new PromptCache();
  const body = { messages: [{ role: 'user', content: 'x'.repeat(41) }] };
  assert.deepEqual(use(cache, body), [11, 0, 0, 0]);
  assert.deepEqual(use(cache, body), [11, 0, 0, 0]);
});

test('a marked prefix is written once and then read, whatever follows it', () => {
  const cache = new PromptCache();
  const ask = (text: string): JsonObject => ({
    system: [kept('s'.repeat(400))],
    messages: [{ role: 'user', content: text }],
  });
  assert.deepEqual(use(cache, ask('a'.repeat(40))), [10, 0, 100, 0]);
  assert.deepEqual(use(cache, ask('b'.repeat(80))), [20, 100, 0, 0]);
});

test('a conversation reads what the turn before wrote and writes what is new', () => {
  const cache = new PromptCache();
  const first = { messages: [{ role: 'user', content: [kept('q'.repeat(40))] }] };
  const second = {
    messages: [
      { role: 'user', content: [plain('q'.repeat(40))] },
      { role: 'assistant', content: 'a'.repeat(20) },
      { role: 'user', content: [kept('r'.repeat(8))] },
    ],
  };
  assert.deepEqual(use(cache, first), [0, 0, 10, 0]);
  assert.deepEqual(use(cache, second), [0, 10, 7, 0]);
});

test('lifetimes are counted apart, and entries die unless they are read', () => {
  const cache = new PromptCache();
  const body = {
    system: [kept('l'.repeat(400), '1h')],
    messages: [{ role: 'user', content: [kept('s'.repeat(40))] }],
  };
  const minute = 60_000;
  assert.deepEqual(use(cache, body, 0), [0, 0, 10, 100]);
  assert.deepEqual(use(cache, body, 4 * minute), [0, 110, 0, 0]);
  assert.deepEqual(use(cache, body, 8 * minute), [0, 110, 0, 0]);
  assert.deepEqual(use(cache, body, 14 * minute), [0, 100, 10, 0]);
  assert.deepEqual(use(cache, body, 80 * minute), [0, 0, 10, 100]);
});

test('the marker of the whole request stands on its last block', () => {
  const cache = new PromptCache();
  const body = {
    cache_control: { type: 'ephemeral', ttl: '1h' },
    messages: [{ role: 'user', content: 'x'.repeat(16) }],
  };
  assert.deepEqual(use(cache, body), [0, 0, 0, 4]);
  assert.deepEqual(use(cache, body), [0, 4, 0, 0]);
});

test('tools, tool results and pictures count, identifiers do not', () => {
  const tools = [{ name: 'T', input_schema: { type: 'object' } }];
  const content = [
    { type: 'tool_result', tool_use_id: 'x'.repeat(1000), content: [plain('r'.repeat(40))] },
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'A'.repeat(90_000) } },
  ];
  const bytes = JSON.stringify(tools[0]).length + 40 + 6000;
  assert.deepEqual(use(new PromptCache(), { tools, messages: [{ role: 'user', content }] }), [
    Math.ceil(bytes / 4),
    0,
    0,
    0,
  ]);
});
