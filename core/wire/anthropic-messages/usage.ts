/**
 * What the provider says a call used. Source: Anthropic API reference, Usage; streams: message_start has the input,
 * message_delta the cumulative output, and may correct the input.
 */
import { isObject, type JsonObject, type JsonValue } from '../../json/read.ts';
import type { Usage } from '../../money/price.ts';
import type { ReplyFacts } from '../wire.ts';

/** Anthropic, "Data residency": all rates × 1.1 for inference in the US only. */
const US_ONLY_PERMILLE = 1100;

/** As the provider counts: written is the sum of what was written to caches, short and long what it says of its kinds. */
interface Counts {
  readonly input: number;
  readonly output: number;
  readonly read: number;
  readonly written: number;
  readonly short: number;
  readonly long: number;
  readonly searches: number;
}

const NONE: Counts = { input: 0, output: 0, read: 0, written: 0, short: 0, long: 0, searches: 0 };

export class UsageMeter {
  readonly #longCache: boolean;
  #counts: Counts = NONE;
  #usOnly = false;
  #inputSaid = false;
  #outputSaid = false;
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
    if (typeof usage.input_tokens === 'number') this.#inputSaid = true;
    if (final && typeof usage.output_tokens === 'number') this.#outputSaid = true;
  }

  /** What is known so far; output only as far as it was said, and nothing of what was impossible. */
  get soFar(): Usage {
    const { input, output, read, written, short, long, searches } = this.#counts;
    // The end of a stream repeats the sum without its kinds; what no kind was said of is what the request asked for.
    const unsplit = Math.max(0, written - short - long);
    return {
      inputTokens: input,
      outputTokens: output,
      cacheReadTokens: read,
      cacheWrite5mTokens: short + (this.#longCache ? 0 : unsplit),
      cacheWrite1hTokens: long + (this.#longCache ? unsplit : 0),
      webSearches: searches,
      ...(this.#usOnly ? { multiplierPermille: US_ONLY_PERMILLE } : {}),
    };
  }

  /** @returns the usage of the whole reply; without it if the provider did not say, or said something impossible */
  facts(): ReplyFacts {
    const { soFar } = this;
    if (this.#impossible) return { usage: undefined, soFar, faults: ['usage_impossible'] };
    if (!this.#inputSaid || !this.#outputSaid) return { usage: undefined, soFar, faults: ['usage_missing'] };
    return { usage: soFar, soFar, faults: [] };
  }

  #countsOf(usage: JsonObject): Counts {
    const split = isObject(usage.cache_creation) ? usage.cache_creation : {};
    const tools = isObject(usage.server_tool_use) ? usage.server_tool_use : {};
    return {
      input: this.#count(usage.input_tokens),
      output: this.#count(usage.output_tokens),
      read: this.#count(usage.cache_read_input_tokens),
      written: this.#count(usage.cache_creation_input_tokens),
      short: this.#count(split.ephemeral_5m_input_tokens),
      long: this.#count(split.ephemeral_1h_input_tokens),
      searches: this.#count(tools.web_search_requests),
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
    input: how(a.input, b.input),
    output: how(a.output, b.output),
    read: how(a.read, b.read),
    written: how(a.written, b.written),
    short: how(a.short, b.short),
    long: how(a.long, b.long),
    searches: how(a.searches, b.searches),
  };
}

const add = (a: Counts, b: Counts): Counts => combine(a, b, (x, y) => x + y);
const highest = (a: Counts, b: Counts): Counts => combine(a, b, Math.max);
