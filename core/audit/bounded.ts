/**
 * Names from outside, as records have them: entries stay when what was said is not kept or erased, so they must not be
 * where anything can be said at any length.
 */
import { hashText } from './chain.ts';

/** Characters of a name that are kept. */
const MOST_CHARACTERS = 128;
/** Names of one list. */
const MOST_NAMES = 100;

/** @returns a name as it is; of a longer one the beginning, and a short hash of the rest, to tell two of them apart */
export function boundName(name: string, most = MOST_CHARACTERS): string {
  if (name.length <= most) return name;
  return `${name.slice(0, most)}…${hashText(name.slice(most)).slice(0, 8)}`;
}

/**
 * @param more what stands for those that are left out
 * @returns the list as it is; of a longer one the first hundred
 */
export function boundList<T>(items: readonly T[], more: (rest: readonly T[]) => T): T[] {
  if (items.length <= MOST_NAMES) return [...items];
  return [...items.slice(0, MOST_NAMES), more(items.slice(MOST_NAMES))];
}

/** @returns a list of names, with each as boundName() has it */
export function boundNames(names: readonly string[]): string[] {
  return boundList(names, ({ length }) => `and ${length} more`).map((name) => boundName(name));
}
