/** Checks that both APIs with words make, about as the real ones do. Each gives the first problem, or undefined. */
import type { ApiError } from '../api-error.ts';
import { isObject, type JsonObject, textOf } from '../json.ts';
import { aboveMost, belowLeast, invalid, missing, wrongType } from './errors.ts';
import type { Model } from './models.ts';

export type Problem = ApiError | undefined;

/** @returns the first problem that `check` finds with one of them */
export function firstOf<Item>(items: Iterable<Item>, check: (item: Item) => Problem): Problem {
  for (const item of items) {
    const problem = check(item);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Null stands for a parameter that was left out. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function checkBooleans(body: JsonObject, names: readonly string[]): Problem {
  return firstOf(names, (name) =>
    isGiven(body[name]) && typeof body[name] !== 'boolean'
      ? wrongType(name, 'a boolean', body[name])
      : undefined,
  );
}

export function checkInteger(body: JsonObject, name: string, least: number, most: number): Problem {
  const value = body[name];
  if (!isGiven(value)) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) return wrongType(name, 'an integer', value);
  if (value < least) return belowLeast(name, least, value);
  return value > most ? aboveMost(name, most, value) : undefined;
}

/** Tool names are letters, digits, `_` and `-`. */
export function checkName(value: unknown, param: string): Problem {
  if (value === undefined) return missing(param);
  if (typeof value !== 'string') return wrongType(param, 'a string', value);
  if (value.length > 128) {
    return invalid(
      `Invalid '${param}': string too long. Expected a string with maximum length 128, but got a string with length ${value.length} instead.`,
      param,
      'string_above_max_length',
    );
  }
  if (/^[a-zA-Z0-9_-]+$/.test(value)) return undefined;
  return invalid(
    `Invalid '${param}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
    param,
    'invalid_value',
  );
}

/** What makes no sense without tools, and what has to name one of them. */
export function checkToolUse(
  body: JsonObject,
  names: readonly string[],
  chosen: string | undefined,
): Problem {
  const none = !Array.isArray(body.tools) || body.tools.length === 0;
  const lonely = ['tool_choice', 'parallel_tool_calls'].find((name) => isGiven(body[name]));
  if (none && lonely !== undefined && names.length === 0) {
    return invalid(
      `Invalid value for '${lonely}': '${lonely}' is only allowed when 'tools' are specified.`,
      lonely,
    );
  }
  if (chosen === undefined || names.includes(chosen)) return undefined;
  return invalid(`Tool choice '${chosen}' not found in 'tools' parameter.`, 'tool_choice');
}

/** @returns what all models of that kind refuse; both APIs name unknown models differently */
export function checkStreamOptions(body: JsonObject): Problem {
  if (!isGiven(body.stream_options)) return undefined;
  if (!isObject(body.stream_options)) return wrongType('stream_options', 'an object', body.stream_options);
  return body.stream === true
    ? undefined
    : invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options');
}

/** @returns a problem if the model has no words */
export function checkWords(model: Model, endpoint: string): Problem {
  if (model.dimensions === undefined) return undefined;
  return {
    status: 403,
    type: 'invalid_request_error',
    message: `You are not allowed to use the model ${model.id} with ${endpoint}.`,
  };
}

/** The body as an object, with a model's name in it. */
export function checkOuter(body: unknown): Problem {
  if (body === undefined) {
    return invalid(
      'We could not parse the JSON body of your request. (HINT: This likely means you aren’t using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)',
    );
  }
  if (!isObject(body))
    return invalid(
      'Invalid body: failed to parse JSON value. Please check the value to ensure it is valid JSON.',
    );
  if (body.model === undefined) return missing('model');
  return textOf(body.model) === '' ? wrongType('model', 'a model ID', body.model) : undefined;
}
