/**
 * What the provider says a call used. Source: Anthropic API reference, Usage; streams: message_start has the input,
 * message_delta the cumulative output, and may correct the input.
 */
import { isObject, type JsonObject, type JsonValue } from '../../json/read.ts';
import type { Usage } from '../../money/price.ts';
import type { ReplyFacts } from '../wire.ts';

/** Anthropic, "Data residency": all rates × 1.1 for inference in the US only. */
const US_ONLY_PERMILLE = 1100;

type Counts = Required<Omit<Usage, 'inputAudioTokens' | 'multiplierPermille'>>;

const NONE: Counts = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  webSearches: 0,
};

export class UsageMeter {
  readonly #longCache: boolean;
  #counts: Counts = NONE;
  #usOnly = false;
  #final = false;
  #impossible = false;

  /** @param cacheWrite what the request asked for: decides the price of writes that the reply does not split */
  constructor(cacheWrite: 'none' | '5m' | '1h') {
    this.#longCache = cacheWrite === '1h';
  }

  /**
   * Takes one usage object. Said twice, each count is believed at its highest.
   * @param final whether it has the output of the whole reply
   */
  take(usage: JsonValue | undefined, final: boolean): void {
    if (!isObject(usage)) return;
    const counts = this.#counts;
    const top = this.#countsOf(usage);
    // A run with compaction reports each sampling step, and leaves all but the last out of the sums at the top.
    const steps = Array.isArray(usage.iterations) ? usage.iterations.filter(isObject) : [];
    const summed = steps.map((step) => this.#countsOf(step)).reduce(add, NONE);
    this.#counts = highest(highest(counts, top), summed);
    if (usage.inference_geo === 'us') this.#usOnly = true;
    if (final && typeof usage.output_tokens === 'number') this.#final = true;
  }

  /** What is known so far; output only as far as it was said. */
  get soFar(): Usage {
    return this.#usOnly ? { ...this.#counts, multiplierPermille: US_ONLY_PERMILLE } : this.#counts;
  }

  /** @returns the usage of the whole reply; without it if the provider did not say, or said something impossible */
  facts(): ReplyFacts {
    if (this.#impossible) return { usage: undefined, faults: ['usage_impossible'] };
    return this.#final ? { usage: this.soFar, faults: [] } : { usage: undefined, faults: ['usage_missing'] };
  }

  #countsOf(usage: JsonObject): Counts {
    const split = isObject(usage.cache_creation) ? usage.cache_creation : {};
    const written = this.#count(usage.cache_creation_input_tokens);
    const short = this.#count(split.ephemeral_5m_input_tokens);
    const long = this.#count(split.ephemeral_1h_input_tokens);
    const unsplit = Math.max(0, written - short - long);
    const tools = isObject(usage.server_tool_use) ? usage.server_tool_use : {};
    return {
      inputTokens: this.#count(usage.input_tokens),
      outputTokens: this.#count(usage.output_tokens),
      cacheReadTokens: this.#count(usage.cache_read_input_tokens),
      cacheWrite5mTokens: short + (this.#longCache ? 0 : unsplit),
      cacheWrite1hTokens: long + (this.#longCache ? unsplit : 0),
      webSearches: this.#count(tools.web_search_requests),
    };
  }

  #count(value: JsonValue | undefined): number {
    if (value === undefined || value === null) return 0;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 1e12) return value;
    this.#impossible = true;
    return 0;
  }
}

function combine(a: Counts, b: Counts, how: (x: number, y: number) => number): Counts {
  return {
    inputTokens: how(a.inputTokens, b.inputTokens),
    outputTokens: how(a.outputTokens, b.outputTokens),
    cacheReadTokens: how(a.cacheReadTokens, b.cacheReadTokens),
    cacheWrite5mTokens: how(a.cacheWrite5mTokens, b.cacheWrite5mTokens),
    cacheWrite1hTokens: how(a.cacheWrite1hTokens, b.cacheWrite1hTokens),
    webSearches: how(a.webSearches, b.webSearches),
  };
}

const add = (a: Counts, b: Counts): Counts => combine(a, b, (x, y) => x + y);
const highest = (a: Counts, b: Counts): Counts => combine(a, b, Math.max);
