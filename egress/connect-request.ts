/**
 * A CONNECT, read strictly (RFC 9110, 9.3.6; RFC 9112, 3.2.3). Sidecars write these, so nothing is forgiven: what two
 * readers could take differently is refused, and a refused connection is closed, so that nothing behind it is ever read.
 */
import type { IncomingMessage } from 'node:http';
import { readAuthority } from '../core/egress/host.ts';
import { PURPOSE_HEADER, type Purpose, readPurpose } from '../core/egress/names.ts';
import { type EgressRefusal, egressRefusal } from '../core/egress/refusals.ts';

export interface ConnectRequest {
  readonly host: string;
  readonly port: number;
  readonly purpose: Purpose;
  /** A credential: it goes to the verifier and nowhere else. */
  readonly token: string;
}

/** Once at most. */
const SINGLE = ['host', 'proxy-authorization', PURPOSE_HEADER];
/** A CONNECT has no body and asks for nothing else. */
const NEVER = ['content-length', 'transfer-encoding', 'trailer', 'expect', 'upgrade', 'te'];

type Head = Pick<IncomingMessage, 'httpVersion' | 'url' | 'rawHeaders'>;

/** @param early bytes that came behind the header */
export function readConnect(
  { httpVersion, url = '', rawHeaders }: Head,
  early: number,
): ConnectRequest | { readonly refusal: EgressRefusal } {
  const headers = collect(rawHeaders);
  const bad = whyBad(httpVersion, headers);
  if (bad !== undefined) return refuse('bad_request', { why: bad });
  if (early > 0) return refuse('early_data');
  const target = readAuthority(url);
  if ('problem' in target) return refuse(target.problem);
  if (!namesSame(headers.get('host')?.[0] ?? '', target))
    return refuse('bad_request', { why: 'Host names another host than the target' });
  const purpose = readPurpose(headers.get(PURPOSE_HEADER)?.[0]);
  if (purpose === undefined) return refuse('purpose_unknown');
  const token = /^Bearer +([\w.~+/=-]+)$/i.exec(headers.get('proxy-authorization')?.[0] ?? '')?.[1];
  return token === undefined ? refuse('token_missing') : { ...target, purpose, token };
}

function collect(raw: readonly string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), raw[i + 1] ?? '']);
  }
  return headers;
}

function whyBad(version: string, headers: ReadonlyMap<string, readonly string[]>): string | undefined {
  if (version !== '1.1') return 'it has to be HTTP/1.1';
  const double = SINGLE.find((name) => (headers.get(name)?.length ?? 0) > 1);
  if (double !== undefined) return `${double} stands there twice`;
  const body = NEVER.find((name) => headers.has(name));
  if (body !== undefined) return `a CONNECT has no ${body}`;
  return headers.has('host') ? undefined : 'there is no Host';
}

/** RFC 9112, 3.2: Host has the target's authority. Some clients, undici among them, leave the usual port out of it. */
function namesSame(header: string, target: { host: string; port: number }): boolean {
  const read = readAuthority(header.includes(':') ? header : `${header}:443`);
  return !('problem' in read) && read.host === target.host && read.port === target.port;
}

function refuse(code: EgressRefusal['code'], params?: Record<string, string>) {
  return { refusal: egressRefusal(code, params) };
}
