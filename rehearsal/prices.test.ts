import assert from 'node:assert/strict';
import test from 'node:test';
import { models } from './models.ts';
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
    'claude-sonnet-4-5': [3, 15, 3.75, 6, 0.3],
    'claude-haiku-4-5': [1, 5, 1.25, 2, 0.1],
  };
  assert.deepEqual(models.map(({ id }) => id).toSorted(), Object.keys(list).toSorted());
  for (const [model, dollars] of Object.entries(list)) {
    const costs = kinds.map((kind) => nanoUsd(model, { ...none, [kind]: million }, 'global') / 1e9);
    assert.deepEqual(costs, dollars, model);
  }
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
