/**
 * All objects of a resource at one moment, page by page.
 *
 *   a page ── too long ──> the same with half as many objects, down to one ── read ──> the next may have twice as many
 *
 * A server does not say how long a page will be, and whoever may write objects may write long ones.
 */
import { type Answer, failed, localError } from './answer.ts';
import type { KubeClient, Options } from './client.ts';
import { TOO_LONG } from './http.ts';
import type { Selection } from './list.ts';
import { type KubeObject, keyOf, type Resource } from './object.ts';

export interface Listing<T> {
  readonly objects: ReadonlyMap<string, T>;
  /** Changes after this one are not in it for certain. */
  readonly resourceVersion: string;
}

export interface Paging<T> {
  /** Objects of a page, at most; undefined for all in one. */
  readonly limit: number | undefined;
  /** Waits until the next page may be asked for. */
  readonly turn: (first: boolean) => Promise<void>;
  /** What is kept of an object. */
  readonly keep: (object: T) => T;
}

/** @returns the first error; one of `Expired` says that the pages took longer than the server keeps their state */
export async function collect<T extends KubeObject>(
  client: KubeClient,
  of: Resource<T>,
  selection: Selection,
  { limit, turn, keep }: Paging<T>,
  options: Options,
): Promise<Answer<Listing<T>>> {
  const objects = new Map<string, T>();
  const seen = new Set<string>();
  let from: string | undefined;
  let count = limit;
  let isFirst = true;
  for (let next = ''; ; ) {
    await turn(isFirst);
    isFirst = false;
    const page = await client.list(of, { ...selection, limit: count, continue: next }, options);
    if (!page.ok && page.error.reason === TOO_LONG && count !== undefined && count > 1) {
      count = Math.ceil(count / 2);
      continue;
    }
    if (!page.ok) return page;
    if (count !== undefined) count = Math.min(count * 2, limit ?? count);
    for (const object of page.value.items) objects.set(keyOf(object), keep(object));
    // A later page may be newer, after its token was exchanged; the watch tells what changed since the first.
    from ??= page.value.resourceVersion;
    next = page.value.continue;
    if (next === '') return { ok: true, value: { objects, resourceVersion: from } };
    if (seen.has(next)) {
      return failed(
        localError('unreadable', 'Loop', `list ${of.plural}`, 'the pages lead back to one of them'),
      );
    }
    seen.add(next);
  }
}
