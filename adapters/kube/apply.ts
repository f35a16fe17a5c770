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

/** Of the one object that is meant: another is refused with a conflict, instead of written to. */
export interface Meant {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/**
 * @returns an object without status; every field in it becomes ours
 */
export function appliedObject(
  resource: Resource,
  intent: Intent,
  meant: Meant = {},
): Record<string, unknown> {
  const { status: _, ...rest } = intent as Intent & { status?: unknown };
  const metadata = Object.fromEntries(
    Object.entries(intent.metadata).filter(([name]) => !SERVERS.includes(name)),
  );
  return {
    ...rest,
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: { ...metadata, ...given(meant) },
  };
}

/** @returns an object with nothing but its name and this status */
export function appliedStatus(
  resource: Resource,
  { metadata: { name, namespace } }: Intent,
  status: unknown,
  meant: Meant = {},
): Record<string, unknown> {
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...given(meant),
    },
    status,
  };
}

function given({ uid, resourceVersion }: Meant): Meant {
  return {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}
