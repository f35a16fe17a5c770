/**
 * Tokens that were good a moment ago. A sidecar shows the same one with each call for an hour, and its signature stays what
 * it is; what may change meanwhile, whether its pod is there and governed, is asked elsewhere each time.
 *
 * A key that the cluster takes back is believed for a minute more. It takes longer until anybody is told of that: the set
 * of keys is read every five minutes.
 */
import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { Caller, TokenVerdict } from './tokens.ts';

const KEPT_MS = 60_000;
/** Tokens of so many pods; the oldest are forgotten, and verified again. */
const MOST = 20_000;

interface Good {
  readonly caller: Caller;
  /** Epoch ms. */
  readonly until: number;
}

export class VerifiedTokens {
  readonly #verify: (token: string) => Promise<TokenVerdict>;
  readonly #now: () => number;
  /** By their hash: tokens themselves are not kept. */
  readonly #good = new Map<string, Good>();

  /** @param verify says of one whether it is good; @param now epoch ms */
  constructor(verify: (token: string) => Promise<TokenVerdict>, now: () => number = Date.now) {
    this.#verify = verify;
    this.#now = now;
  }

  /** @returns as `verify` does; one that is not good is verified each time */
  async read(token: string): Promise<TokenVerdict> {
    const hash = createHash('sha256').update(token).digest('base64');
    const before = this.#good.get(hash);
    if (before !== undefined && this.#now() < before.until) return { caller: before.caller };
    this.#good.delete(hash);
    const verdict = await this.#verify(token);
    if ('caller' in verdict) this.#keep(hash, verdict.caller, token);
    return verdict;
  }

  #keep(hash: string, caller: Caller, token: string): void {
    const { exp = 0 } = decodeJwt(token);
    this.#good.set(hash, { caller, until: Math.min(this.#now() + KEPT_MS, exp * 1_000) });
    if (this.#good.size > MOST) this.#good.delete(this.#good.keys().next().value ?? '');
  }
}
