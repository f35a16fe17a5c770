/**
 * Keys of `serve`: made, rotated, revoked and listed here; looked up at each request in keys-lookup.ts.
 *
 *   create ──> active ──rotate──> active, and the secret before until its grace ends
 *                 └──> revoked, or expired: for good
 *
 * Each change is one transaction with its entry in the audit log. Rows are never removed: the log names keys by id.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { KeyChanged, KeyFacts } from '../../core/audit/entry.ts';
import { hashOfSecret, newKeyId, newSecret, printOf } from './keys-token.ts';
import type { SqliteLedger } from './ledger.ts';
import { StateError } from './state.ts';
import type { Transaction } from './transaction.ts';

/** A key, without its secret or anything of it. */
export interface Key extends KeyFacts {
  readonly id: string;
  /** Epoch ms, to the minute; null: never yet. */
  readonly usedAt: number | null;
}

export type KeyState = 'active' | 'expired' | 'revoked';

export type NewKey = Pick<
  KeyFacts,
  'name' | 'namespace' | 'labels' | 'agent' | 'profile' | 'maxConcurrent' | 'maxRequestBytes'
> & {
  /** How long a secret of it lives, ms; null: until it is revoked. */
  readonly lifetimeMs: number | null;
};

/** A key with its secret, which nobody has seen yet and nothing has kept. */
export interface IssuedKey {
  readonly key: Key;
  readonly secret: string;
}

/** Where keys are written, and by whom. */
export interface KeyStore {
  readonly db: DatabaseSync;
  readonly ledger: Pick<SqliteLedger, 'inTransaction'>;
  /** The user, for the audit log. */
  readonly by: string;
}

/** What was asked for can't be done; the message is for the user. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
}

/** As it is stored. */
export interface KeyRow {
  readonly id: string;
  readonly change: number;
  readonly name: string;
  readonly namespace: string;
  readonly labels: string;
  readonly agent: string | null;
  readonly profile: string | null;
  readonly max_concurrent: number | null;
  readonly max_request_bytes: number | null;
  readonly created_at: number;
  readonly issued_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
  readonly hash: Uint8Array;
  readonly old_hash: Uint8Array | null;
  readonly old_until: number | null;
  readonly used_at: number | null;
}

/** @throws StateError for labels that somebody else wrote there */
export function keyOf(row: KeyRow): Key {
  return { id: row.id, ...factsOf(row), usedAt: row.used_at };
}

/** What a key's entry has of its row. */
export function factsOf(row: KeyRow): KeyFacts {
  return {
    name: row.name,
    namespace: row.namespace,
    labels: labelsOf(row),
    agent: row.agent,
    profile: row.profile,
    maxConcurrent: row.max_concurrent,
    maxRequestBytes: row.max_request_bytes,
    createdAt: row.created_at,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    oldUntil: row.old_until,
  };
}

function labelsOf({ id, labels }: KeyRow): KeyFacts['labels'] {
  try {
    return JSON.parse(labels);
  } catch {
    throw new StateError(
      `The labels of the key ${id} are not as they were written; tollgate audit verify says more.`,
    );
  }
}

/** @param now epoch ms */
export function stateOf(
  { revokedAt, expiresAt }: Pick<Key, 'revokedAt' | 'expiresAt'>,
  now: number,
): KeyState {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active';
}

/** @returns all keys there ever were, the active ones first, by name; none in a database from before there were keys */
export function listKeys(db: DatabaseSync, now: number): Key[] {
  if (!hasKeys(db)) return [];
  const keys = (
    db.prepare('SELECT * FROM keys ORDER BY name, created_at DESC').all() as unknown as KeyRow[]
  ).map(keyOf);
  const isActive = (key: Key) => stateOf(key, now) === 'active';
  return [...keys.filter(isActive), ...keys.filter((key) => !isActive(key))];
}

/** @returns whether there is a table of keys: the database may be one that is only read, and older */
export function hasKeys(db: DatabaseSync): boolean {
  return db.prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'keys'`).get() !== undefined;
}

/** @throws KeyError when an active key has this name: then budgets and lists could not tell them apart */
export function createKey(store: KeyStore, draft: NewKey): Promise<IssuedKey> {
  const secret = newSecret();
  return store.ledger.inTransaction((tx) => {
    const { now } = tx;
    const twin = named(store.db, draft.name).find((row) => stateOf(keyOf(row), now) === 'active');
    if (twin) {
      throw new KeyError(
        `there is an active key ${draft.name} already (${twin.id}): give it a new secret with \`tollgate keys rotate ${draft.name}\`, or revoke it`,
      );
    }
    const { lifetimeMs, labels, ...rest } = draft;
    const row: KeyRow = {
      id: unusedId(store.db),
      change: 1,
      name: rest.name,
      namespace: rest.namespace,
      labels: JSON.stringify(labels),
      agent: rest.agent,
      profile: rest.profile,
      max_concurrent: rest.maxConcurrent,
      max_request_bytes: rest.maxRequestBytes,
      created_at: now,
      issued_at: now,
      expires_at: lifetimeMs === null ? null : now + lifetimeMs,
      revoked_at: null,
      hash: hashOfSecret(secret),
      old_hash: null,
      old_until: null,
      used_at: null,
    };
    return { key: write(store, tx, row, 'created'), secret };
  });
}

export interface Rotation {
  /** How long the secret before stays good, ms. */
  readonly graceMs: number;
  /** How long the new one lives, ms; null: until it is revoked; left out: as long as the one before was to live. */
  readonly lifetimeMs?: number | null;
}

/**
 * Gives a key another secret. One that an earlier rotation has left in its grace ends now.
 * @param which its name or id
 * @throws KeyError when there is no active key of this name
 */
export function rotateKey(store: KeyStore, which: string, rotation: Rotation): Promise<IssuedKey> {
  const secret = newSecret();
  return store.ledger.inTransaction((tx) => {
    const row = latestKey(store.db, which, tx.now);
    const key = keyOf(row);
    const state = stateOf(key, tx.now);
    if (state !== 'active') {
      const since = new Date((state === 'revoked' ? key.revokedAt : key.expiresAt) ?? 0).toISOString();
      throw new KeyError(
        `the key ${which} is ${state} since ${since}; make another with tollgate keys create`,
      );
    }
    const { graceMs, lifetimeMs = row.expires_at === null ? null : row.expires_at - row.issued_at } =
      rotation;
    const until = Math.min(tx.now + graceMs, row.expires_at ?? Number.POSITIVE_INFINITY);
    const changed: KeyRow = {
      ...row,
      change: row.change + 1,
      issued_at: tx.now,
      expires_at: lifetimeMs === null ? null : tx.now + lifetimeMs,
      hash: hashOfSecret(secret),
      old_hash: graceMs === 0 ? null : row.hash,
      old_until: graceMs === 0 ? null : until,
    };
    return { key: write(store, tx, changed, 'rotated'), secret };
  });
}

/**
 * Ends a key, with every secret that it has. May be done again: that records it anew, should the process before have
 * died in the middle.
 * @param which its name or id
 * @throws KeyError when there is no such key
 */
export function revokeKey(store: KeyStore, which: string): Promise<Key> {
  return store.ledger.inTransaction((tx) => {
    const row = latestKey(store.db, which, tx.now);
    const revoked = { ...row, change: row.change + 1, revoked_at: row.revoked_at ?? tx.now };
    return write(store, tx, revoked, 'revoked');
  });
}

function write(
  { db, by }: KeyStore,
  tx: Transaction,
  row: KeyRow,
  action: Exclude<KeyChanged['action'], 'kept'>,
): Key {
  const columns = Object.keys(row);
  const marks = columns.map(() => '?').join(', ');
  db.prepare(`INSERT OR REPLACE INTO keys (${columns.join(', ')}) VALUES (${marks})`).run(
    ...Object.values(row),
  );
  const { id, change, hash, old_hash } = row;
  const print = printOf(hash, old_hash);
  tx.append({ kind: 'key', at: tx.now, id, action, change, by, ...factsOf(row), print });
  return keyOf(row);
}

function named(db: DatabaseSync, name: string): KeyRow[] {
  return db.prepare('SELECT * FROM keys WHERE name = ?').all(name) as unknown as KeyRow[];
}

/** @returns the active key of this name, else the one that was created last */
function latestKey(db: DatabaseSync, which: string, now: number): KeyRow {
  const byId = db.prepare('SELECT * FROM keys WHERE id = ?').all(which) as unknown as KeyRow[];
  const found = byId.length > 0 ? byId : named(db, which);
  const active = found.find((row) => stateOf(keyOf(row), now) === 'active');
  const latest = active ?? found.toSorted((a, b) => b.created_at - a.created_at)[0];
  if (latest) return latest;
  throw new KeyError(`there is no key ${which}; tollgate keys list shows those there are`);
}

function unusedId(db: DatabaseSync): string {
  const taken = db.prepare('SELECT 1 FROM keys WHERE id = ?');
  for (;;) {
    const id = newKeyId();
    if (taken.get(id) === undefined) return id;
  }
}
