/** Reads and writes of one object on the fake API server, with its conflicts. */
import { type Reply, status } from './testing-api.ts';
import type { FakeObject, FakeStore } from './testing-store.ts';
import type { Target } from './testing-target.ts';

type Body = {
  metadata?: Record<string, unknown> & { name?: string; uid?: string; resourceVersion?: string };
  preconditions?: { uid?: string; resourceVersion?: string };
} & Record<string, unknown>;

export function writeObject(
  store: FakeStore,
  { collection, namespace, name, subresource }: Target,
  method: string,
  url: URL,
  given: unknown,
  contentType: string,
): Reply {
  const body = (given ?? {}) as Body;
  const named = name ?? String(body.metadata?.name ?? '');
  const old = store.get(collection, named, namespace);
  const put = (object: Body, code = 200): Reply => ({
    code,
    body: store.put(collection, {
      ...object,
      metadata: { ...object.metadata, name: named, ...(namespace === undefined ? {} : { namespace }) },
    }),
  });
  if (method === 'POST') {
    // Reviews are answered and not kept.
    if (subresource !== undefined || /reviews$/.test(collection)) {
      return { code: 201, body: { ...body, status: { allowed: true, authenticated: true } } };
    }
    return old === undefined ? put(body, 201) : status(409, 'AlreadyExists');
  }
  const apply = contentType === 'application/apply-patch+yaml';
  if (apply && url.searchParams.get('fieldManager') === null) return status(400, 'BadRequest');
  if (old === undefined) {
    return method === 'PATCH' && apply && body.metadata?.uid === undefined
      ? put(body, 201)
      : status(404, 'NotFound');
  }
  if (method === 'GET') return { code: 200, body: old };
  const wants = method === 'DELETE' ? (body.preconditions ?? {}) : (body.metadata ?? {});
  if (differs(wants.uid, old.metadata.uid) || differs(wants.resourceVersion, old.metadata.resourceVersion)) {
    if (!apply || !differs(wants.uid, old.metadata.uid)) return status(409, 'Conflict');
    const causes = [{ reason: 'FieldValueInvalid', message: 'field is immutable', field: 'metadata.uid' }];
    return { code: 422, body: { kind: 'Status', code: 422, reason: 'Invalid', details: { causes } } };
  }
  if (method === 'DELETE') return { code: 200, body: store.delete(collection, named, namespace) };
  return put(method === 'PUT' ? body : (merged(old, body) as Body & FakeObject));
}

function differs(wanted: string | undefined, is: string): boolean {
  return wanted !== undefined && wanted !== is;
}

/** RFC 7386. */
function merged(into: unknown, patch: unknown): unknown {
  if (!isPlain(patch)) return patch;
  const result: Record<string, unknown> = isPlain(into) ? { ...into } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merged(result[name], value);
  }
  return result;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
