/** Keys as verify looks at them: rows that somebody else may have written. */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { StoredKey } from '../../core/audit/source.ts';
import { hasKeys } from './keys.ts';
import { printOf } from './keys-token.ts';

type Row = Record<string, SQLOutputValue>;

/** @yields all keys; none in a database from before there were keys */
export function* storedKeys(db: DatabaseSync): Generator<StoredKey> {
  if (!hasKeys(db)) return;
  const rows = db.prepare('SELECT * FROM keys ORDER BY id');
  // Integers too large to be exact would stop the reading.
  rows.setReadBigInts(true);
  for (const row of rows.iterate()) yield toKey(row);
}

function toKey(row: Row): StoredKey {
  return {
    id: String(row.id),
    change: Number(row.change),
    name: String(row.name),
    namespace: String(row.namespace),
    labels: labelsOf(row.labels),
    agent: textOf(row.agent),
    profile: textOf(row.profile),
    maxConcurrent: numberOf(row.max_concurrent),
    maxRequestBytes: numberOf(row.max_request_bytes),
    createdAt: Number(row.created_at),
    issuedAt: Number(row.issued_at),
    expiresAt: numberOf(row.expires_at),
    revokedAt: numberOf(row.revoked_at),
    oldUntil: numberOf(row.old_until),
    print: printOf(bytesOf(row.hash), row.old_hash === null ? null : bytesOf(row.old_hash)),
  };
}

function textOf(value: SQLOutputValue | undefined): string | null {
  return value === null ? null : String(value);
}

function numberOf(value: SQLOutputValue | undefined): number | null {
  return value === null ? null : Number(value);
}

function bytesOf(value: SQLOutputValue | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(String(value));
}

/** @returns what no entry has where it is not JSON any more */
function labelsOf(text: SQLOutputValue | undefined): Record<string, string> {
  try {
    return JSON.parse(String(text));
  } catch {
    return { '': String(text) };
  }
}
