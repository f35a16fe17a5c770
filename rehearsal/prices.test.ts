import assert from 'node:assert/strict';
import test from 'node:test';
import { models as claudes } from './anthropic-messages/models.ts';
import { models as gpts } from './openai/models.ts';
import { nanoUsd } from './prices.ts';

const none = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
};

test('a million tokens of each kind cost what the list says', () => {
  const million = 1_000_000;
  const kinds = [
    'inputTokens',
    'outputTokens',
    'cacheWrite5mTokens',
    'cacheWrite1hTokens',
    'cacheReadTokens',
  ] as const;
  const list = {
    'claude-opus-5-5': [4, 20, 5, 8, 0.2],
    'claude-sonnet-5': [2, 10, 2.5, 4, 0.2],
    'claude-sonnet-4-6': [3, 15, 3.75, 6, 0.3],
    'claude-sonnet-4-5': [3, 15, 3.75, 6, 0.3],
    'claude-haiku-4-5': [1, 5, 1.25, 2, 0.1],
    'gpt-4.1': [2, 8, 2, 2, 0.5],
    'gpt-4.1-mini': [0.4, 1.6, 0.4, 0.4, 0.1],
    'gpt-4o-mini': [0.15, 0.6, 0.15, 0.15, 0.075],
    'gpt-5.4-mini': [0.75, 4.5, 0.75, 0.75, 0.075],
    'gpt-5.4-nano': [0.2, 1.25, 0.2, 0.2, 0.02],
    'text-embedding-3-small': [0.02, 0, 0.02, 0.02, 0.02],
    'text-embedding-3-large': [0.13, 0, 0.13, 0.13, 0.13],
    'text-embedding-ada-002': [0.1, 0, 0.1, 0.1, 0.1],
  };
  // Above that a million tokens of input have other rates; output alone has none of them.
  const tiered = {
    'gpt-5.4': [5, 15, 5, 5, 0.5],
    'gpt-5.5': [10, 30, 10, 10, 1],
    'gpt-5.6-sol': [8, 20, 10, 16, 0.8],
    'gpt-6-astra': [20, 50, 25, 40, 2],
    'gpt-6-luna': [0.2, 0.5, 0.25, 0.4, 0.02],
    'gpt-6.1-sol': [4, 10, 5, 8, 0.2],
    'gpt-6-sol': [4, 10, 5, 8, 0.4],
  };
  const all = Object.entries({ ...list, ...tiered });
  assert.deepEqual([...claudes, ...gpts].map(({ id }) => id).toSorted(), all.map(([id]) => id).toSorted());
  for (const [model, dollars] of all) {
    const costs = kinds.map((kind) => nanoUsd(model, { ...none, [kind]: million }, 'global') / 1e9);
    assert.deepEqual(costs, dollars, model);
  }
});

test('a call with more than 272,000 tokens of input costs more, all of it', () => {
  const cost = (tokens: object): number => nanoUsd('gpt-5.4', { ...none, ...tokens }, 'global');
  assert.equal(cost({ inputTokens: 272_000, outputTokens: 1000 }), 272_000 * 2500 + 1000 * 15_000);
  assert.equal(cost({ inputTokens: 272_001, outputTokens: 1000 }), 272_001 * 5000 + 1000 * 22_500);
  assert.equal(cost({ cacheReadTokens: 272_000 }), 272_000 * 250);
  assert.equal(cost({ inputTokens: 1, cacheReadTokens: 272_000 }), 5000 + 272_000 * 500);
});

test('a call is the sum of its kinds', () => {
  const tokens = {
    inputTokens: 7,
    cacheReadTokens: 3,
    cacheWrite5mTokens: 5,
    cacheWrite1hTokens: 2,
    outputTokens: 11,
  };
  assert.equal(
    nanoUsd('claude-opus-5-5', tokens, 'global'),
    7 * 4000 + 3 * 200 + 5 * 5000 + 2 * 8000 + 11 * 20_000,
  );
});

test('inference in the US costs a tenth more', () => {
  assert.equal(nanoUsd('claude-haiku-4-5', { ...none, cacheReadTokens: 1 }, 'global'), 100);
  assert.equal(nanoUsd('claude-haiku-4-5', { ...none, cacheReadTokens: 1 }, 'us'), 110);
});

test('a sum beyond exact numbers is an error, not a wrong amount', () => {
  assert.throws(
    () => nanoUsd('claude-opus-5-5', { ...none, outputTokens: 1e12 }, 'us'),
    /beyond exact numbers/,
  );
  assert.throws(() => nanoUsd('claude-2', none, 'global'), /no price/);
});
