/**
 * The form of a key: a public part by which lists and logs name it, and a secret.
 *
 *   tg_k3v9w2xq_Zt0…43 characters…9aQ
 *      └─ id      └─ secret: 32 random bytes, base64url
 */
import { hash, randomBytes } from 'node:crypto';

export interface Token {
  readonly id: string;
  readonly secret: string;
}

/** Without those that people mistake for another; 32, so that a byte picks each with the same chance. */
const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';
const ID_LETTERS = 8;
const SECRET_BYTES = 32;
const FORM = /^tg_([a-z0-9]{8})_([A-Za-z0-9_-]{43})$/;

/** @returns an id at random: 40 bits */
export function newKeyId(): string {
  return Array.from(randomBytes(ID_LETTERS), (byte) => LETTERS[byte % LETTERS.length]).join('');
}

export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** @returns the key as its holder has it */
export function formatToken({ id, secret }: Token): string {
  return `tg_${id}_${secret}`;
}

/** @returns undefined for what is no key of ours */
export function parseToken(text: string): Token | undefined {
  const [, id, secret] = FORM.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/**
 * What is stored of a secret: its SHA-256, 32 bytes. A slow hash and a salt are for what people choose and others can
 * guess; nobody guesses 256 random bits, and this is computed for every request.
 */
export function hashOfSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

/**
 * @returns what an entry has of a key's hashes, so that others in their place are found: 128 bits of a hash over them,
 *   from which there is no way back
 */
export function printOf(current: Uint8Array, old: Uint8Array | null): string {
  const all = Buffer.concat([Buffer.from('tollgate key print\n'), current, old ?? Buffer.alloc(0)]);
  return hash('sha256', all, 'hex').slice(0, 32);
}
