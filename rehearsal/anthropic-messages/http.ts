/** Headers of the Messages API: the key, and what every reply carries. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiError } from '../api-error.ts';
import { bearerOf } from '../http.ts';

const limits = { requests: 4000, 'input-tokens': 2_000_000, 'output-tokens': 400_000 };

/** Headers that every reply of the API carries. Nothing is limited here, so the limits always look unused. */
export function setCommonHeaders(res: ServerResponse, requestId: string): void {
  res.setHeader('request-id', requestId);
  res.setHeader('anthropic-organization-id', '00000000-0000-4000-8000-000000000000');
  const reset = `${new Date(Date.now() + 1000).toISOString().slice(0, 19)}Z`;
  for (const [name, limit] of Object.entries(limits)) {
    res.setHeader(`anthropic-ratelimit-${name}-limit`, limit);
    res.setHeader(`anthropic-ratelimit-${name}-remaining`, limit);
    res.setHeader(`anthropic-ratelimit-${name}-reset`, reset);
  }
}

/** What is wrong with a request's key, or undefined. If both headers are there, `x-api-key` counts. */
export function keyProblem(req: IncomingMessage, apiKey: string | undefined): ApiError | undefined {
  if (apiKey === undefined) return undefined;
  const given = req.headers['x-api-key'] ?? bearerOf(req);
  if (given === apiKey) return undefined;
  const message =
    given === undefined
      ? 'x-api-key header is required'
      : req.headers['x-api-key'] === undefined
        ? 'Invalid bearer token'
        : 'invalid x-api-key';
  return { status: 401, type: 'authentication_error', message };
}
