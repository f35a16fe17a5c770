/** What can be wrong with a caller's key, and what to do: {wrong} and {how} of the refusal bad_key. */
import { fill, type Refusal, refusal } from '../core/govern/refusals.ts';

const ASK = 'Ask whoever runs this Tollgate for another key (tollgate keys create).';

export const BAD_KEYS = {
  not_of_run: {
    wrong: 'not the one that Tollgate gave this agent',
    how: 'Let the agent take its key from the environment, and start it through tollgate run.',
  },
  missing: {
    wrong: 'missing',
    how: 'Send a key made with tollgate keys create: as a bearer token, or in X-Tollgate-Key, X-CM-API-Key or x-api-key.',
  },
  differing: { wrong: 'given in several headers that differ ({headers})', how: 'Send one key.' },
  unknown: { wrong: 'not one that was made here', how: ASK },
  revoked: { wrong: 'revoked', how: ASK },
  expired: { wrong: 'expired since {since}', how: ASK },
  replaced: { wrong: 'one that was replaced, and no longer good beside the new one', how: ASK },
} as const satisfies Record<string, { readonly wrong: string; readonly how: string }>;

/** @param params for the {names} in its texts, and `key`, which is for the log: the id of the key that it is about */
export function badKey(why: keyof typeof BAD_KEYS, params: Readonly<Record<string, string>> = {}): Refusal {
  const { wrong, how } = BAD_KEYS[why];
  const { key } = params;
  return refusal('bad_key', { wrong: fill(wrong, params), how, ...(key === undefined ? {} : { key }) });
}
