/** The installation's key, which wraps those of sessions: 32 random bytes in base64, from a Secret. */
import { readFileSync } from 'node:fs';

const KEY_BYTES = 32;

/** @throws Error when the file can't be read or holds no key; what it holds is never shown */
export function readWrappingKey(path: string): Buffer {
  const text = readFileSync(path, 'utf8').trim();
  const key = Buffer.from(text, 'base64');
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(text) && key.length === KEY_BYTES) return key;
  throw new Error(
    `${path} holds no key for contents: it takes 32 random bytes in base64 (openssl rand -base64 32)`,
  );
}
