/** The callers of `serve`: whoever has a key of the state folder. One key is one workload, and one session. */
import type { IncomingMessage } from 'node:http';
import type { Key } from '../adapters/sqlite/keys.ts';
import type { BadKey, FoundKey, KeyLookup } from '../adapters/sqlite/keys-lookup.ts';
import { agentNamed } from '../core/agents/agents.ts';
import { type Refusal, refusal } from '../core/govern/refusals.ts';
import type { Clock } from '../core/ports.ts';
import { badKey } from './bad-keys.ts';
import { type Callers, differingKeys, isLogin, sentKey } from './callers.ts';
import type { Identity } from './sidecar.ts';

export class KeyCallers implements Callers {
  readonly #keys: Pick<KeyLookup, 'find' | 'active'>;
  readonly #clock: Clock;
  /** What of a key decides never changes, so its identity is made once: the ledger's checks are kept by it. */
  readonly #identities = new Map<string, Identity>();

  constructor(keys: Pick<KeyLookup, 'find' | 'active'>, clock: Clock) {
    this.#keys = keys;
    this.#clock = clock;
  }

  of({ headers }: Pick<IncomingMessage, 'headers'>): Identity | Refusal {
    const sent = sentKey(headers);
    if ('key' in sent) {
      const found = this.#find(sent.key);
      if ('code' in found) return found;
      if (!('bad' in found)) return this.#identityOf(found.key);
      return isLogin(headers) ? refusal('oauth_login') : refused(found);
    }
    if (isLogin(headers)) return refusal('oauth_login');
    return 'differing' in sent ? differingKeys(sent.differing) : badKey('missing');
  }

  known(most: number): readonly Identity[] {
    return this.#keys.active(this.#clock(), most).map((key) => this.#identityOf(key));
  }

  /** Without the database nobody is known. */
  #find(token: string): FoundKey | Refusal {
    try {
      return this.#keys.find(token, this.#clock());
    } catch (error) {
      const detail = `the keys can't be read (${error instanceof Error ? error.message : String(error)})`;
      return refusal('not_ready', { detail });
    }
  }

  #identityOf(key: Key): Identity {
    const known = this.#identities.get(key.id);
    if (known) return known;
    const identity = identityOf(key);
    this.#identities.set(key.id, identity);
    return identity;
  }
}

function identityOf({ id, name, namespace, labels, agent, profile, ...limits }: Key): Identity {
  const { maxConcurrent, maxRequestBytes } = limits;
  return {
    payer: { workload: { namespace, name, labels }, session: id },
    agent: agent === null ? undefined : agentNamed(agent),
    profile: profile ?? undefined,
    limits: {
      ...(maxConcurrent === null ? {} : { concurrent: maxConcurrent }),
      ...(maxRequestBytes === null ? {} : { requestBytes: maxRequestBytes }),
    },
  };
}

/** `key` is for the log: which of them it is. */
function refused(found: BadKey): Refusal {
  if (found.bad === 'unknown') return badKey('unknown', found.id === undefined ? {} : { key: found.id });
  const { id, name, expiresAt } = found.key;
  const since = new Date(expiresAt ?? 0).toISOString();
  return badKey(found.bad, { since, key: `${id} (${name})` });
}
