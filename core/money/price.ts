/**
 * What a call costs, and what it can cost at most.
 *
 *   before the call: dearestInput, dearestOutput ─> boundCost (reserve), maxOutputFor (lower the output cap)
 *   after it:        usage ─> costOf (settle)
 *
 * Rates are whole nano-USD per million tokens: some list prices are not whole nano-USD per token. Each result is
 * rounded up once, so a bound never lies below the cost it bounds.
 */
import { ceilDiv, type NanoUsd } from './amount.ts';

/** Nano-USD per million tokens, safe integers >= 0, one for each kind of token that providers bill. */
export interface Rates {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
}

/** One model's list price. The fields at the top hold for calls below every tier of `above`. */
export interface Price extends Rates {
  /** Nano-USD per million tokens of audio input where that costs more than `input`; without it audio is `input`. */
  inputAudio?: number;
  /** Nano-USD for one search of the provider's own web search tool; unknown without it. */
  webSearch?: number;
  /** Tokens. */
  contextWindow?: number;
  /** Thousandths of all rates of text that calls at the provider's flex tier cost; without it they cost the same. */
  flexPermille?: number;
  /**
   * Long-context tiers: once a call's input of all kinds, cached or not, is more than `tokens`, the whole call,
   * output included, has that tier's price (the rule of Google, OpenAI and xAI, and of genai-prices). Audio and
   * searches have no tiers.
   */
  above?: { tokens: number; price: Rates }[];
}

/**
 * Counted tokens of one call. The kinds are disjoint, as Anthropic reports them: `inputTokens` leaves out what was
 * read from or written to a cache. Reasoning counts as output.
 */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWrite5mTokens: number;
  cacheWrite1hTokens: number;
  /** Audio input, cached or not: cached audio is charged in full, as few lists have a rate for it. */
  inputAudioTokens?: number;
  /** Searches the provider's web search tool made. */
  webSearches?: number;
  /**
   * Thousandths by which all token rates are multiplied; 1000 without it. 1100 for Anthropic's US-only inference
   * (https://platform.claude.com/docs/en/about-claude/pricing#data-residency-pricing), also for service tiers.
   */
  multiplierPermille?: number;
  /** Whether the provider says that it was processed at its flex tier: slower, and at some providers cheaper. */
  flex?: boolean;
}

export const NO_USAGE: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
};

/** What a request may do, for the dearest rate it can reach. */
export interface Reach {
  /** The longest-lived cache that the request writes to. */
  cacheWrite: 'none' | '5m' | '1h';
  /** Upper bound of the input of all kinds, tokens: decides which tiers can be reached. */
  maxInputTokens: number;
  /** Whether it has audio input. */
  audio?: boolean;
  /** As in Usage. The rate is then rounded up to a whole nano-USD per million tokens. */
  multiplierPermille?: number;
}

const PER_MILLION = 1_000_000n;
const PERMILLE = 1000n;
const NANO_PER_CENT = 10_000_000;

/**
 * The cost of one call.
 * @returns nano-USD, rounded up once
 * @throws RangeError if a count or rate is not a safe integer >= 0, if searches were made that have no price, or if
 *   the cost is no safe integer (9 M USD)
 */
export function costOf(usage: Usage, price: Price): NanoUsd {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = usage;
  const { inputAudioTokens = 0, webSearches = 0, multiplierPermille = 1000 } = usage;
  if (webSearches !== 0 && price.webSearch === undefined) {
    throw new RangeError('There is no known price for web searches with this model.');
  }
  const allInput = inputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens + inputAudioTokens;
  const listed = ratesAt(price, allInput);
  const rates = usage.flex ? flexRates(listed, price) : listed;
  const tokens =
    times(inputTokens, rates.input) +
    times(outputTokens, rates.output) +
    times(cacheReadTokens, rates.cacheRead) +
    times(cacheWrite5mTokens, rates.cacheWrite5m) +
    times(cacheWrite1hTokens, rates.cacheWrite1h) +
    times(inputAudioTokens, Math.max(listed.input, price.inputAudio ?? 0));
  const searches = times(webSearches, price.webSearch ?? 0) * PER_MILLION;
  return safe(ceilDiv(tokens * count(multiplierPermille) + searches * PERMILLE, PER_MILLION * PERMILLE));
}

/**
 * What a call costs at most, with rates from dearestInput and dearestOutput.
 * @param inputTokens upper bound of the input of all kinds
 * @param outputTokens the output cap
 * @returns nano-USD, rounded up once
 * @throws RangeError as costOf
 */
export function boundCost(
  inputTokens: number,
  outputTokens: number,
  rates: { input: number; output: number },
): NanoUsd {
  return safe(ceilDiv(times(inputTokens, rates.input) + times(outputTokens, rates.output), PER_MILLION));
}

/**
 * The output cap that fits what is left of a budget.
 * @param left nano-USD, a safe integer; may be negative
 * @returns the most output tokens whose boundCost is <= left; -1 if not even none fit; Number.MAX_SAFE_INTEGER if
 *   output costs nothing (embeddings) or nearly so
 * @throws RangeError as costOf
 */
export function maxOutputFor(
  left: NanoUsd,
  inputTokens: number,
  rates: { input: number; output: number },
): number {
  if (!Number.isSafeInteger(left)) throw new RangeError(`${left} is not an amount in whole nano-USD.`);
  // ceil(x / 1e6) <= left holds exactly when x <= left * 1e6: no rounding is lost by staying in the product's unit.
  const forOutput = BigInt(left) * PER_MILLION - times(inputTokens, rates.input);
  if (forOutput < 0n) return -1;
  const rate = count(rates.output);
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  const fits = rate === 0n ? most : forOutput / rate;
  return Number(fits < most ? fits : most);
}

/**
 * The dearest rate that any input token of such a request can have: every tier that it can reach, read from a cache,
 * written to one, or neither.
 * @returns nano-USD per million tokens
 * @throws RangeError as costOf
 */
export function dearestInput(price: Price, reach: Reach): number {
  const rates = reachable(price, reach).flatMap((r) => [
    r.input,
    r.cacheRead,
    reach.cacheWrite === 'none' ? 0 : r.cacheWrite5m,
    reach.cacheWrite === '1h' ? r.cacheWrite1h : 0,
  ]);
  return multiplied(Math.max(...rates, reach.audio ? (price.inputAudio ?? 0) : 0), reach);
}

/**
 * The dearest rate that the output of such a request can have.
 * @returns nano-USD per million tokens
 * @throws RangeError as costOf
 */
export function dearestOutput(
  price: Price,
  reach: Pick<Reach, 'maxInputTokens' | 'multiplierPermille'>,
): number {
  return multiplied(Math.max(...reachable(price, reach).map((r) => r.output)), reach);
}

function ratesAt(price: Price, inputTokens: number): Rates {
  let reached = -1;
  let rates: Rates = price;
  for (const tier of price.above ?? []) {
    if (inputTokens > tier.tokens && tier.tokens > reached) {
      reached = tier.tokens;
      rates = tier.price;
    }
  }
  return rates;
}

/** OpenAI publishes flex rates of cached input rounded up to whole cents (0.13 for half of 0.25); the dearer is charged. */
function flexRates(rates: Rates, { flexPermille = 1000 }: Price): Rates {
  const at = (rate: number): number => multiplied(rate, { multiplierPermille: flexPermille });
  const read = Math.ceil(at(rates.cacheRead) / NANO_PER_CENT) * NANO_PER_CENT;
  return {
    input: at(rates.input),
    output: at(rates.output),
    cacheRead: Math.min(rates.cacheRead, read),
    cacheWrite5m: at(rates.cacheWrite5m),
    cacheWrite1h: at(rates.cacheWrite1h),
  };
}

function reachable(price: Price, { maxInputTokens }: Pick<Reach, 'maxInputTokens'>): Rates[] {
  count(maxInputTokens);
  const tiers = (price.above ?? []).filter((tier) => maxInputTokens > tier.tokens);
  return [price, ...tiers.map((tier) => tier.price)];
}

function multiplied(rate: number, { multiplierPermille = 1000 }: Pick<Reach, 'multiplierPermille'>): number {
  return safe(ceilDiv(times(rate, multiplierPermille), PERMILLE));
}

function times(a: number, b: number): bigint {
  return count(a) * count(b);
}

function count(n: number): bigint {
  if (!Number.isSafeInteger(n) || n < 0) {
    throw new RangeError(`${n} is not a count: token counts and rates are safe integers from 0 up.`);
  }
  return BigInt(n);
}

function safe(n: bigint): number {
  if (n > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(`${n} nano-USD is more than Tollgate counts (9000000 US dollars).`);
  }
  return Number(n);
}
