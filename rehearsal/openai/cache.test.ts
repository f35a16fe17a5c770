import assert from 'node:assert/strict';
import test from 'node:test';
import { cacheOptionsOf, PromptCache } from './cache.ts';
import { findModel, type Model } from './models.ts';

const modelOf = (name: string): Model => findModel(name) ?? assert.fail(name);

/** Input, read, written for 30 minutes, written for 12 hours. */
function use(
  cache: PromptCache,
  model: string,
  bytes: number | Buffer,
  options: unknown = {},
  now = 0,
): number[] {
  const prompt = typeof bytes === 'number' ? Buffer.alloc(bytes, 'x') : bytes;
  const used = cache.use(modelOf(model), prompt, cacheOptionsOf(options), now);
  return [used.inputTokens, used.cacheReadTokens, used.cacheWrite5mTokens, used.cacheWrite1hTokens];
}

test('what is shorter than 1,024 tokens is never cached', () => {
  const cache = new PromptCache();
  assert.deepEqual(use(cache, 'gpt-5.4', 4095), [1024, 0, 0, 0]);
  assert.deepEqual(use(cache, 'gpt-5.4', 4095), [1024, 0, 0, 0]);
  assert.deepEqual(use(cache, 'gpt-5.4', 0), [1, 0, 0, 0]);
});

test('a beginning that was seen is read in steps of 128 tokens, by the same model only', () => {
  const cache = new PromptCache();
  assert.deepEqual(use(cache, 'gpt-5.4', 5500), [1375, 0, 0, 0]);
  assert.deepEqual(use(cache, 'gpt-5.4', 5500), [1375 - 1280, 1280, 0, 0]);
  assert.deepEqual(use(cache, 'gpt-5.4', 8000), [2000 - 1280, 1280, 0, 0]);
  assert.deepEqual(use(cache, 'gpt-5.5', 5500), [1375, 0, 0, 0]);
  const other = Buffer.alloc(8000, 'x');
  other[4600] = 0;
  assert.deepEqual(use(cache, 'gpt-5.4', other), [2000 - 1024, 1024, 0, 0]);
});

test('newer models charge for what is written, for as long as was asked for', () => {
  const cache = new PromptCache();
  assert.deepEqual(use(cache, 'gpt-6-sol', 4200), [1050 - 1024, 0, 1024, 0]);
  assert.deepEqual(use(cache, 'gpt-6-sol', 8000, { ttl: '12h' }), [2000 - 1920, 1024, 0, 1920 - 1024]);
});

test('it is forgotten when its time is over, and kept longer when it is read', () => {
  const cache = new PromptCache();
  const minute = 60_000;
  use(cache, 'gpt-5.4', 4200);
  assert.equal(use(cache, 'gpt-5.4', 4200, {}, 29 * minute)[1], 1024);
  assert.equal(use(cache, 'gpt-5.4', 4200, {}, 58 * minute)[1], 1024);
  assert.equal(use(cache, 'gpt-5.4', 4200, {}, 89 * minute)[1], 0);
  use(cache, 'gpt-5.4', 4200, { ttl: '12h' }, 90 * minute);
  assert.equal(use(cache, 'gpt-5.4', 4200, {}, 800 * minute)[1], 1024);
});

test('a request that wants no implicit cache has none', () => {
  const cache = new PromptCache();
  use(cache, 'gpt-6-sol', 4200);
  assert.deepEqual(use(cache, 'gpt-6-sol', 4200, { mode: 'explicit' }), [1050, 0, 0, 0]);
});
