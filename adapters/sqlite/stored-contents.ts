/** Contents as verify looks at them: whether they are there, and, where the key is at hand, whether they are unchanged. */
import type { DatabaseSync } from 'node:sqlite';
import type { StoredContents } from '../../core/audit/source.ts';
import { addressOf, type SessionKeys, sessionKeys, unseal, unwrapKey } from '../contents/sealing.ts';
import { readKey } from './key-file.ts';

interface SessionRow {
  readonly wrapped: Uint8Array | null;
  readonly erased: unknown;
}

/** @param keyPath of the key file; without it, or when it is not there, contents are not decrypted */
export function storedContents(db: DatabaseSync, keyPath: string | undefined): StoredContents {
  const sessionRow = db.prepare(
    'SELECT wrapped_key AS wrapped, erased_at AS erased FROM sessions WHERE id = ?',
  );
  sessionRow.setReadBigInts(true);
  // prev stands before data: of a long message only the beginning is read.
  const prevOf = db.prepare('SELECT prev FROM contents WHERE session = ? AND address = ?');
  const row = db.prepare('SELECT prev, data FROM contents WHERE session = ? AND address = ?');
  const wrappingKey = keyPath === undefined ? undefined : readKey(keyPath);
  const keysOf = lastOnly((session: string) => {
    const { wrapped } = (sessionRow.get(session) ?? {}) as Partial<SessionRow>;
    const key = wrappingKey && wrapped instanceof Uint8Array && unwrapKey(wrapped, session, wrappingKey);
    return key ? sessionKeys(key) : undefined;
  });
  return {
    readable: wrappingKey !== undefined,
    session(id) {
      const known = sessionRow.get(id) as unknown as SessionRow | undefined;
      if (!known) return undefined;
      if (known.erased !== null || known.wrapped === null) {
        return known.erased !== null && known.wrapped === null ? 'erased' : 'locked';
      }
      return wrappingKey && !keysOf(id) ? 'locked' : 'kept';
    },
    of(session, address) {
      const keys = keysOf(session);
      if (!keys) {
        const found = prevOf.get(session, address);
        return found && { prev: textOrNull(found.prev), intact: true };
      }
      const found = row.get(session, address);
      if (!found) return undefined;
      const prev = textOrNull(found.prev);
      return { prev, intact: found.data instanceof Uint8Array && isIntact(keys, found.data, address, prev) };
    },
  };
}

function isIntact(keys: SessionKeys, data: Uint8Array, address: string, prev: string | null): boolean {
  try {
    const bytes = unseal(keys, data, address);
    return bytes !== undefined && addressOf(keys, bytes, prev) === address;
  } catch {
    return false;
  }
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

/** Sessions are asked for one after the other. */
function lastOnly<T>(find: (id: string) => T): (id: string) => T {
  let last: { readonly id: string; readonly found: T } | undefined;
  return (id) => {
    if (last?.id !== id) last = { id, found: find(id) };
    return last.found;
  };
}
