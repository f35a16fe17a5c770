/**
 * The price lists that Tollgate ships with, looked up so that an unknown model stays unknown.
 *
 *   model name ─> as it stands ─> without its snapshot date ─> exact entry, or undefined
 *
 * There is no matching by prefix: claude-sonnet-5-1 must not be billed like claude-sonnet-5. A policy with a USD limit
 * refuses a model without a price; a Provider can state one (its price overrides come before these lists).
 *
 * What the lists cannot know: openrouter's prices are those of the cheapest endpoint at the time, and the models that
 * bill more than text tokens are left out (scripts/generate-prices.ts says which, and why).
 */
import { parseUsd } from './amount.ts';
import { undatedName } from './model-name.ts';
import type { Price, Rates } from './price.ts';
import { PRICE_LISTS, PRICES_AS_OF } from './prices.generated.ts';

/** The ids of all price lists, for Provider manifests to choose from. */
export const PRICE_LIST_IDS: readonly string[] = Object.keys(PRICE_LISTS);

/**
 * The price of a model.
 * @param list a price list id: "anthropic", "openai", "google", …
 * @param model the model's name as the provider's API takes it; a snapshot date at its end may be one that the list
 *   does not know, "-latest" only where the list has that alias
 * @param at epoch ms of the call: lists name price rises ahead of time. Without it the prices of PRICES_AS_OF.
 * @returns a frozen price, the same object each time; undefined if list or model is unknown
 */
export function findPrice(
  list: string,
  model: string,
  at: number = Date.parse(PRICES_AS_OF),
): Price | undefined {
  const models = modelsOf(list);
  const row = models?.get(model.toLowerCase()) ?? models?.get(undatedName(model));
  return row && pricesOf(row, FLEX_PERMILLE[list]).findLast(({ from }) => from <= at)?.price;
}

/** Whether there is a list of this name. */
export function hasPriceList(list: string): boolean {
  return Object.hasOwn(PRICE_LISTS, list);
}

/**
 * The lists have no prices of service tiers. OpenAI, "Flex processing": tokens are priced at Batch API rates, and "Batch API":
 * half of the usual. Groq's tier of this name costs the same as any.
 */
const FLEX_PERMILLE: Readonly<Record<string, number>> = { openai: 500 };

/** A row of a list, as prices.generated.ts describes it. */
interface RowPrice {
  usd: number[];
  above?: [number, number[]][];
  audio?: number;
  search?: number;
}
interface Row extends RowPrice {
  window?: number;
  from?: [string, RowPrice][];
}

/** Prices of one model with their first instants (epoch ms), in order. */
type Dated = { from: number; price: Price }[];

const lists = new Map<string, Map<string, Row>>();
// Prices are worked out when first asked for: openrouter's 600 at once would stop the process for 10 ms.
const decoded = new WeakMap<Row, Dated>();

function modelsOf(list: string): Map<string, Row> | undefined {
  let models = lists.get(list);
  if (models === undefined && hasPriceList(list)) {
    models = new Map();
    for (const [names, row] of JSON.parse(PRICE_LISTS[list] ?? '[]') as [string[], Row][]) {
      for (const name of names) models.set(name, row);
    }
    lists.set(list, models);
  }
  return models;
}

function pricesOf(row: Row, flexPermille: number | undefined): Dated {
  let dated = decoded.get(row);
  if (dated === undefined) {
    const { window } = row;
    const later = (row.from ?? []).map(([day, price]) => ({
      from: Date.parse(day),
      price: priceOf(price, window, flexPermille),
    }));
    dated = [{ from: Number.NEGATIVE_INFINITY, price: priceOf(row, window, flexPermille) }, ...later];
    decoded.set(row, dated);
  }
  return dated;
}

function priceOf(row: RowPrice, window: number | undefined, flexPermille: number | undefined): Price {
  return Object.freeze({
    ...ratesOf(row.usd),
    ...(row.audio === undefined ? {} : { inputAudio: nano(row.audio) }),
    ...(row.search === undefined ? {} : { webSearch: Math.ceil(nano(row.search) / 1000) }),
    ...(window === undefined ? {} : { contextWindow: window }),
    ...(flexPermille === undefined ? {} : { flexPermille }),
    ...(row.above === undefined ? {} : { above: tiersOf(row.above) }),
  });
}

function tiersOf(above: [number, number[]][]): { tokens: number; price: Rates }[] {
  const tiers = above.map(([tokens, usd]) => Object.freeze({ tokens, price: Object.freeze(ratesOf(usd)) }));
  Object.freeze(tiers);
  return tiers;
}

function ratesOf(usd: number[]): Rates {
  const [input = Number.NaN, output = Number.NaN, cacheRead = input, write5m = input, write1h = write5m] =
    usd;
  return {
    input: nano(input),
    output: nano(output),
    cacheRead: nano(cacheRead),
    cacheWrite5m: nano(write5m),
    cacheWrite1h: nano(write1h),
  };
}

/** USD to nano-USD by way of the decimal digits, which JSON keeps: 0.1 has no exact binary form. */
function nano(usd: number): number {
  return parseUsd(String(usd));
}
