/** Signatures of thinking blocks. */
import { createHash } from 'node:crypto';

const marker = 'rehearsal thinking ';

/** The signature of a thinking block with this text: opaque to the client, checked when the block comes back. */
export function signThinking(text: string): string {
  const digest = createHash('sha512').update(text).digest('hex');
  return Buffer.from(marker + digest).toString('base64');
}

/** True if the signature is one of ours and belongs to this text (or the text was left out on request). */
export function isSigned(text: string, signature: string): boolean {
  if (text === '') return Buffer.from(signature, 'base64').toString().startsWith(marker);
  return signature === signThinking(text);
}
