/** Errors and identifiers of the Messages API. Source: Anthropic API reference, "Errors". */
import { randomBytes } from 'node:crypto';
import type { ApiError } from '../api-error.ts';
import type { Form } from '../faults.ts';
import { isObject } from '../json.ts';

/** A 404 for a model or a path that is not there. */
export function notFound(message: string): ApiError {
  return { status: 404, type: 'not_found_error', message };
}

/** The answer to a method that a path does not take. */
export const methodNotAllowed: ApiError = {
  status: 405,
  type: 'invalid_request_error',
  message: 'Method Not Allowed',
};

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

const overloaded: ApiError = { status: 529, type: 'overloaded_error', message: 'Overloaded' };

/** How faults look on this API. */
export const form: Form = {
  errors: {
    http400: {
      status: 400,
      type: 'invalid_request_error',
      message: '[rehearsal] this request is refused on purpose',
    },
    http401: { status: 401, type: 'authentication_error', message: 'invalid x-api-key' },
    http403: { status: 403, type: 'permission_error', message: '[rehearsal] this key may not do that' },
    http404: { status: 404, type: 'not_found_error', message: 'model: rehearsal-no-such-model' },
    http429: {
      status: 429,
      type: 'rate_limit_error',
      message: '[rehearsal] this request would exceed the rate limit',
    },
    http500: { status: 500, type: 'api_error', message: 'Internal server error' },
    http529: overloaded,
  },
  overloaded,
  errorJson,
  hasFailed: false,
  brokenOff: (error, requestId) => ({ event: 'error', data: errorJson(error, requestId) }),
  withoutUsage({ usage: _usage, ...event }) {
    if (!isObject(event.message)) return event;
    const { usage: _inner, ...message } = event.message;
    return { ...event, message };
  },
  outputField: 'output_tokens',
  deltaKey: 'text',
  wrongUsage: '{"input_tokens":1,"output_tokens":1}',
};
