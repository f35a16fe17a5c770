/**
 * The rehearsal's own price list, written by hand from the published one and shared with nobody: when Tollgate's
 * ledger and this bill agree, two independent calculations agree.
 */

/** How many tokens of each kind one call used. */
export type Tokens = {
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly outputTokens: number;
};

type Rates = { readonly [kind in keyof Tokens]: bigint };

/** Rates, and those of calls with more input than `longInput` tokens of all kinds: the whole call has them then. */
type Price = Rates & { readonly long?: Rates };

/** OpenAI, "Pricing": from 5.4 on, calls with more input cost more. */
const longInput = 272_000;

/** A price in nano-USD per million tokens, from dollars per million tokens (rounded to a micro-dollar). */
function price(input: number, output: number, write5m: number, write1h: number, read: number): Rates {
  const nano = (dollars: number): bigint => BigInt(Math.round(dollars * 1_000_000)) * 1000n;
  return {
    inputTokens: nano(input),
    outputTokens: nano(output),
    cacheWrite5mTokens: nano(write5m),
    cacheWrite1hTokens: nano(write1h),
    cacheReadTokens: nano(read),
  };
}

/** Where writing a cache costs what other input does. */
const unwritten = (input: number, output: number, read: number): Rates =>
  price(input, output, input, input, read);

const prices: { readonly [model: string]: Price } = {
  'claude-opus-5-5': price(4, 20, 5, 8, 0.2),
  'claude-sonnet-5': price(2, 10, 2.5, 4, 0.2),
  'claude-sonnet-4-6': price(3, 15, 3.75, 6, 0.3),
  'claude-sonnet-4-5': price(3, 15, 3.75, 6, 0.3),
  'claude-haiku-4-5': price(1, 5, 1.25, 2, 0.1),
  'gpt-6.1-sol': { ...price(2, 10, 2.5, 4, 0.1), long: price(4, 15, 5, 8, 0.2) },
  'gpt-6-astra': { ...price(10, 50, 12.5, 20, 1), long: price(20, 75, 25, 40, 2) },
  'gpt-6-sol': { ...price(2, 10, 2.5, 4, 0.2), long: price(4, 15, 5, 8, 0.4) },
  'gpt-6-luna': { ...price(0.1, 0.5, 0.125, 0.2, 0.01), long: price(0.2, 0.75, 0.25, 0.4, 0.02) },
  'gpt-5.6-sol': { ...price(4, 20, 5, 8, 0.4), long: price(8, 30, 10, 16, 0.8) },
  'gpt-5.5': { ...unwritten(5, 30, 0.5), long: unwritten(10, 45, 1) },
  'gpt-5.4': { ...unwritten(2.5, 15, 0.25), long: unwritten(5, 22.5, 0.5) },
  'gpt-5.4-mini': unwritten(0.75, 4.5, 0.075),
  'gpt-5.4-nano': unwritten(0.2, 1.25, 0.02),
  'gpt-4.1': unwritten(2, 8, 0.5),
  'gpt-4.1-mini': unwritten(0.4, 1.6, 0.1),
  'gpt-4o-mini': unwritten(0.15, 0.6, 0.075),
  'text-embedding-3-small': unwritten(0.02, 0, 0.02),
  'text-embedding-3-large': unwritten(0.13, 0, 0.13),
  'text-embedding-ada-002': unwritten(0.1, 0, 0.1),
};

/** The rates of a call with these tokens. */
function ratesOf({ long, ...rates }: Price, tokens: Tokens): Rates {
  const { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = tokens;
  const input = inputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
  return long !== undefined && input > longInput ? long : rates;
}

/**
 * What a call costs in whole nano-USD (10⁻⁹ $), rounded up once at the end.
 * @param model the model's id without a date
 * @param geo where the inference ran, as the reply's usage says: "us" costs a tenth more, for every kind of token
 * @throws if the model has no price, or the sum is too large for an exact number
 */
export function nanoUsd(model: string, tokens: Tokens, geo: string): number {
  const list = prices[model];
  if (list === undefined) throw new Error(`the rehearsal has no price for ${model}`);
  let sum = 0n;
  for (const [kind, perMillion] of Object.entries(ratesOf(list, tokens))) {
    sum += BigInt(tokens[kind as keyof Tokens]) * perMillion;
  }
  const [times, per] = geo === 'us' ? [11n, 10_000_000n] : [1n, 1_000_000n];
  const cost = (sum * times + per - 1n) / per;
  if (cost > BigInt(Number.MAX_SAFE_INTEGER))
    throw new Error(`a call for ${cost} nano-USD is beyond exact numbers`);
  return Number(cost);
}
