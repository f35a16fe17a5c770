/** One attempt to tell a webhook of a warning. */
import { Agent, request } from 'undici';
import { warningEvent, warningId } from '../../core/ledger/warning-event.ts';
import type { BudgetWarning } from '../../core/ledger/warnings.ts';
import { VERSION } from '../../core/version.ts';
import { AddressRefused } from '../net/address.ts';
import { signatureHeaders } from './signature.ts';
import type { Target } from './target.ts';

/** What came of it. */
export type Told =
  | { readonly how: 'taken'; readonly status: number }
  /** 410: nobody wants it there any more. */
  | { readonly how: 'gone' }
  | { readonly how: 'failed'; readonly detail: string };

/** Characters of an answer that are shown, and bytes of it that are read for that. */
const MOST_SHOWN = 200;
const MOST_READ = 4_096;
/** Shorter parts of a URL are no tokens, and would be found everywhere. */
const LEAST_HIDDEN = 5;

/**
 * Never rejects. Redirects are not followed: they count as failures.
 * @param signal ends the attempt
 * @param at epoch ms
 */
export async function post(
  target: Target,
  warning: BudgetWarning,
  signal: AbortSignal,
  at: number,
): Promise<Told> {
  const { url, secret, lookup } = target;
  // One for each attempt: they are rare, and nothing of them is left open. Connections that are only being made end by
  // their own signal.
  const agent = new Agent({ connect: { lookup, signal }, pipelining: 0 });
  const body = warningEvent(warning);
  const headers = {
    'content-type': 'application/cloudevents+json; charset=utf-8',
    'user-agent': `tollgate/${VERSION}`,
    ...signatureHeaders(secret, warningId(warning), at, body),
  };
  try {
    const answer = await request(url, { method: 'POST', headers, body, dispatcher: agent, signal });
    const { statusCode: status } = answer;
    // Nothing that comes after its status changes what it says; what is still on its way must not be an error.
    answer.body.on('error', () => undefined);
    if (status >= 200 && status < 300) {
      answer.body.destroy();
      return { how: 'taken', status };
    }
    if (status === 410) return { how: 'gone' };
    const said = shown(await beginning(answer.body), target);
    return { how: 'failed', detail: said === '' ? String(status) : `${status}: ${said}` };
  } catch (error) {
    return { how: 'failed', detail: reason(error, target) };
  } finally {
    await agent.destroy();
  }
}

/** @returns what an answer begins with; nothing of one that does not come whole is an error */
async function beginning(body: AsyncIterable<Buffer> & { destroy(): unknown }): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of body) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes >= MOST_READ) break;
    }
  } catch {
    // What has come is enough.
  }
  body.destroy();
  return Buffer.concat(pieces).subarray(0, MOST_READ).toString('latin1');
}

/** Receivers repeat what they were asked for; in paths there are tokens, and a bad one may repeat the secret. */
function shown(text: string, { url, secret }: Target): string {
  const parts = [
    `${url.pathname}${url.search}`,
    url.pathname,
    ...url.pathname.split('/'),
    ...url.searchParams.values(),
  ];
  const hidden = [secret.toString('base64'), ...parts.flatMap((part) => [part, decoded(part)])];
  const without = hidden
    .filter(({ length }) => length >= LEAST_HIDDEN)
    .reduce((rest, part) => rest.replaceAll(part, '***'), text);
  return without
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, MOST_SHOWN);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function reason(error: unknown, target: Target): string {
  if (error instanceof AddressRefused)
    return `${target.url.hostname} has an address that is not public; only one that the URL names itself may be private`;
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  const { code } = error as NodeJS.ErrnoException;
  return shown(code === undefined ? error.message : `${code}: ${error.message}`, target);
}
