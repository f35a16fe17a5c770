/** Prompt caching of the Messages API. */
import { createHash } from 'node:crypto';
import type { Tokens } from '../prices.ts';
import { tokensOf } from '../tokens.ts';
import type { Call } from './call.ts';
import { segmentsOf } from './usage.ts';

/** The input side of a call's usage. The three kinds exclude each other, as on the real wire. */
export type InputTokens = Omit<Tokens, 'outputTokens'>;

const lifetimeMs = { '5m': 300_000, '1h': 3_600_000 } as const;
const mostEntries = 10_000;

type Entry = { expiresAt: number; readonly keep: keyof typeof lifetimeMs };

/**
 * Prompt caching as the real API does it, less its smallest size: a marked prefix is written when it is first seen and
 * read (and kept longer) when it is seen again. Each server has one; it is all that the rehearsal remembers.
 */
export class PromptCache {
  readonly #entries = new Map<string, Entry>();

  #live(prefix: string, now: number): Entry | undefined {
    const entry = this.#entries.get(prefix);
    return entry !== undefined && entry.expiresAt > now ? entry : undefined;
  }

  #keep(prefix: string, keep: Entry['keep'], now: number): void {
    this.#entries.delete(prefix);
    this.#entries.set(prefix, { expiresAt: now + lifetimeMs[keep], keep });
    const oldest = this.#entries.keys().next().value;
    if (this.#entries.size > mostEntries && oldest !== undefined) this.#entries.delete(oldest);
  }

  /**
   * Counts a request's input and remembers its marked prefixes.
   * @param now milliseconds since the epoch
   */
  use(call: Call, now: number): InputTokens {
    const segments = segmentsOf(call);
    let prefix: string = call.model.id;
    let bytes = 0;
    const steps = segments.map((segment) => {
      prefix = createHash('sha256').update(prefix).update(segment.identity).digest('base64');
      bytes += segment.bytes;
      return { prefix, tokens: tokensOf(bytes), keep: segment.keep };
    });
    const total = Math.max(1, tokensOf(bytes));
    const lastMarked = steps.findLastIndex(({ keep }) => keep !== undefined);
    const hit = steps.findLastIndex(
      (step, index) => index <= lastMarked && this.#live(step.prefix, now) !== undefined,
    );

    for (const step of steps.slice(0, hit + 1)) {
      const entry = this.#live(step.prefix, now);
      if (entry !== undefined) this.#keep(step.prefix, entry.keep, now);
    }
    const cacheReadTokens = steps[hit]?.tokens ?? 0;
    const written = { '5m': 0, '1h': 0 };
    let counted = cacheReadTokens;
    for (const step of steps.slice(hit + 1, lastMarked + 1)) {
      if (step.keep === undefined) continue;
      written[step.keep] += step.tokens - counted;
      counted = step.tokens;
      this.#keep(step.prefix, step.keep, now);
    }
    return {
      inputTokens: total - counted,
      cacheReadTokens,
      cacheWrite5mTokens: written['5m'],
      cacheWrite1hTokens: written['1h'],
    };
  }
}
