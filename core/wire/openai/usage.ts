/**
 * What a provider that speaks OpenAI's APIs says a call used. Source: OpenAI API reference, the usage objects of chat
 * completions and responses. Input includes what was read from a cache or written to one, and audio; output includes
 * reasoning.
 */
import { isObject, type JsonObject, type JsonValue } from '../../json/read.ts';
import type { Usage } from '../../money/price.ts';
import type { ReplyFacts } from '../wire.ts';

/** How a wire calls its counts; `<name>_details` splits them. */
export type UsageNames = readonly [input: string, output: string];

/** OpenAI, "Priority processing": the dearest of its models costs 2.5 times as much there as at the default tier. */
export const PRIORITY_PERMILLE = 2500;

/** Tokens as they are billed: the kinds are disjoint. */
interface Counts {
  readonly all: number;
  readonly output: number;
  readonly read: number;
  readonly written: number;
  readonly audio: number;
}

const NONE: Counts = { all: 0, output: 0, read: 0, written: 0, audio: 0 };

export class UsageMeter {
  readonly #names: UsageNames;
  readonly #longCache: boolean;
  #counts: Counts = NONE;
  /** The dearest tier that was said; undefined where none was. */
  #tier: 'flex' | 'other' | 'priority' | undefined;
  #said = false;
  #impossible = false;

  /** @param cacheWrite what the request asked for: decides the price of writes, whose kinds replies do not split */
  constructor(names: UsageNames, cacheWrite: 'none' | '5m' | '1h') {
    this.#names = names;
    this.#longCache = cacheWrite === '1h';
  }

  /**
   * Takes one usage object. Some hosts send several; said twice, each count is believed at its highest.
   * @param tier the `service_tier` beside it: how the call was really processed
   */
  take(usage: JsonValue | undefined, tier?: JsonValue): void {
    this.#takeTier(tier);
    if (!isObject(usage)) return;
    const [input, output] = this.#names;
    const counts = this.#countsOf(usage, input, output);
    // No request is without input: a host that counts none has not counted.
    if (counts.all > 0 && typeof usage[output] === 'number') this.#said = true;
    this.#counts = {
      all: Math.max(this.#counts.all, counts.all),
      output: Math.max(this.#counts.output, counts.output),
      read: Math.max(this.#counts.read, counts.read),
      written: Math.max(this.#counts.written, counts.written),
      audio: Math.max(this.#counts.audio, counts.audio),
    };
  }

  /** What is known so far, and nothing of what was impossible. */
  get soFar(): Usage {
    const { all, output, read, written, audio } = this.#counts;
    return {
      inputTokens: Math.max(0, all - read - written - audio),
      outputTokens: output,
      cacheReadTokens: read,
      cacheWrite5mTokens: this.#longCache ? 0 : written,
      cacheWrite1hTokens: this.#longCache ? written : 0,
      ...(audio > 0 ? { inputAudioTokens: audio } : {}),
      ...(this.#tier === 'priority' ? { multiplierPermille: PRIORITY_PERMILLE } : {}),
      ...(this.#tier === 'flex' ? { flex: true } : {}),
    };
  }

  /** @returns the usage of the whole reply; without it if the provider did not say, or said something impossible */
  facts(): ReplyFacts {
    const { soFar } = this;
    if (this.#impossible) return { usage: undefined, soFar, faults: ['usage_impossible'] };
    if (!this.#said) return { usage: undefined, soFar, faults: ['usage_missing'] };
    return { usage: soFar, soFar, faults: [] };
  }

  /** Said twice, the dearest is believed: the cheaper one only where nothing else was said. */
  #takeTier(tier: JsonValue | undefined): void {
    if (typeof tier !== 'string' || tier === '' || this.#tier === 'priority') return;
    if (tier === 'priority') this.#tier = 'priority';
    else if (tier !== 'flex') this.#tier = 'other';
    else this.#tier ??= 'flex';
  }

  #countsOf(usage: JsonObject, inputName: string, outputName: string): Counts {
    const ofInput = part(usage, `${inputName}_details`);
    const ofOutput = part(usage, `${outputName}_details`);
    const all = this.#count(usage[inputName]);
    const said = this.#count(usage[outputName]);
    // xAI leaves reasoning out of the completion, and Google's OpenAI-compatible host thoughts; their totals have them.
    const output = Math.max(said, this.#count(usage.total_tokens) - all);
    const audio = this.#count(ofInput.audio_tokens);
    // DeepSeek and Moonshot have names of their own, beside the usual one or without it.
    const cached = Math.max(
      this.#count(ofInput.cached_tokens),
      this.#count(usage.prompt_cache_hit_tokens),
      this.#count(usage.cached_tokens),
    );
    const written = this.#count(ofInput.cache_write_tokens);
    // Which of the cached tokens are audio is not said. Audio is charged in full, so the fewest others are the dearest.
    const read = Math.max(0, cached - audio);
    const ofModel = ['reasoning_tokens', 'audio_tokens'].map((name) => this.#count(ofOutput[name]));
    const predicted = this.#count(ofOutput.rejected_prediction_tokens);
    const details = ofModel.reduce((sum, n) => sum + n, predicted);
    const possible = cached <= all && read + written + audio <= all && details <= output;
    if (!possible) this.#impossible = true;
    return possible ? { all, output, read, written, audio } : { ...NONE, all, output };
  }

  #count(value: JsonValue | undefined): number {
    if (value === undefined || value === null) return 0;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 1e12) return value;
    this.#impossible = true;
    return 0;
  }
}

function part(usage: JsonObject, name: string): JsonObject {
  const value = usage[name];
  return isObject(value) ? value : {};
}
