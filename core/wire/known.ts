/** How the wires' tables say what a request may have, and how what is not in them is found. */
import { foldKey, type JsonObject } from '../json/read.ts';
import type { Finding } from './wire.ts';

/**
 *   'plain'                  text and settings, bounded by the request itself
 *   { capability }           makes the provider reach out, run or keep something
 *   { capability, unbounded} and what it costs can't be told from the request
 */
export type Known = 'plain' | { readonly capability: string; readonly unbounded: boolean };

export const plain: Known = 'plain';
export const capability = (name: string, unbounded = true): Known => ({ capability: name, unbounded });

/** @returns what there is to find about something with this name, at this place; nothing when it is plain */
export function findingOf(
  known: Known | undefined,
  name: string,
  path: string,
  kind: Exclude<Finding['kind'], 'capability'>,
): Finding | undefined {
  if (known === undefined) return { kind, name, path, unbounded: true };
  return known === 'plain' ? undefined : { kind: 'capability', name, path, ...known };
}

/**
 * A parser that is blind to case reads such a key as one that is judged; here it would be taken for another.
 * @param judged all names that decide about something, in any place
 * @returns what is wrong, if anything is
 */
export function misspelt(
  object: JsonObject,
  path: string,
  judged: { has(name: string): boolean },
): string | undefined {
  for (const key of Object.keys(object)) {
    const exact = foldKey(key);
    if (exact !== key && judged.has(exact)) {
      return `${path === '' ? '' : `${path}.`}${key} must be written ${exact}`;
    }
  }
  return undefined;
}
