/**
 * Signatures of webhooks, as the Standard Webhooks specification has them (standardwebhooks.com, version 1): HMAC-SHA256
 * over "id.timestamp.body" with a secret of 24 to 64 bytes, which is written in base64.
 */
import { createHmac } from 'node:crypto';

const LEAST_BYTES = 24;
const MOST_BYTES = 64;

/**
 * @param text base64, with or without `whsec_` before it
 * @returns the secret's bytes; undefined when it is none
 */
export function readSecret(text: string): Buffer | undefined {
  const base64 = text.trim().replace(/^whsec_/, '');
  // Buffer.from() would leave out whatever is not base64, and sign with the rest.
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const secret = Buffer.from(base64, 'base64');
  return secret.length >= LEAST_BYTES && secret.length <= MOST_BYTES ? secret : undefined;
}

/**
 * @param at epoch ms of this attempt: receivers refuse what is older than a few minutes
 * @returns the headers by which the receiver knows who sent the body, and that it was not changed
 */
export function signatureHeaders(
  secret: Buffer,
  id: string,
  at: number,
  body: string,
): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
