/** What all APIs need of HTTP. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiError } from './api-error.ts';

/** A request whose body has been read. */
export type Incoming = {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly method: string;
  /** The path without the query. */
  readonly path: string;
  /** The decoded body, or what is wrong with it. */
  readonly body: string | ApiError;
};

/** Whether the SDKs should try again after this status, and when. */
export function retryHeaders(status: number): { [name: string]: string } {
  const again = status === 429 || status >= 500;
  return { 'x-should-retry': String(again), ...(status === 429 ? { 'retry-after': '1' } : {}) };
}

/** Sends a JSON text as a whole reply. */
export function sendJson(res: ServerResponse, json: string, status = 200, headers = {}): void {
  const body = Buffer.from(json);
  res.writeHead(status, { 'content-type': 'application/json', ...headers, 'content-length': body.length });
  res.end(body);
}

/** The token of an `authorization: Bearer` header; undefined if there is none. */
export function bearerOf(req: IncomingMessage): string | undefined {
  return /^Bearer\s+(.*)$/i.exec(req.headers.authorization ?? '')?.[1];
}
