/** For tests of this wire: a request as the stages see it. */
import { isProblem, readJson } from '../../json/read.ts';
import type { BadRequest, Endpoint, RequestView } from '../wire.ts';
import { matchEndpoint } from './endpoints.ts';
import { readRequest } from './request.ts';

export function endpoint(target = '/v1/chat/completions'): Endpoint {
  const match = matchEndpoint('POST', target, {});
  if (match === undefined || 'badQuery' in match) throw new Error(`no endpoint: ${target}`);
  return match;
}

/** @param body text as it is sent, or fields beside those that every request has */
export function read(body: string | object, betas?: string): RequestView | BadRequest {
  const text =
    typeof body === 'string' ? body : JSON.stringify({ model: 'gpt-6-sol', messages: [], ...body });
  const document = readJson(Buffer.from(text));
  if (isProblem(document)) throw new Error(document.detail);
  return readRequest(endpoint(), document, { 'openai-beta': betas });
}

export function view(body: string | object, betas?: string): RequestView {
  const result = read(body, betas);
  if ('bad' in result) throw new Error(result.bad);
  return result;
}

/** @returns kind, name and place of each finding, and its capability */
export function found(body: string | object): string[] {
  return view(body).findings.map(({ kind, name, path, capability, unbounded }) =>
    [
      kind,
      name,
      'at',
      path,
      ...(capability === undefined ? [] : [`(${capability})`]),
      ...(unbounded ? [] : ['bounded']),
    ].join(' '),
  );
}

/** A request whose user message has these content parts. */
export function content(...parts: readonly unknown[]): { messages: unknown[] } {
  return { messages: [{ role: 'user', content: parts }] };
}
