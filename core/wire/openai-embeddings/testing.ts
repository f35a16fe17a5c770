/** For tests of this wire: a request as the stages see it. */
import { isProblem, readJson } from '../../json/read.ts';
import type { BadRequest, Endpoint, RequestView } from '../wire.ts';
import { matchEndpoint } from './endpoints.ts';
import { readRequest } from './request.ts';

export function endpoint(method: string, target: string): Endpoint {
  const match = matchEndpoint(method, target, {});
  if (match === undefined || 'badQuery' in match) throw new Error(`no endpoint: ${target}`);
  return match;
}

/** @param body text as it is sent, or fields beside the model */
export function read(body: string | object, betas?: string): RequestView | BadRequest {
  const text = typeof body === 'string' ? body : JSON.stringify({ model: 'text-embedding-3-small', ...body });
  const document = readJson(Buffer.from(text));
  if (isProblem(document)) throw new Error(document.detail);
  return readRequest(endpoint('POST', '/v1/embeddings'), document, { 'openai-beta': betas });
}

export function view(body: string | object, betas?: string): RequestView {
  const result = read(body, betas);
  if ('bad' in result) throw new Error(result.bad);
  return result;
}
