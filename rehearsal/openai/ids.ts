/** Identifiers of the OpenAI API. */
import { randomBytes } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function letters(count: number): string {
  let text = '';
  for (const byte of randomBytes(count)) text += alphabet.charAt(byte % alphabet.length);
  return text;
}

/** A random identifier in the API's style: letters where chat has them, hexadecimal digits elsewhere. */
export function newId(kind: 'chatcmpl' | 'call' | 'resp' | 'msg' | 'rs' | 'fc' | 'ctc' | 'req'): string {
  switch (kind) {
    case 'chatcmpl':
      return `chatcmpl-${letters(29)}`;
    case 'call':
      return `call_${letters(24)}`;
    case 'req':
      return `req_${randomBytes(16).toString('hex')}`;
    default:
      return `${kind}_${randomBytes(25).toString('hex')}`;
  }
}
