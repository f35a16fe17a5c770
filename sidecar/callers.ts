/** Who may call: asked by the door for each request. `run` and `sidecar` have one caller, `serve` one for each key. */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isClaudeLogin } from '../core/agents/claude-code.ts';
import { type Refusal, refusal } from '../core/govern/refusals.ts';
import { badKey } from './bad-keys.ts';
import type { Identity } from './sidecar.ts';

export interface Callers {
  /** @returns who calls, or why nobody may so */
  of(request: Pick<IncomingMessage, 'headers'>): Identity | Refusal;
  /** @returns those who may call, at most `most` */
  known(most: number): readonly Identity[];
}

/** Headers in which a key may come; `authorization` as a bearer token. */
const HEADERS = ['x-tollgate-key', 'x-cm-api-key', 'authorization', 'x-api-key'] as const;

/** A key as it was sent: none, one, or several that are not the same. */
export type SentKey =
  | { readonly key: string }
  | { readonly none: true }
  /** The headers that have them. */
  | { readonly differing: readonly string[] };

/** @returns the key of a request; headers that are empty, or of another scheme, have none */
export function sentKey(headers: IncomingHttpHeaders): SentKey {
  const sent = HEADERS.flatMap((name) => {
    const value = String(headers[name] ?? '');
    const key = name === 'authorization' ? bearer(value) : value;
    return key ? [{ name, key }] : [];
  });
  const [first] = sent;
  if (first === undefined) return { none: true };
  const same = sent.every(({ key }) => key === first.key);
  return same ? { key: first.key } : { differing: sent.map(({ name }) => name) };
}

function bearer(authorization: string | undefined): string | undefined {
  return /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
}

/** @returns whether the request has a token of a login to Claude in place of a key: those come with a beta of their own */
export function isLogin(headers: IncomingHttpHeaders): boolean {
  const tokens = [headers['x-api-key'], bearer(headers.authorization)].map(String);
  return tokens.some(isClaudeLogin) || String(headers['anthropic-beta'] ?? '').includes('oauth-');
}

/** @returns the refusal of keys that are not the same */
export function differingKeys(headers: readonly string[]): Refusal {
  return badKey('differing', { headers: headers.join(', ') });
}

/** The one agent of this process, by the key that it was given. */
export class OneCaller implements Callers {
  readonly #identity: Identity;
  readonly #key: Buffer;

  constructor(key: string, identity: Identity) {
    this.#key = Buffer.from(key);
    this.#identity = identity;
  }

  of({ headers }: Pick<IncomingMessage, 'headers'>): Identity | Refusal {
    // Beside it an agent may send a login of its own, which nobody reads and which goes nowhere.
    const given = headers['x-api-key'] || bearer(headers.authorization);
    if (typeof given === 'string' && isEqual(Buffer.from(given), this.#key)) return this.#identity;
    return isLogin(headers) ? refusal('oauth_login') : badKey('not_of_run');
  }

  known(): readonly Identity[] {
    return [this.#identity];
  }
}

/** In a time that says nothing of what stands in the key; its length is no secret. */
function isEqual(given: Buffer, key: Buffer): boolean {
  return given.length === key.length && timingSafeEqual(given, key);
}
