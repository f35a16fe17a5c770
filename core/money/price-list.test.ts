import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calcPrice, findProvider, type MatchLogic } from '@pydantic/genai-prices';
import fc from '../testing-fast-check.ts';
import { parseUsd } from './amount.ts';
import { undatedName } from './model-name.ts';
import { costOf, type Price, type Rates, type Usage } from './price.ts';
import { findPrice, PRICE_LIST_IDS } from './price-list.ts';
import { PRICE_LISTS, PRICES_AS_OF } from './prices.generated.ts';

const everyName = PRICE_LIST_IDS.flatMap((list) => {
  const rows = JSON.parse(PRICE_LISTS[list] ?? '') as [string[], unknown][];
  return rows.flatMap(([names]) => names.map((name): [string, string] => [list, name]));
});

function known(list: string, name: string, at?: number): Price {
  const price = findPrice(list, name, at);
  assert.ok(price, `${list} ${name}`);
  return price;
}

/** USD per million tokens: input, output, cache read, 5-minute and 1-hour write. */
function usd({ input, output, cacheRead, cacheWrite5m, cacheWrite1h }: Rates): number[] {
  return [input, output, cacheRead, cacheWrite5m, cacheWrite1h].map((nano) => nano / 1e9);
}

test('the flex tier costs half where the list is OpenAI’s own', () => {
  assert.equal(known('openai', 'gpt-5.4').flexPermille, 500);
  for (const [list, model] of [
    ['groq', 'openai/gpt-oss-20b'],
    ['openrouter', 'openai/gpt-5.4'],
    ['anthropic', 'claude-opus-5'],
  ] as const)
    assert.equal(known(list, model).flexPermille, undefined, list);
});

test('prices are those of the price pages', () => {
  const cases: [list: string, model: string, ...usd: number[]][] = [
    ['anthropic', 'claude-opus-5', 5, 25, 0.5, 6.25, 10],
    ['anthropic', 'claude-fable-5-1', 10, 50, 0.25, 12.5, 20],
    ['anthropic', 'claude-sonnet-4-6', 3, 15, 0.3, 3.75, 6],
    ['openai', 'gpt-5', 1.25, 10, 0.125, 1.25, 1.25],
    ['openai', 'gpt-5.6-sol', 4, 20, 0.4, 5, 8],
    ['openai', 'o3', 2, 8, 0.5, 2, 2],
    ['openai', 'o1-pro', 150, 600, 150, 150, 150],
    ['openai', 'text-embedding-3-large', 0.13, 0, 0.13, 0.13, 0.13],
    ['google', 'gemini-3.1-flash-lite', 0.25, 1.5, 0.025, 0.25, 0.25],
    ['google', 'claude-opus-5', 5, 25, 0.5, 6.25, 10],
    ['mistral', 'codestral-2508', 0.3, 0.9, 0.03, 0.3, 0.3],
    ['fireworks', 'accounts/fireworks/models/gpt-oss-120b', 0.15, 0.6, 0.014, 0.15, 0.15],
    ['together', 'meta-llama/Llama-3.3-70B-Instruct-Turbo', 0.88, 0.88, 0.88, 0.88, 0.88],
    ['x-ai', 'grok-4.6', 2, 6, 0.5, 2, 2],
    ['groq', 'openai/gpt-oss-20b', 0.075, 0.3, 0.0375, 0.075, 0.075],
    ['cerebras', 'gpt-oss-120b', 0.35, 0.75, 0.35, 0.35, 0.35],
    ['moonshotai', 'kimi-k3', 3, 15, 0.3, 3, 3],
    ['cohere', 'command-a', 2.5, 10, 2.5, 2.5, 2.5],
    ['perplexity', 'r1-1776', 2, 8, 2, 2, 2],
    ['openrouter', 'anthropic/claude-sonnet-5', 2, 10, 0.2, 2.5, 4],
    // A write costs no less than reading, also where the list has the price of storage alone.
    ['openrouter', 'google/gemini-3.5-flash', 1.5, 9, 0.15, 1.5, 1.5],
    // The dearest hour of the day.
    ['deepseek', 'deepseek-v4-pro', 1.32, 3.96, 0.044, 1.32, 1.32],
    // The alias has moved on to a dearer model.
    ['mistral', 'mistral-small-latest', 0.15, 0.6, 0.015, 0.15, 0.15],
    ['mistral', 'mistral-medium', 1.5, 7.5, 0.15, 1.5, 1.5],
    // The promotion is over.
    ['zai', 'glm-5.3-flash', 0.15, 0.5, 0.03, 0.15, 0.15],
  ];
  for (const [list, model, ...expected] of cases) assert.deepEqual(usd(known(list, model)), expected, model);
});

test('tiers, windows, audio and searches come along', () => {
  const gpt = known('openai', 'gpt-5.4');
  assert.deepEqual(
    gpt.above?.map(({ tokens, price }) => [tokens, ...usd(price)]),
    [[271_999, 5, 22.5, 0.5, 5, 5]],
  );
  assert.equal(gpt.contextWindow, 1_050_000);
  assert.equal(gpt.webSearch, parseUsd('0.01'));
  assert.equal(known('google', 'gemini-2.5-flash').inputAudio, parseUsd('1'));
  assert.equal(known('google', 'gemini-2.5-flash').webSearch, undefined);
  assert.equal(known('anthropic', 'claude-opus-4-6').above, undefined, 'no tiers since 2026-03-13');
});

test('a newer sibling has no price, though the package gives it one', () => {
  const at = { timestamp: new Date(PRICES_AS_OF) };
  const cases: [string, string][] = [
    ['anthropic', 'claude-sonnet-5-1'],
    ['anthropic', 'claude-sonnet-5-1-20270101'],
    ['anthropic', 'claude-haiku-4-5-fast'],
    ['anthropic', 'claude-sonnet-4-60'],
    ['google', 'gemini-3.6-flash-ultra'],
    ['openai', 'gpt-5-nano-2'],
    ['deepseek', 'deepseek-chat-v5'],
  ];
  for (const [list, model] of cases) {
    assert.ok(calcPrice({}, model, { providerId: list, ...at }), `${model} is a case no more`);
    assert.equal(findPrice(list, model), undefined, model);
  }
});

test('an alias is known only where the package takes it for that model', () => {
  // ministral-3b is the old and cheaper model; the alias means another one.
  assert.equal(findPrice('mistral', 'ministral-3b-latest'), undefined);
  const aliases: [string, string][] = [
    ['anthropic', 'claude-3-5-haiku'],
    ['anthropic', 'claude-haiku-4-5'],
    ['mistral', 'magistral-medium'],
    ['openai', 'gpt-5-chat'],
  ];
  for (const [list, model] of aliases) assert.equal(known(list, `${model}-latest`), known(list, model));
});

test('a snapshot is billed like its model, unless it has a price of its own', () => {
  const same: [string, string, string][] = [
    ['anthropic', 'claude-opus-5-20260612', 'claude-opus-5'],
    ['anthropic', 'claude-sonnet-4-20250514', 'claude-sonnet-4-0'],
    ['google', 'claude-sonnet-4@20250514', 'claude-sonnet-4'],
    ['openai', 'gpt-5-2025-08-07', 'gpt-5'],
    ['openai', 'gpt-6-sol-2026-12-31', 'gpt-6-sol'],
    ['openrouter', 'openai/gpt-5.6-sol-20260501', 'openai/gpt-5.6-sol'],
    ['together', 'META-LLAMA/llama-3.3-70b-instruct-turbo', 'meta-llama/Llama-3.3-70B-Instruct-Turbo'],
  ];
  for (const [list, dated, model] of same) assert.equal(known(list, dated), known(list, model));
  assert.deepEqual(usd(known('openai', 'gpt-4o-2024-05-13')).slice(0, 2), [5, 15]);
  assert.deepEqual(usd(known('openai', 'gpt-4o')).slice(0, 2), [2.5, 10]);
});

test('only a date is taken off a name', () => {
  const names: [string, string][] = [
    ['Claude-Opus-5-20260612', 'claude-opus-5'],
    ['claude-opus-5@20260612', 'claude-opus-5'],
    ['gpt-5.9-2026-03-01', 'gpt-5.9'],
    ['a-20260101-20260202', 'a-20260101'],
  ];
  for (const [name, undated] of names) assert.equal(undatedName(name), undated);
  const kept = [
    'm-20261301',
    'm-20260132',
    'm-19991231',
    'm-2026-1-1',
    'm@2026-01-01',
    'm20260101',
    'm-20260101-v2',
  ];
  for (const name of [...kept, 'm-latest', 'm-0905', 'm-2507', 'm-001'])
    assert.equal(undatedName(name), name);
});

test('what is not known or bills more than text tokens has no price', () => {
  const cases: [string, string][] = [
    ['nobody', 'gpt-5'],
    ['__proto__', 'gpt-5'],
    ['constructor', 'name'],
    ['openai', ''],
    ['openai', 'gpt'],
    ['openai', '-2026-01-01'],
    ['openai', 'whisper-1'],
    ['openai', 'gpt-4o-audio-preview'],
    ['openai', 'gpt-4o-search-preview'],
    ['openai', 'gpt-4o-mini-search-preview'],
    ['openai', 'gpt-realtime'],
    ['openai', 'gpt-image-2'],
    ['openai', 'gpt-4o-mini-tts'],
    ['openai', 'omni-moderation-latest'],
    ['openai', 'gpt-oss-120b'],
    ['openai', 'ft:gpt-4o-2024-08-06:org::id'],
    ['google', 'gemini-2.5-flash-image'],
    ['google', 'gemini-embedding-2'],
    ['google', 'gemma-4-31b-it'],
    ['perplexity', 'sonar-pro'],
    ['perplexity', 'sonar-deep-research'],
    ['openrouter', 'perplexity/sonar'],
    ['openrouter', 'google/gemini-2.5-flash-image'],
    ['openrouter', 'qwen/qwen3-coder:free'],
    ['groq', 'whisper-large-v3'],
    ['x-ai', 'grok-voice-latest'],
  ];
  for (const [list, model] of cases) assert.equal(findPrice(list, model), undefined, `${list} ${model}`);
});

test('every price of every list is whole, ordered and not free', () => {
  assert.ok(everyName.length > 1000);
  for (const [list, name] of everyName) {
    for (const at of [Date.parse(PRICES_AS_OF), Date.parse('2100-01-01')]) {
      const price = known(list, name, at);
      const tiers = price.above ?? [];
      for (const r of [price, ...tiers.map((tier) => tier.price)]) {
        for (const value of [r.input, r.output, r.cacheRead, r.cacheWrite5m, r.cacheWrite1h]) {
          assert.ok(Number.isSafeInteger(value), `${list} ${name}`);
        }
        assert.ok(r.input > 0 && r.cacheRead > 0, name);
        assert.ok(r.output > 0 || /embed/.test(name), name);
        assert.ok(r.cacheWrite5m >= r.input && r.cacheWrite1h >= r.cacheWrite5m, name);
        assert.ok(r.cacheRead <= r.input, name);
      }
      const starts = tiers.map((tier) => tier.tokens);
      assert.deepEqual(
        starts,
        [...new Set(starts)].sort((a, b) => a - b),
      );
      assert.ok((price.inputAudio ?? Number.POSITIVE_INFINITY) > price.input, name);
      assert.ok(Object.isFrozen(price) && Object.isFrozen(price.above ?? price), name);
    }
  }
  const names = everyName.map(([list, name]) => `${list} ${name}`);
  assert.equal(new Set(names).size, names.length, 'a name stands in two rows');
});

test('a price rise that was announced comes into force on its day', () => {
  const at = (when?: string) =>
    known('google', 'gemini-3.8-flash', when === undefined ? when : Date.parse(when));
  assert.equal(at().input, parseUsd('0.75'));
  assert.equal(at('2026-12-31T23:59:59.999Z').input, parseUsd('0.75'));
  assert.equal(at('2027-01-01T00:00Z').input, parseUsd('1.5'));
  assert.equal(at('1960-01-01').input, parseUsd('0.75'), 'before the list, its oldest price');
  assert.equal(at('2027-01-01'), at('2028-01-01'), 'the same object each time');
});

test('costs agree with those of the package, for every model that both know', () => {
  const texts = (match: MatchLogic): string[] =>
    Object.values(match).flatMap((value) => (typeof value === 'string' ? [value] : value.flatMap(texts)));
  const least: Record<string, number> = { anthropic: 120, openai: 330, google: 150 };
  for (const [list, atLeast] of Object.entries(least)) {
    const models = findProvider({ providerId: list })?.models ?? [];
    let compared = 0;
    for (const name of new Set(models.flatMap((model) => [model.id, ...texts(model.match)]))) {
      for (const at of [Date.parse(PRICES_AS_OF), Date.parse('2027-02-01')]) {
        const price = findPrice(list, name, at);
        if (price === undefined) continue;
        compared++;
        compare(list, name, at, price);
      }
    }
    assert.ok(compared >= atLeast, `${list}: only ${compared}`);
  }
});

/**
 * The package adds floats, each of them a few units of 2^-53 off, and does not round: over the largest call here, some
 * $600 = 6e11 nano-USD, that stays below 0.001 nano-USD. Ours is exact and rounded up, so it lies 0 to 1 above.
 */
function compare(list: string, name: string, at: number, price: Price): void {
  const count = fc.integer({ min: 0, max: 300_000 });
  // 1-hour writes have a price of their own at Anthropic only. Elsewhere the package bills them as 5-minute writes.
  const writes1h = list === 'anthropic' ? count : fc.constant(0);
  const usage: fc.Arbitrary<Usage> = fc.record({
    inputTokens: count,
    outputTokens: count,
    cacheReadTokens: count,
    cacheWrite5mTokens: count,
    cacheWrite1hTokens: writes1h,
    inputAudioTokens: price.inputAudio === undefined ? fc.constant(0) : count,
  });
  const property = fc.property(usage, (used) => {
    const audio = used.inputAudioTokens ?? 0;
    const writes = used.cacheWrite5mTokens + used.cacheWrite1hTokens;
    const theirs = calcPrice(
      {
        input_tokens: used.inputTokens + used.cacheReadTokens + writes + audio,
        output_tokens: used.outputTokens,
        cache_read_tokens: used.cacheReadTokens,
        cache_write_tokens: writes,
        cache_write_1h_tokens: used.cacheWrite1hTokens,
        input_audio_tokens: audio,
        cache_audio_read_tokens: 0,
      },
      name,
      { providerId: list, timestamp: new Date(at) },
    );
    const over = costOf(used, price) - (theirs?.total_price ?? Number.NaN) * 1e9;
    assert.ok(over > -0.001 && over < 1.001, `${name}: ${over} nano-USD over`);
  });
  fc.assert(property, { numRuns: 20 });
}
