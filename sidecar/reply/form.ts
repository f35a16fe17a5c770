/** What a reply is, as its head says; what is no reply of a wire is never passed on. */
import { passesBack } from '../../core/wire/anthropic-messages/headers.ts';
import type { Head } from '../upstream/call.ts';
import type { Headers } from './responder.ts';

export type Form = 'error' | 'stream' | 'body' | { readonly wrong: string };

export function formOf({ status, headers }: Head): Form {
  const encoding = String(headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding !== 'identity') return { wrong: `it is encoded (${encoding.slice(0, 40)}), unasked` };
  if (status >= 400) return 'error';
  if (status >= 300) return { wrong: `a redirect (${status})` };
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

/** @returns the headers of a provider's reply that the agent gets */
export function backHeaders({ headers }: Head): Headers {
  const passed: Headers = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && passesBack(name)) passed[name] = String(value);
  }
  return passed;
}
