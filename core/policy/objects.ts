/** Policies as an API server has them → manifests, by the same rules as files. */
import { type ReadResult, readManifests } from './manifests.ts';

/** What of an object of the API server is its author's and means something. */
export interface PolicyObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: unknown;
}

/** @returns the object without what the API server keeps in it */
export function policyObject(object: PolicyObject): PolicyObject {
  const { apiVersion, kind, metadata, spec } = object;
  const { name, namespace } = metadata;
  return { apiVersion, kind, metadata: namespace === undefined ? { name } : { name, namespace }, spec };
}

/** @returns those that are valid, and a problem for each that this release does not understand */
export function readObjects(objects: readonly PolicyObject[]): ReadResult {
  return readManifests(
    objects.map((object) => {
      const { name, namespace } = object.metadata;
      const path = `${object.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
      // JSON is YAML too.
      return { path, text: JSON.stringify(object) };
    }),
  );
}
