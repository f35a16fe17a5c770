/** Lists of the API server: which objects, and one page of them. */
import { isRecord } from './answer.ts';
import { apiVersionOf, isObject, type KubeObject, type Resource } from './object.ts';

export interface Selection {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** Asks for the next page; empty on the last. */
  readonly continue: string;
}

/** @returns the page, whose objects get the kind that those of a list don't have; undefined for what is no such list */
export function readPage<T extends KubeObject>(of: Resource<T>, value: unknown): Page<T> | undefined {
  if (!isRecord(value) || !isRecord(value.metadata)) return undefined;
  const { resourceVersion, continue: next = '' } = value.metadata;
  const items = value.items ?? [];
  if (typeof resourceVersion !== 'string' || resourceVersion === '' || typeof next !== 'string')
    return undefined;
  if (!Array.isArray(items) || !items.every((item) => isObject<T>(item))) return undefined;
  const type = { apiVersion: apiVersionOf(of), kind: of.kind };
  return { items: items.map((item) => ({ ...type, ...item })), resourceVersion, continue: next };
}
