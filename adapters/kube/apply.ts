/** What is sent in a server-side apply: what we say about an object, and nothing that the server says. */
import { apiVersionOf, type Intent, type Resource } from './object.ts';

/** Metadata that is the server's own. A resourceVersion would make an apply fail whenever anybody else writes. */
const SERVERS = [
  'managedFields',
  'resourceVersion',
  'uid',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
];

/**
 * @param uid if given, an object that was recreated in between is refused with a conflict, instead of written to
 * @returns an object without status; every field in it becomes ours
 */
export function appliedObject(resource: Resource, intent: Intent, uid?: string): Record<string, unknown> {
  const { status: _, ...rest } = intent as Intent & { status?: unknown };
  const metadata = Object.fromEntries(
    Object.entries(intent.metadata).filter(([name]) => !SERVERS.includes(name)),
  );
  return {
    ...rest,
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: uid === undefined ? metadata : { ...metadata, uid },
  };
}

/** @returns an object with nothing but its name and this status */
export function appliedStatus(
  resource: Resource,
  { metadata: { name, namespace } }: Intent,
  status: unknown,
  uid?: string,
): Record<string, unknown> {
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
    },
    status,
  };
}
