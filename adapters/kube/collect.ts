/** All objects of a resource at one moment, page by page. */
import { type Answer, failed, localError } from './answer.ts';
import type { KubeClient, Options } from './client.ts';
import type { Selection } from './list.ts';
import { type KubeObject, keyOf, type Resource } from './object.ts';

export interface Listing<T> {
  readonly objects: ReadonlyMap<string, T>;
  /** Changes after this one are not in it for certain. */
  readonly resourceVersion: string;
}

export interface Paging<T> {
  /** Objects of a page; undefined for all in one. */
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
  for (let next = ''; ; ) {
    await turn(next === '');
    const page = await client.list(of, { ...selection, limit, continue: next }, options);
    if (!page.ok) return page;
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
