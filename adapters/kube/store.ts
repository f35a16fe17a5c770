/**
 * The objects of one resource as the API server last said, with indexes, and what each news changes.
 *
 * Objects are frozen, since all handlers share them, and have no managedFields: they are often more than half of an
 * object and no reader's business.
 */
import { compareVersions, type KubeObject, keyOf } from './object.ts';

export type Change<T> =
  | { readonly type: 'add'; readonly object: T }
  | { readonly type: 'update'; readonly object: T; readonly old: T }
  | { readonly type: 'delete'; readonly object: T };

/** What an object is found by: all values that it has in this index. */
export type Indexer<T> = (object: T) => readonly string[];

/** What readers may do with a store. */
export type View<T extends KubeObject> = Pick<Store<T>, 'size' | 'get' | 'list' | 'find'>;

export class Store<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #indexers: ReadonlyMap<string, Indexer<T>>;
  readonly #indexes = new Map<string, Map<string, Set<string>>>();
  readonly #failed: (error: unknown) => void;

  /** @param failed told of indexers that throw; such an object is not in that index */
  constructor(indexers: Readonly<Record<string, Indexer<T>>>, failed: (error: unknown) => void) {
    this.#indexers = new Map(Object.entries(indexers));
    this.#failed = failed;
    for (const name of this.#indexers.keys()) this.#indexes.set(name, new Map());
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): IterableIterator<T> {
    return this.#objects.values();
  }

  /** @throws RangeError for an index that there is not */
  find(index: string, value: string): T[] {
    const values = this.#indexes.get(index);
    if (values === undefined) throw new RangeError(`there is no index "${index}"`);
    return [...(values.get(value) ?? [])].flatMap((key) => this.#objects.get(key) ?? []);
  }

  /** Takes an object in place of what has its name; one with another UID is another object. */
  put(object: T): Change<T>[] {
    const old = this.#objects.get(keyOf(object));
    if (old === undefined) return [this.#add(object)];
    const [now, before] = [object.metadata, old.metadata];
    if (before.uid !== now.uid) return [this.#remove(old), this.#add(object)];
    if (before.resourceVersion === now.resourceVersion) return [];
    this.#unindex(old);
    this.#set(object);
    return [{ type: 'update', object, old }];
  }

  /** @param last the object as it was when it was deleted */
  delete(last: T): Change<T>[] {
    const old = this.#objects.get(keyOf(last));
    if (old === undefined) return [];
    this.#remove(old);
    // What is known of another object with its name is no last state of this one.
    return [{ type: 'delete', object: old.metadata.uid === last.metadata.uid ? last : old }];
  }

  /** Whether an event tells of a state before the one that is known, as after a list that was newer than the watch. */
  knowsNewer(object: T): boolean {
    const known = this.#objects.get(keyOf(object))?.metadata.resourceVersion;
    return known !== undefined && (compareVersions(object.metadata.resourceVersion, known) ?? 0) < 0;
  }

  /** All there is now. What is missing was deleted while nobody looked. */
  replace(objects: ReadonlyMap<string, T>): Change<T>[] {
    const gone = [...this.#objects].filter(([key]) => !objects.has(key));
    return [
      ...gone.map(([, object]) => this.#remove(object)),
      ...[...objects.values()].flatMap((object) => this.put(object)),
    ];
  }

  #add(object: T): Change<T> {
    this.#set(object);
    return { type: 'add', object };
  }

  #remove(object: T): Change<T> {
    this.#unindex(object);
    this.#objects.delete(keyOf(object));
    return { type: 'delete', object };
  }

  #set(object: T): void {
    const key = keyOf(object);
    this.#objects.set(key, object);
    for (const [name, values] of this.#indexes) {
      for (const value of this.#valuesOf(name, object)) {
        const keys = values.get(value) ?? new Set();
        values.set(value, keys.add(key));
      }
    }
  }

  #unindex(object: T): void {
    const key = keyOf(object);
    for (const [name, values] of this.#indexes) {
      for (const value of this.#valuesOf(name, object)) {
        const keys = values.get(value);
        keys?.delete(key);
        if (keys?.size === 0) values.delete(value);
      }
    }
  }

  #valuesOf(name: string, object: T): readonly string[] {
    try {
      return this.#indexers.get(name)?.(object) ?? [];
    } catch (error) {
      this.#failed(error);
      return [];
    }
  }
}

/** An object as it is kept: without managedFields, and frozen all through. */
export function kept<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata as T['metadata'] & { managedFields?: unknown };
  return freeze({ ...object, metadata });
}

/** Without recursion: an object may be nested deeper than the stack is. */
function freeze<T extends object>(whole: T): T {
  const left: object[] = [whole];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    Object.freeze(value);
    for (const inner of Object.values(value)) {
      if (typeof inner === 'object' && inner !== null && !Object.isFrozen(inner)) left.push(inner);
    }
  }
  return whole;
}
