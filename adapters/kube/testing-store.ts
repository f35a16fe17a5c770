/** What etcd is to the API server: objects, a revision that only grows, the history of changes, and compaction. */

export interface FakeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly [more: string]: unknown;
  };
  readonly [more: string]: unknown;
}

export interface Logged {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** "group/plural". */
  readonly collection: string;
  readonly object: FakeObject;
}

type Given = {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [more: string]: unknown };
};

export class FakeStore {
  revision = 100;
  /** Changes up to this revision are forgotten. */
  compacted = 0;
  readonly log: Logged[] = [];
  readonly listeners = new Set<() => void>();
  readonly #objects = new Map<string, FakeObject>();
  #uids = 0;

  /** Creates, or replaces what is there. */
  put(collection: string, given: Given & { readonly [more: string]: unknown }): FakeObject {
    const { name, namespace } = given.metadata;
    const key = pathOf(collection, namespace, name);
    const old = this.#objects.get(key);
    const revision = ++this.revision;
    const object = {
      ...given,
      metadata: {
        ...given.metadata,
        uid: old?.metadata.uid ?? `uid-${++this.#uids}`,
        creationTimestamp: '2026-01-01T00:00:00Z',
        resourceVersion: String(revision),
        managedFields: [{ manager: 'fake', operation: 'Update' }],
      },
    } as FakeObject;
    this.#objects.set(key, object);
    this.#note({ revision, type: old === undefined ? 'ADDED' : 'MODIFIED', collection, object });
    return object;
  }

  delete(collection: string, name: string, namespace?: string): FakeObject | undefined {
    const key = pathOf(collection, namespace, name);
    const old = this.#objects.get(key);
    if (old === undefined) return undefined;
    this.#objects.delete(key);
    const revision = ++this.revision;
    const object = { ...old, metadata: { ...old.metadata, resourceVersion: String(revision) } };
    this.#note({ revision, type: 'DELETED', collection, object });
    return object;
  }

  get(collection: string, name: string, namespace?: string): FakeObject | undefined {
    return this.#objects.get(pathOf(collection, namespace, name));
  }

  /** In the order of keys, as etcd has them. */
  list(collection: string, namespace?: string): FakeObject[] {
    return sorted([...this.#objects].filter(([key]) => key.startsWith(prefixOf(collection, namespace))));
  }

  /** As it was at a revision. */
  listAt(revision: number, collection: string, namespace?: string): FakeObject[] {
    const then = new Map<string, FakeObject>();
    for (const { revision: at, type, object, collection: of } of this.log) {
      if (at > revision) break;
      const key = pathOf(of, object.metadata.namespace, object.metadata.name);
      if (type === 'DELETED') then.delete(key);
      else then.set(key, object);
    }
    return sorted([...then].filter(([key]) => key.startsWith(prefixOf(collection, namespace))));
  }

  compact(upTo = this.revision): void {
    this.compacted = Math.max(this.compacted, upTo);
  }

  #note(change: Logged): void {
    this.log.push(change);
    for (const listener of [...this.listeners]) listener();
  }
}

function prefixOf(collection: string, namespace: string | undefined): string {
  return namespace === undefined ? `${collection}|` : `${collection}|${namespace}|`;
}

function pathOf(collection: string, namespace: string | undefined, name: string): string {
  return `${collection}|${namespace ?? ''}|${name}`;
}

function sorted(entries: [string, FakeObject][]): FakeObject[] {
  return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
}
