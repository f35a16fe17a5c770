/** Paths of the API (API concepts, "Resource URIs"). */
import type { Resource } from './object.ts';

/** Which objects: one, those of a namespace, or all. */
export interface Place {
  readonly namespace?: string | undefined;
  readonly name?: string;
  readonly subresource?: string;
}

/** Names of the API server: no slash, no percent sign (path segment names); ours are never empty, "." or "..". */
const SEGMENT = /^(?!\.{1,2}$)[^/%?#\s]{1,253}$/;

/**
 * @throws RangeError for a name that could lead to another path: an empty one would delete the whole collection
 */
export function pathOf(resource: Resource, { namespace, name, subresource }: Place): string {
  const { group, version, plural, namespaced } = resource;
  if (!namespaced && namespace !== undefined) throw new RangeError(`${plural} have no namespace`);
  if (name !== undefined && namespaced && namespace === undefined) {
    throw new RangeError(`${plural} "${name}" needs a namespace`);
  }
  if (subresource !== undefined && name === undefined) throw new RangeError(`${subresource} of nothing`);
  return [
    group === '' ? `/api/${version}` : `/apis/${group}/${version}`,
    ...(namespace === undefined ? [] : ['namespaces', segment(namespace, 'namespace')]),
    plural,
    ...(name === undefined ? [] : [segment(name, 'name')]),
    ...(subresource === undefined ? [] : [subresource]),
  ].join('/');
}

/** For messages: what is done to which objects. */
export function describeCall(
  verb: string,
  { plural }: Resource,
  { namespace, name, subresource }: Place,
): string {
  const object = `${plural}${subresource === undefined ? '' : `/${subresource}`}${name === undefined ? '' : ` "${name}"`}`;
  return `${verb} ${object}${namespace === undefined ? '' : ` in namespace ${namespace}`}`;
}

function segment(text: string, what: string): string {
  if (!SEGMENT.test(text)) throw new RangeError(`"${text.slice(0, 300)}" can't be a ${what}`);
  return encodeURIComponent(text);
}
