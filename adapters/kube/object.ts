/** Kubernetes objects as they stand in JSON, and the resources that hold them. */

import { isRecord } from './answer.ts';

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
}

/** An object that the API server has stored: it has a name, a UID and a resourceVersion. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

/**
 * A type of @kubernetes/client-node as it is in JSON. The library's types are those of its own decoder: times are Date
 * there, and names that are words of JavaScript begin with "_" (a NetworkPolicy's `_from`). We read JSON as it is.
 */
export type Json<T> = T extends Date
  ? string
  : T extends readonly (infer U)[]
    ? readonly Json<U>[]
    : T extends object
      ? { readonly [K in keyof T as K extends `_${infer Name}` ? Name : K]: Json<T[K]> }
      : T;

/** @example Stored<V1Pod> */
export type Stored<T extends { metadata?: unknown }> = Omit<Json<T>, 'metadata'> & KubeObject;

/** What is written: an object whose metadata has a name, and nothing yet of what the server adds. */
export interface Intent {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly OwnerReference[];
    readonly finalizers?: readonly string[];
  };
}

export interface Resource<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** In lower case, as in paths: pods. */
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Never there: carries the type of the objects. */
  readonly object?: T;
}

/** @param kind as in manifests: "v1 Pod", "apps/v1 Deployment" */
export function resource<T extends KubeObject>(kind: string, plural: string, namespaced = true): Resource<T> {
  const [apiVersion = '', name = ''] = kind.split(' ');
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return { group: group ?? '', version: version ?? '', plural, kind: name, namespaced };
}

export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

/** @returns "namespace/name", or the name alone of what has no namespace: unique within a resource */
export function keyOf({ metadata }: { readonly metadata: { name: string; namespace?: string } }): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

/** The owner that controls an object, which is at most one (API conventions, ownerReferences). */
export function controllerOf({ metadata }: KubeObject): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/**
 * Compares resourceVersions: below 0 if the first is older, 0 if they are the same. They are decimal integers that only
 * grow (KEP-5504, Kubernetes 1.35, and how it was before).
 *
 * @returns undefined for others, such as an aggregated API may have: of those nothing can be said
 */
export function compareVersions(a: string, b: string): number | undefined {
  if (!DECIMAL.test(a) || !DECIMAL.test(b)) return undefined;
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a === b ? 0 : 1;
}

const DECIMAL = /^[1-9][0-9]*$/;

/** Whether it has what every stored object has; whether the rest is as its schema says, the API server has checked. */
export function isObject<T extends KubeObject>(value: unknown): value is T {
  if (!isRecord(value) || !isRecord(value.metadata)) return false;
  const { name, namespace, uid, resourceVersion } = value.metadata;
  return (
    [name, uid, resourceVersion].every((text) => typeof text === 'string' && text !== '') &&
    (namespace === undefined || typeof namespace === 'string')
  );
}
