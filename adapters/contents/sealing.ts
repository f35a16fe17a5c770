/**
 * How contents and the keys of their sessions are encrypted.
 *
 *   key file ──wraps──> session key ──derives──> content key   seals messages (AES-256-GCM)
 *                                           └──> address key   names them (HMAC-SHA-256): once the session's key is
 *                                                              gone, an address says nothing about its message
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';

const ID_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SESSION_KEY_BYTES = 32;

/** id, nonce, encrypted key, tag. The id is random: it is what a scan for left-overs looks for. */
export type WrappedKey = Uint8Array;

export interface SessionKeys {
  readonly content: Buffer;
  readonly address: Buffer;
}

/** @returns 32 random bytes */
export function newSessionKey(): Buffer {
  return randomBytes(SESSION_KEY_BYTES);
}

/** @returns a key for one purpose; keys of different purposes tell nothing about each other */
function deriveKey(sessionKey: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', sessionKey, '', `tollgate ${purpose}`, 32));
}

/** @returns the keys that seal and name a session's contents */
export function sessionKeys(sessionKey: Buffer): SessionKeys {
  return { content: deriveKey(sessionKey, 'content'), address: deriveKey(sessionKey, 'address') };
}

/** @param session whose name is bound in: wrapped for one, a key opens for no other */
export function wrapKey(sessionKey: Buffer, session: string, wrappingKey: Buffer): WrappedKey {
  const id = randomBytes(ID_BYTES);
  return Buffer.concat([id, encrypt(wrappingKey, Buffer.concat([id, Buffer.from(session)]), sessionKey)]);
}

/** @returns undefined if it was wrapped for another session or with another key, or was changed */
export function unwrapKey(wrapped: WrappedKey, session: string, wrappingKey: Buffer): Buffer | undefined {
  const bytes = Buffer.from(wrapped);
  const id = bytes.subarray(0, ID_BYTES);
  return decrypt(wrappingKey, Buffer.concat([id, Buffer.from(session)]), bytes.subarray(ID_BYTES));
}

/** @returns the parts of a wrapped key by which a copy of it would be found in a file */
export function tracesOf(wrapped: WrappedKey): Buffer[] {
  const bytes = Buffer.from(wrapped);
  const encrypted = bytes.subarray(ID_BYTES + NONCE_BYTES, bytes.length - TAG_BYTES);
  return [bytes.subarray(0, ID_BYTES), encrypted];
}

/** @returns the address of a message, hex; it covers the message before it, and so the whole list */
export function addressOf({ address }: SessionKeys, bytes: Buffer, prev: string | null): string {
  return createHmac('sha256', address)
    .update(`${prev ?? ''}\n`)
    .update(bytes)
    .digest('hex');
}

/** @returns format byte (1: zstd), then the encrypted bytes; they only open under this address */
export function seal({ content }: SessionKeys, bytes: Buffer, address: string): Buffer {
  const packed = zstdCompressSync(bytes);
  const format = Buffer.of(packed.length < bytes.length ? 1 : 0);
  const plain = format[0] === 1 ? packed : bytes;
  return Buffer.concat([format, encrypt(content, Buffer.concat([format, Buffer.from(address)]), plain)]);
}

/** @returns undefined if they were changed, or belong to another address or session */
export function unseal({ content }: SessionKeys, sealed: Uint8Array, address: string): Buffer | undefined {
  const bytes = Buffer.from(sealed);
  const format = bytes.subarray(0, 1);
  const plain = decrypt(content, Buffer.concat([format, Buffer.from(address)]), bytes.subarray(1));
  return plain && format[0] === 1 ? zstdDecompressSync(plain) : plain;
}

function encrypt(key: Buffer, context: Buffer, plain: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(context);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, context: Buffer, sealed: Buffer): Buffer | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const tag = sealed.subarray(-TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(context).setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}
