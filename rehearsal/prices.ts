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

type Price = { readonly [kind in keyof Tokens]: bigint };

/** A price in nano-USD per million tokens, from dollars per million tokens (rounded to a micro-dollar). */
function price(input: number, output: number, write5m: number, write1h: number, read: number): Price {
  const nano = (dollars: number): bigint => BigInt(Math.round(dollars * 1_000_000)) * 1000n;
  return {
    inputTokens: nano(input),
    outputTokens: nano(output),
    cacheWrite5mTokens: nano(write5m),
    cacheWrite1hTokens: nano(write1h),
    cacheReadTokens: nano(read),
  };
}

const prices: { readonly [model: string]: Price } = {
  'claude-opus-5-5': price(4, 20, 5, 8, 0.2),
  'claude-sonnet-5': price(2, 10, 2.5, 4, 0.2),
  'claude-sonnet-4-5': price(3, 15, 3.75, 6, 0.3),
  'claude-haiku-4-5': price(1, 5, 1.25, 2, 0.1),
};

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
  for (const [kind, perMillion] of Object.entries(list)) {
    sum += BigInt(tokens[kind as keyof Tokens]) * perMillion;
  }
  const [times, per] = geo === 'us' ? [11n, 10_000_000n] : [1n, 1_000_000n];
  const cost = (sum * times + per - 1n) / per;
  if (cost > BigInt(Number.MAX_SAFE_INTEGER))
    throw new Error(`a call for ${cost} nano-USD is beyond exact numbers`);
  return Number(cost);
}
