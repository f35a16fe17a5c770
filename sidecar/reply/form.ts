/** What a reply is, as its head says; what is no reply of a wire is never passed on. */
import type { Answer } from '../forward.ts';
import type { Head } from '../upstream/call.ts';
import type { Headers } from './responder.ts';

export type Form = 'error' | 'stream' | 'body' | { readonly wrong: string };

type ContentType = 'application/json' | 'text/event-stream';

/** @returns as what the body is read, or why it is not passed on */
export function formOf({ status, headers }: Head): Form {
  const encoding = String(headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding !== 'identity') return { wrong: `it is encoded (${encoding.slice(0, 40)}), unasked` };
  if (status >= 400) return 'error';
  if (status >= 300) return { wrong: `a redirect (${status})` };
  const charset = foreignCharset(headers);
  if (charset !== undefined) return { wrong: `its text is in ${charset.slice(0, 40)}` };
  const type = String(headers['content-type'] ?? 'none');
  switch (type.split(';')[0]?.trim().toLowerCase()) {
    case 'text/event-stream':
      return 'stream';
    case 'application/json':
      return 'body';
    default:
      return { wrong: `content type ${type.slice(0, 60)}` };
  }
}

/**
 * A client that believes such a header reads other text than the UTF-8 that was judged.
 * @returns the first charset that is another
 */
export function foreignCharset(headers: Head['headers']): string | undefined {
  const type = String(headers['content-type'] ?? '');
  const charsets = [...type.matchAll(/charset[^=]*=([^;]*)/gi)].map(([, charset = '']) => charset.trim());
  return charsets.find((charset) => !/^("?)utf-?8\1$/i.test(charset));
}

/** The only forms of content types that are passed on as they came. */
const AS_IT_CAME: Readonly<Record<ContentType, RegExp>> = {
  'application/json': /^application\/json(?:; ?charset=(?:utf-8|"utf-8"))?$/i,
  'text/event-stream': /^text\/event-stream(?:; ?charset=(?:utf-8|"utf-8"))?$/i,
};

/**
 * @param type what the agent is to read it as
 * @returns the headers of a provider's reply that the agent gets
 */
export function backHeaders({ wire, head, credential }: Answer, type: ContentType): Headers {
  const passed: Headers = {};
  for (const [name, value] of Object.entries(head.headers)) {
    const text = String(value);
    // Node throws at characters that no header may have.
    const clean = /^[\t -~]*$/.test(text) && !credential.isIn(text);
    if (value !== undefined && wire.passesBack(name) && clean) passed[name] = text;
  }
  if (!AS_IT_CAME[type].test(passed['content-type'] ?? '')) passed['content-type'] = type;
  return passed;
}
