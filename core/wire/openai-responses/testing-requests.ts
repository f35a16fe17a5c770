/** For tests of this wire: a request as the stages see it. */
import { isProblem, readJson } from '../../json/read.ts';
import type { BadRequest, Endpoint, RequestView } from '../wire.ts';
import { matchEndpoint } from './endpoints.ts';
import { readRequest } from './request.ts';

export function endpoint(target = '/v1/responses'): Endpoint {
  const match = matchEndpoint('POST', target, {});
  if (match === undefined || 'badQuery' in match) throw new Error(`no endpoint: ${target}`);
  return match;
}

/** @param body text as it is sent, or fields beside those that every request has */
export function read(body: string | object, at: Endpoint = endpoint()): RequestView | BadRequest {
  const text =
    typeof body === 'string'
      ? body
      : JSON.stringify({ model: 'gpt-5.4', max_output_tokens: 100, input: [], ...body });
  const document = readJson(Buffer.from(text));
  if (isProblem(document)) throw new Error(document.detail);
  return readRequest(at, document, {});
}

export function view(body: string | object, at?: Endpoint): RequestView {
  const result = read(body, at);
  if ('bad' in result) throw new Error(result.bad);
  return result;
}

/** @returns kind, name and place of each finding, its capability, and whether it is bounded */
export function found(body: string | object): string[] {
  return view(body).findings.map(({ kind, name, path, capability, unbounded }) =>
    [
      ...[kind, name, 'at', path],
      ...(capability === undefined ? [] : [`(${capability})`]),
      ...(unbounded ? [] : ['bounded']),
    ].join(' '),
  );
}

/** A request with these items. */
export function items(...input: readonly unknown[]): { input: unknown[] } {
  return { input: [...input] };
}

/** A request whose user message has these parts. */
export function content(...parts: readonly unknown[]): { input: unknown[] } {
  return items({ role: 'user', content: parts });
}
