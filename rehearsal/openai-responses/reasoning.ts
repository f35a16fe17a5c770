/** Encrypted content of reasoning items. */
import { createHash } from 'node:crypto';

const marker = 'rehearsal reasoning ';

const digestOf = (text: string): string => createHash('sha512').update(marker).update(text).digest('hex');

/** The encrypted content of a reasoning item with this text: opaque to the client, checked when the item comes back. */
export function sealReasoning(text: string): string {
  return Buffer.from(`${marker}${digestOf(text)} ${text}`).toString('base64url');
}

/** The text in it; undefined if it is none of ours, or was changed. */
export function openReasoning(sealed: string): string | undefined {
  const content = Buffer.from(sealed, 'base64url').toString();
  if (!content.startsWith(marker)) return undefined;
  const [digest = '', ...words] = content.slice(marker.length).split(' ');
  const text = words.join(' ');
  return digest === digestOf(text) ? text : undefined;
}
