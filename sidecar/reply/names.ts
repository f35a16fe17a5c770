/** How a reply calls itself, as it may be told to others. */
import { NO_NAMES, type ReplyNames } from '../../core/wire/reply-names.ts';
import type { Credential } from './credential.ts';

/** @returns the names; none where the key that the provider was sent stands in one of them, in whatever escapes it came */
export function tellable(names: ReplyNames, credential: Credential): ReplyNames {
  const { id, model, finishReasons } = names;
  const all = [id, model, ...finishReasons].filter((name) => name !== undefined);
  return all.some((name) => credential.isIn(name)) ? NO_NAMES : names;
}
