/**
 * Which key a request shows. The database is asked each time (a few microseconds for one row): so a key that was revoked
 * by another process is bad for the next request, and nothing has to be watched.
 */
import { timingSafeEqual } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Key, type KeyRow, keyOf, stateOf } from './keys.ts';
import { hashOfSecret, parseToken } from './keys-token.ts';
import type { SqliteLedger } from './ledger.ts';

export type FoundKey = { readonly key: Key } | BadKey;

/** Only who knows a secret learns what became of its key. */
export type BadKey =
  /** `id`: of a key that has another secret. */
  | { readonly bad: 'unknown'; readonly id?: string }
  | { readonly bad: 'revoked' | 'expired' | 'replaced'; readonly key: Key };

/** Uses are written down this often, ms: lists need no more. */
const USED_EVERY_MS = 60_000;

export class KeyLookup {
  readonly #ledger: Pick<SqliteLedger, 'inTransaction'>;
  readonly #row: StatementSync;
  readonly #active: StatementSync;
  readonly #use: StatementSync;
  /** When this process wrote it down last, on the monotonic clock. */
  readonly #used = new Map<string, number>();

  constructor(db: DatabaseSync, ledger: Pick<SqliteLedger, 'inTransaction'>) {
    this.#ledger = ledger;
    this.#row = db.prepare('SELECT * FROM keys WHERE id = ?');
    this.#active = db.prepare(
      `SELECT * FROM keys WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)
      ORDER BY used_at DESC, id LIMIT ?`,
    );
    // Another process may have written it just now; one later than now is of a clock that was set back.
    this.#use = db.prepare(
      'UPDATE keys SET used_at = ?1 WHERE id = ?2 AND (used_at IS NULL OR used_at NOT BETWEEN ?3 AND ?1)',
    );
  }

  /**
   * @param token as the caller has sent it, whatever it is
   * @param now epoch ms
   * @throws Error when the database can't be read
   */
  find(token: string, now: number): FoundKey {
    const parsed = parseToken(token);
    const row = parsed && (this.#row.get(parsed.id) as unknown as KeyRow | undefined);
    if (!parsed || !row) return { bad: 'unknown' };
    const hash = hashOfSecret(parsed.secret);
    const isCurrent = isEqual(hash, row.hash);
    if (!isCurrent && !(row.old_hash && isEqual(hash, row.old_hash))) return { bad: 'unknown', id: row.id };
    const key = keyOf(row);
    const state = stateOf(key, now);
    if (state !== 'active') return { bad: state, key };
    if (!isCurrent && !(key.oldUntil !== null && now < key.oldUntil)) return { bad: 'replaced', key };
    this.#isUsed(key, now);
    return { key };
  }

  /** @returns active keys, those that were used last first; at most `most`, without those that can't be read */
  active(now: number, most: number): Key[] {
    return (this.#active.all(now, most) as unknown as KeyRow[]).flatMap((row) => {
      try {
        return [keyOf(row)];
      } catch {
        return [];
      }
    });
  }

  #isUsed({ id }: Key, now: number): void {
    const at = performance.now();
    if (at - (this.#used.get(id) ?? Number.NEGATIVE_INFINITY) < USED_EVERY_MS) return;
    this.#used.set(id, at);
    // When it was used is worth no more than one try.
    this.#ledger.inTransaction(() => this.#use.run(now, id, now - USED_EVERY_MS)).catch(() => undefined);
  }
}

function isEqual(given: Buffer, stored: Uint8Array): boolean {
  return given.length === stored.length && timingSafeEqual(given, stored);
}
