import { randomBytes } from 'node:crypto';

/** An error as the Messages API answers with one. */
export type ApiError = {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly code?: string;
};

/** A 400 of type `invalid_request_error`. */
export function badRequest(message: string): ApiError {
  return { status: 400, type: 'invalid_request_error', message };
}

/** A 404 for a model or a path that is not there. */
export function notFound(message: string): ApiError {
  return { status: 404, type: 'not_found_error', message };
}

/** The JSON text of an error: the body of a reply, or the data of an SSE `error` event. */
export function errorJson(error: ApiError, requestId: string): string {
  const details = error.code === undefined ? {} : { details: { error_code: error.code } };
  return JSON.stringify({
    type: 'error',
    error: { ...details, type: error.type, message: error.message },
    request_id: requestId,
  });
}

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** A random identifier in the API's style, such as `msg_01XFDUDYJgAACzvnptvVoYEL`. */
export function newId(prefix: 'msg_01' | 'toolu_01' | 'req_01'): string {
  let id: string = prefix;
  for (const byte of randomBytes(22)) id += alphabet.charAt(byte % alphabet.length);
  return id;
}
