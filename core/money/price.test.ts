import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../testing-fast-check.ts';
import { parseUsd } from './amount.ts';
import {
  boundCost,
  costOf,
  dearestInput,
  dearestOutput,
  maxOutputFor,
  type Price,
  type Rates,
  type Reach,
  type Usage,
} from './price.ts';

const NONE: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
};

/** USD per million tokens: input, output, cache read, 5-minute and 1-hour write. */
function rates(...usd: [string, string, string, string, string]): Rates {
  const [input, output, cacheRead, cacheWrite5m, cacheWrite1h] = usd.map(parseUsd) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return { input, output, cacheRead, cacheWrite5m, cacheWrite1h };
}

const gpt5: Price = rates('1.25', '10', '0.125', '1.25', '1.25');
const opus5: Price = rates('5', '25', '0.5', '6.25', '10');
const geminiPro: Price = {
  ...rates('1.25', '10', '0.125', '1.25', '1.25'),
  above: [{ tokens: 200_000, price: rates('2.5', '15', '0.25', '2.5', '2.5') }],
};

test('calls cost what the price pages say', () => {
  const cases: [string, Partial<Usage>, Price, string][] = [
    // 100 × $1.25 and 900 × $0.125 a million, and 100 × $10 for the answer.
    ['gpt-5, 900 of 1,000 cached', { inputTokens: 100, cacheReadTokens: 900 }, gpt5, '0.0002375'],
    [
      'the same with output',
      { inputTokens: 100, cacheReadTokens: 900, outputTokens: 100 },
      gpt5,
      '0.0012375',
    ],
    // 10 × $5, 900 × $0.5, 60 × $6.25, 40 × $10, 20 × $25 a million.
    [
      'Claude with writes of both kinds',
      {
        inputTokens: 10,
        cacheReadTokens: 900,
        cacheWrite5mTokens: 60,
        cacheWrite1hTokens: 40,
        outputTokens: 20,
      },
      opus5,
      '0.001775',
    ],
    [
      'US-only inference',
      { inputTokens: 1000, outputTokens: 100, multiplierPermille: 1100 },
      opus5,
      '0.00825',
    ],
    ['Gemini up to the tier', { inputTokens: 200_000, outputTokens: 1000 }, geminiPro, '0.26'],
    ['Gemini above it, output too', { inputTokens: 250_000, outputTokens: 1000 }, geminiPro, '0.64'],
    ['cached tokens reach the tier', { inputTokens: 1, cacheReadTokens: 200_000 }, geminiPro, '0.0500025'],
    ['nothing', {}, opus5, '0'],
  ];
  for (const [name, usage, price, usd] of cases) {
    assert.equal(costOf({ ...NONE, ...usage }, price), parseUsd(usd), name);
  }
});

test('a cost is rounded up once, not for each kind of token', () => {
  const third: Price = { input: 1, output: 1, cacheRead: 1, cacheWrite5m: 1, cacheWrite1h: 1 };
  const all = {
    inputTokens: 1,
    outputTokens: 1,
    cacheReadTokens: 1,
    cacheWrite5mTokens: 1,
    cacheWrite1hTokens: 1,
  };
  assert.equal(costOf(all, third), 1);
  assert.equal(costOf({ ...all, inputTokens: 999_996 }, third), 1);
  assert.equal(costOf({ ...all, inputTokens: 999_997 }, third), 2);
  assert.equal(costOf({ ...NONE, inputTokens: 1_000_000, multiplierPermille: 1001 }, third), 2);
  assert.equal(costOf({ ...NONE, inputTokens: 1_500_000, multiplierPermille: 1100 }, third), 2, '1.65');
});

test('audio has its own rate where the list has one, and the price of input otherwise', () => {
  const flash: Price = { ...rates('0.3', '2.5', '0.03', '0.3', '0.3'), inputAudio: parseUsd('1') };
  const usage = { ...NONE, inputTokens: 100, inputAudioTokens: 50 };
  assert.equal(costOf(usage, flash), parseUsd('0.00008'));
  assert.equal(costOf(usage, gpt5), parseUsd('0.0001875'));
  assert.equal(costOf({ ...NONE, inputAudioTokens: 200_001 }, geminiPro), parseUsd('0.5000025'));
  // A tier whose text is dearer than the model's audio: audio is never the cheaper one.
  const both: Price = { ...geminiPro, inputAudio: parseUsd('2') };
  assert.equal(costOf({ ...NONE, inputAudioTokens: 1_000_000 }, both), parseUsd('2.5'));
});

test('searches are paid for one by one, without the multiplier, and are never free by mistake', () => {
  const withSearch = { ...opus5, webSearch: parseUsd('0.01') };
  assert.equal(costOf({ ...NONE, webSearches: 3 }, withSearch), parseUsd('0.03'));
  const both = { ...NONE, webSearches: 1, inputTokens: 1000, multiplierPermille: 1100 };
  assert.equal(costOf(both, withSearch), parseUsd('0.0155'));
  assert.throws(() => costOf({ ...NONE, webSearches: 1 }, opus5), {
    name: 'RangeError',
    message: /web searches/,
  });
});

test('the flex tier costs its share of all rates of text, rounded up as it is published; without a share, as much as any', () => {
  const flexible: Price = { ...gpt5, flexPermille: 500, inputAudio: parseUsd('4'), webSearch: 1000 };
  const million = (more: Partial<Usage>) => costOf({ ...NONE, ...more, flex: true }, flexible) / 1e9;
  assert.equal(million({ inputTokens: 1e6 }), 0.625);
  assert.equal(million({ outputTokens: 1e6 }), 5);
  // OpenAI's page: 0.0625; of gpt-5.4, half of 0.25 as 0.13.
  assert.equal(million({ cacheReadTokens: 1e6 }), 0.07);
  assert.equal(million({ cacheWrite5mTokens: 1e6 }), 0.625);
  assert.equal(million({ cacheWrite1hTokens: 1e6 }), 0.625);
  assert.equal(million({ inputAudioTokens: 1e6 }), 4, 'audio has no such tier');
  assert.equal(million({ webSearches: 1 }), 0.000001, 'nor have searches');
  assert.equal(costOf({ ...NONE, inputTokens: 1e6, flex: true }, gpt5), parseUsd('1.25'));
  const long = { ...flexible, above: [{ tokens: 200_000, price: rates('2.5', '15', '0.25', '2.5', '2.5') }] };
  assert.equal(costOf({ ...NONE, inputTokens: 1e6, outputTokens: 1e6, flex: true }, long) / 1e9, 1.25 + 7.5);
  const tiny = { ...gpt5, cacheRead: 1, flexPermille: 500 };
  assert.equal(
    costOf({ ...NONE, cacheReadTokens: 1e6, flex: true }, tiny),
    1,
    'never more than the usual rate',
  );
});

test('tiers need no order', () => {
  const tier = (tokens: number, input: number) => ({ tokens, price: { ...gpt5, input } });
  const price: Price = { ...gpt5, input: 1e6, above: [tier(200, 3e6), tier(100, 2e6)] };
  const cost = (inputTokens: number) => costOf({ ...NONE, inputTokens }, price) / inputTokens;
  assert.deepEqual([100, 101, 200, 201].map(cost), [1, 2, 2, 3]);
});

test('counts and rates that are no counts are refused', () => {
  for (const bad of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    for (const field of Object.keys(NONE)) {
      assert.throws(() => costOf({ ...NONE, [field]: bad }, opus5), RangeError, `${field} ${bad}`);
    }
    for (const field of ['inputAudioTokens', 'webSearches', 'multiplierPermille']) {
      const usage = { ...NONE, [field]: bad };
      assert.throws(() => costOf(usage, { ...opus5, webSearch: 1 }), RangeError, `${field} ${bad}`);
    }
    assert.throws(() => costOf({ ...NONE, inputTokens: 1 }, { ...opus5, input: bad }), RangeError);
    assert.throws(() => boundCost(bad, 1, opus5), RangeError);
    assert.throws(() => boundCost(1, bad, opus5), RangeError);
    assert.throws(() => maxOutputFor(5, bad, opus5), RangeError);
    assert.throws(() => dearestInput(opus5, { cacheWrite: 'none', maxInputTokens: bad }), RangeError);
    assert.throws(() => dearestOutput(opus5, { maxInputTokens: bad }), RangeError);
  }
  assert.throws(() => maxOutputFor(0.5, 0, opus5), RangeError);
});

test('a cost too large to count exactly is refused', () => {
  assert.throws(() => costOf({ ...NONE, inputTokens: Number.MAX_SAFE_INTEGER }, opus5), RangeError);
  assert.throws(() => boundCost(Number.MAX_SAFE_INTEGER, 0, opus5), RangeError);
});

const rate = fc.integer({ min: 0, max: 600e9 });
const tokens = fc.integer({ min: 0, max: 2_000_000 });
const someRates: fc.Arbitrary<Rates> = fc.record({
  input: rate,
  output: rate,
  cacheRead: rate,
  cacheWrite5m: rate,
  cacheWrite1h: rate,
});

test('the output cap is the largest one that fits', () => {
  const left = fc.integer({ min: -1e9, max: 9e12 });
  // Below 10,000 the cap itself is no safe integer any more: see the edges.
  const positive = fc.record({ input: rate, output: fc.integer({ min: 10_000, max: 600e9 }) });
  fc.assert(
    fc.property(left, tokens, positive, (budget, input, price) => {
      const most = maxOutputFor(budget, input, price);
      if (most === -1) assert.ok(budget < 0 || boundCost(input, 0, price) > budget);
      else {
        assert.ok(boundCost(input, most, price) <= budget);
        assert.ok(budget < boundCost(input, most + 1, price));
      }
    }),
    { numRuns: 2000 },
  );
});

test('the edges of the output cap', () => {
  const price = { input: 1_000_000, output: 1_000_000 };
  assert.equal(maxOutputFor(10, 4, price), 6);
  assert.equal(maxOutputFor(4, 4, price), 0);
  assert.equal(maxOutputFor(3, 4, price), -1);
  assert.equal(maxOutputFor(-1, 0, price), -1);
  assert.equal(maxOutputFor(4, 4, { input: 1_000_000, output: 0 }), Number.MAX_SAFE_INTEGER);
  assert.equal(maxOutputFor(9e15, 0, { input: 0, output: 1 }), Number.MAX_SAFE_INTEGER);
});

test('the dearest rates are those of the tiers and cache writes that a request can reach', () => {
  const at = (maxInputTokens: number, cacheWrite: Reach['cacheWrite'] = 'none') =>
    dearestInput(geminiPro, { maxInputTokens, cacheWrite });
  assert.equal(at(200_000), parseUsd('1.25'));
  assert.equal(at(200_001), parseUsd('2.5'));
  assert.equal(dearestOutput(geminiPro, { maxInputTokens: 200_000 }), parseUsd('10'));
  assert.equal(dearestOutput(geminiPro, { maxInputTokens: 200_001 }), parseUsd('15'));
  const opus = (cacheWrite: Reach['cacheWrite']) => dearestInput(opus5, { maxInputTokens: 9, cacheWrite });
  assert.deepEqual((['none', '5m', '1h'] as const).map(opus), ['5', '6.25', '10'].map(parseUsd));
  const us = { maxInputTokens: 9, cacheWrite: '5m', multiplierPermille: 1100 } as const;
  assert.equal(dearestInput(opus5, us), parseUsd('6.875'));
  assert.equal(dearestOutput(opus5, us), parseUsd('27.5'));
  const tiny = { ...opus5, output: 1 };
  assert.equal(dearestOutput(tiny, { maxInputTokens: 9, multiplierPermille: 1001 }), 2, 'rounded up');
});

test('no use of a request costs more than its bound', () => {
  const price: fc.Arbitrary<Price> = fc
    .tuple(someRates, fc.array(fc.record({ tokens, price: someRates }), { maxLength: 3 }), rate)
    .map(([base, above, inputAudio]) => ({ ...base, above, inputAudio }));
  const split = fc.tuple(tokens, tokens, tokens, tokens, tokens);
  const permille = fc.constantFrom(500, 1000, 1100, 1001);
  const slack = fc.nat(1000);
  fc.assert(
    fc.property(
      price,
      split,
      tokens,
      permille,
      slack,
      (p, counts, outputTokens, multiplierPermille, more) => {
        const [inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens, inputAudioTokens] =
          counts;
        const input = {
          inputTokens,
          cacheReadTokens,
          cacheWrite5mTokens,
          cacheWrite1hTokens,
          inputAudioTokens,
        };
        const maxInputTokens = counts.reduce((a, b) => a + b) + more;
        const cacheWrite = cacheWrite1hTokens > 0 ? '1h' : cacheWrite5mTokens > 0 ? '5m' : 'none';
        const reach: Reach = { cacheWrite, maxInputTokens, audio: inputAudioTokens > 0, multiplierPermille };
        const bound = { input: dearestInput(p, reach), output: dearestOutput(p, reach) };
        const cost = costOf({ ...input, outputTokens, multiplierPermille }, p);
        assert.ok(cost <= boundCost(maxInputTokens, outputTokens, bound));
      },
    ),
    { numRuns: 2000 },
  );
});
