/** Errors as the OpenAI API words them. Source: its reference, "Error codes", and what it answers in fact. */
import type { ApiError } from '../api-error.ts';
import type { Form } from '../faults.ts';

/** A 400 about one parameter. */
export function invalid(message: string, param?: string, code?: string): ApiError {
  return {
    status: 400,
    type: 'invalid_request_error',
    message,
    ...(param === undefined ? {} : { param }),
    ...(code === undefined ? {} : { code }),
  };
}

export const missing = (param: string): ApiError =>
  invalid(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal number';
  return `a ${typeof value}`;
}

/** @param expected such as "an array of objects" */
export const wrongType = (param: string, expected: string, value: unknown): ApiError =>
  invalid(
    `Invalid type for '${param}': expected ${expected}, but got ${kindOf(value)} instead.`,
    param,
    'invalid_type',
  );

export const wrongValue = (param: string, value: unknown, supported: readonly string[]): ApiError =>
  invalid(
    `Invalid value: '${String(value)}'. Supported values are: ${supported.map((one) => `'${one}'`).join(', ')}.`,
    param,
    'invalid_value',
  );

export const belowLeast = (param: string, least: number, value: number): ApiError =>
  invalid(
    `Invalid '${param}': integer below minimum value. Expected a value >= ${least}, but got ${value} instead.`,
    param,
    'integer_below_min_value',
  );

export const aboveMost = (param: string, most: number, value: number): ApiError =>
  invalid(
    `Invalid '${param}': integer above maximum value. Expected a value <= ${most}, but got ${value} instead.`,
    param,
    'integer_above_max_value',
  );

export const emptyArray = (param: string): ApiError =>
  invalid(
    `Invalid '${param}': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
    param,
    'empty_array',
  );

/** For what the API can do and the rehearsal can't. */
export const notHere = (param: string, why: string): ApiError =>
  invalid(`[rehearsal] '${param}' is not supported here: ${why}.`, param, 'unsupported_parameter');

/** An error as the body of a reply has it. */
function errorObject({ message, type, param, code }: ApiError): object {
  return { message, type, param: param ?? null, code: code ?? null };
}

/** The JSON text of an error: the body of a reply, or the data of an event. */
export function errorJson(error: ApiError): string {
  return JSON.stringify({ error: errorObject(error) });
}

const overloaded: ApiError = {
  status: 503,
  type: 'server_error',
  message:
    'The server is currently overloaded with other requests. Sorry about that! Please try again later.',
  code: 'server_is_overloaded',
};

/** What the forms of all OpenAI APIs have in common. */
export const commonForm = {
  errors: {
    http400: invalid('[rehearsal] this request is refused on purpose'),
    http401: {
      status: 401,
      type: 'invalid_request_error',
      message: 'Incorrect API key provided. [rehearsal]',
      code: 'invalid_api_key',
    },
    http403: {
      status: 403,
      type: 'insufficient_permissions',
      message: '[rehearsal] this key may not do that',
    },
    http404: {
      status: 404,
      type: 'invalid_request_error',
      message: 'The model `rehearsal-no-such-model` does not exist or you do not have access to it.',
      code: 'model_not_found',
    },
    http429: {
      status: 429,
      type: 'requests',
      message: '[rehearsal] Rate limit reached for requests',
      code: 'rate_limit_exceeded',
    },
    http500: {
      status: 500,
      type: 'server_error',
      message: 'The server had an error while processing your request. Sorry about that! [rehearsal]',
    },
    http529: overloaded,
  },
  overloaded,
  errorJson,
} satisfies Partial<Form>;
