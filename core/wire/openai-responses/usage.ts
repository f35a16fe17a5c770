/** What the provider says a call used, beside what all of OpenAI's wires say: searches. Source: API reference, usage. */
import { isObject, type JsonObject, type JsonValue } from '../../json/read.ts';
import { UsageMeter } from '../openai/usage.ts';
import type { ReplyFacts, RequestView } from '../wire.ts';

/** Replies name fast mode `priority`; the one that is faster still has no published price. */
const FAST: ReadonlySet<JsonValue | undefined> = new Set(['priority', 'fast', 'ultrafast']);

/** @param response a response that has ended; undefined where none has */
export function readUsage(
  response: JsonObject | undefined,
  { cacheWrite }: Pick<RequestView, 'cacheWrite'>,
): ReplyFacts {
  const meter = new UsageMeter(['input_tokens', 'output_tokens'], cacheWrite);
  const tier = response?.service_tier;
  meter.take(response?.usage, FAST.has(tier) ? 'priority' : tier);
  const { usage, soFar, faults } = meter.facts();
  const webSearches = response === undefined ? 0 : searchesIn(response);
  if (webSearches === 0) return { usage, soFar, faults };
  return { usage: usage && { ...usage, webSearches }, soFar: { ...soFar, webSearches }, faults };
}

/** Searches of the provider's own tool: as it counts them, or as many as are in the output. */
function searchesIn({ tool_usage: tools, output }: JsonObject): number {
  const said = isObject(tools) && isObject(tools.web_search) ? tools.web_search.num_requests : undefined;
  const seen = Array.isArray(output) ? output.filter(isSearch).length : 0;
  return typeof said === 'number' && Number.isSafeInteger(said) && said >= 0 && said < 1e6 ? said : seen;
}

/** Opening a page that was found, or looking for something in it, is no search. */
function isSearch(item: JsonValue): boolean {
  if (!isObject(item) || item.type !== 'web_search_call') return false;
  return !isObject(item.action) || (item.action.type ?? 'search') === 'search';
}
