/** Prompt caching of the OpenAI API. */
import { createHash } from 'node:crypto';
import { isObject } from '../json.ts';
import type { Tokens } from '../prices.ts';
import { tokensOf } from '../tokens.ts';
import type { Model } from './models.ts';

/**
 * The input side of a call's usage; the kinds exclude each other, which on the wire they do not. `cacheWrite5mTokens`
 * are written for 30 minutes, `cacheWrite1hTokens` for 12 hours.
 */
export type InputTokens = Omit<Tokens, 'outputTokens'>;

export type CacheOptions = {
  readonly ttl: '30m' | '12h';
  /** False if the request wants no cache. */
  readonly on: boolean;
};

/** `prompt_cache_options` of a request. Breakpoints of its own are not known here. */
export function cacheOptionsOf(options: unknown): CacheOptions {
  if (!isObject(options)) return { ttl: '30m', on: true };
  return { ttl: options.ttl === '12h' ? '12h' : '30m', on: options.mode !== 'explicit' };
}

const lifetimeMs = { '30m': 1_800_000, '12h': 43_200_000 } as const;
const mostEntries = 20_000;

/** Caching begins with so many tokens and goes on in steps. Source: OpenAI, "Prompt caching". */
const first = 1024;
const step = 128;

/**
 * Prompt caching as the real API does it by itself: the longest beginning that was seen before is read, in steps of 128
 * tokens from 1,024 on. Models from 5.6 on charge for what is written. Each server has one.
 */
export class PromptCache {
  readonly #expiry = new Map<string, number>();

  /**
   * Counts a request's input and remembers its beginnings.
   * @param now milliseconds since the epoch
   */
  use(model: Model, prompt: Buffer, { ttl, on }: CacheOptions, now: number): InputTokens {
    const total = Math.max(1, tokensOf(prompt.length));
    const none = { cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0 };
    if (!on) return { inputTokens: total, ...none };
    let read = 0;
    let last = 0;
    const hash = createHash('sha256').update(`${model.id} `);
    for (let tokens = first, from = 0; tokens * 4 <= prompt.length; tokens += step) {
      hash.update(prompt.subarray(from, tokens * 4));
      from = tokens * 4;
      last = tokens;
      const key = hash.copy().digest('base64');
      // A longer beginning can't have been seen where a shorter one was not.
      if (read === tokens - step || tokens === first) read = this.#isLive(key, now) ? tokens : read;
      this.#keep(key, now + lifetimeMs[ttl]);
    }
    const written = model.chargesWrites ? last - read : 0;
    return {
      inputTokens: total - read - written,
      cacheReadTokens: read,
      cacheWrite5mTokens: ttl === '30m' ? written : 0,
      cacheWrite1hTokens: ttl === '12h' ? written : 0,
    };
  }

  #isLive(key: string, now: number): boolean {
    return (this.#expiry.get(key) ?? 0) > now;
  }

  #keep(key: string, until: number): void {
    this.#expiry.delete(key);
    this.#expiry.set(key, until);
    const oldest = this.#expiry.keys().next().value;
    if (this.#expiry.size > mostEntries && oldest !== undefined) this.#expiry.delete(oldest);
  }
}
