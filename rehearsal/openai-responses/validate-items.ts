/** Checks of a response's input, item by item and as a row. */
import type { ApiError } from '../api-error.ts';
import { isObject, type JsonObject, textOf } from '../json.ts';
import { firstOf, type Problem } from '../openai/check.ts';
import { invalid, missing, wrongType, wrongValue } from '../openai/errors.ts';
import { itemsOf, typeOf } from './items.ts';
import { openReasoning } from './reasoning.ts';
import type { ResponseStore } from './store.ts';

const roles = ['assistant', 'system', 'developer', 'user'];

/** What the ids of items begin with. */
const prefixes: { readonly [type: string]: string } = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  custom_tool_call: 'ctc',
};

const longestId = 64;

function idProblem(item: JsonObject, at: string): Problem {
  const long = ['id', 'call_id'].find((name) => textOf(item[name]).length > longestId);
  if (long !== undefined) {
    const { length } = textOf(item[long]);
    return invalid(
      `Invalid '${at}.${long}': string too long. Expected a string with maximum length ${longestId}, but got a string with length ${length} instead.`,
      `${at}.${long}`,
      'string_above_max_length',
    );
  }
  const prefix = prefixes[typeOf(item)];
  // Messages of others have ids of their own.
  if (
    prefix === undefined ||
    typeof item.id !== 'string' ||
    (prefix === 'msg' && item.role !== 'assistant')
  ) {
    return undefined;
  }
  if (item.id.startsWith(prefix)) return undefined;
  return invalid(
    `Invalid '${at}.id': '${item.id}'. Expected an ID that begins with '${prefix}'.`,
    `${at}.id`,
    'invalid_value',
  );
}

function messageProblem(item: JsonObject, at: string): Problem {
  if (!roles.includes(textOf(item.role))) return wrongValue(`${at}.role`, item.role, roles);
  const { content } = item;
  if (content === undefined) return missing(`${at}.content`);
  if (typeof content === 'string') return undefined;
  if (!Array.isArray(content)) {
    return wrongType(`${at}.content`, 'one of a string or array of objects', content);
  }
  const types =
    item.role === 'assistant'
      ? ['output_text', 'refusal']
      : ['input_text', 'input_image', 'input_file', 'input_audio', 'summary_text'];
  return firstOf(content.entries(), ([part, { type }]) =>
    types.includes(type) ? undefined : wrongValue(`${at}.content[${part}].type`, type, types),
  );
}

function callProblem(item: JsonObject, at: string, names: readonly string[]): Problem {
  const absent = names.find((name) => typeof item[name] !== 'string');
  return absent === undefined ? undefined : missing(`${at}.${absent}`);
}

function reasoningProblem(item: JsonObject, at: string, store: ResponseStore): Problem {
  if (!Array.isArray(item.summary)) return missing(`${at}.summary`);
  const { encrypted_content: sealed } = item;
  if (typeof sealed === 'string') {
    return openReasoning(sealed) === undefined
      ? invalid(
          `The encrypted content ${sealed.slice(0, 5)}... could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
          undefined,
          'invalid_encrypted_content',
        )
      : undefined;
  }
  return store.findItem(textOf(item.id)) === undefined ? notFound(textOf(item.id)) : undefined;
}

function notFound(id: string): ApiError {
  const message = `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`;
  return { status: 404, type: 'invalid_request_error', message, param: 'input' };
}

function itemProblem(item: unknown, index: number, store: ResponseStore): Problem {
  const at = `input[${index}]`;
  if (!isObject(item)) return wrongType(at, 'an object', item);
  const type = typeOf(item);
  if (type === '') return missing(`${at}.type`);
  if (type === 'item_reference') {
    return store.findItem(textOf(item.id)) === undefined ? notFound(textOf(item.id)) : undefined;
  }
  const form = (): Problem => {
    switch (type) {
      case 'message':
        return messageProblem(item, at);
      case 'function_call':
        return callProblem(item, at, ['call_id', 'name', 'arguments']);
      case 'custom_tool_call':
        return callProblem(item, at, ['call_id', 'name', 'input']);
      case 'function_call_output':
      case 'custom_tool_call_output':
        return (
          callProblem(item, at, ['call_id']) ??
          (item.output === undefined ? missing(`${at}.output`) : undefined)
        );
      case 'reasoning':
        return reasoningProblem(item, at, store);
      default:
        return undefined;
    }
  };
  return idProblem(item, at) ?? form();
}

const pairs = [
  ['function_call', 'function call'],
  ['custom_tool_call', 'custom tool call'],
] as const;

/** Every call has its output, every output its call, and thinking the item that it led to. */
function rowProblem(items: readonly JsonObject[]): Problem {
  for (const [type, words] of pairs) {
    const ids = (wanted: string): unknown[] =>
      items.filter((item) => typeOf(item) === wanted).map((item) => item.call_id);
    const calls = ids(type);
    const outputs = ids(`${type}_output`);
    const open = calls.find((id) => !outputs.includes(id));
    if (open !== undefined) return invalid(`No tool output found for ${words} ${textOf(open)}.`, 'input');
    const stray = outputs.find((id) => !calls.includes(id));
    if (stray !== undefined) {
      return invalid(`No tool call found for ${words} output with call_id ${textOf(stray)}.`, 'input');
    }
  }
  const lonely = items.find((item, index) => typeOf(item) === 'reasoning' && !isMade(items[index + 1]));
  return lonely === undefined
    ? undefined
    : invalid(
        `Item '${textOf(lonely.id)}' of type 'reasoning' was provided without its required following item.`,
        'input',
      );
}

/** Whether a model made this item. */
function isMade(item: JsonObject | undefined): boolean {
  if (item === undefined) return false;
  const type = typeOf(item);
  return type === 'message' ? item.role === 'assistant' : type === 'reasoning' || type.endsWith('_call');
}

/**
 * All that the model is to read: what was stored of earlier responses, and the input with what it refers to.
 * @returns the items, or the first thing wrong with them
 */
export function allItems(body: JsonObject, store: ResponseStore): readonly JsonObject[] | ApiError {
  const before: JsonObject[] = [];
  const previous = body.previous_response_id;
  if (previous !== undefined && previous !== null) {
    const stored = store.find(textOf(previous));
    if (stored === undefined) {
      return invalid(
        `Previous response with id '${textOf(previous)}' not found.`,
        'previous_response_id',
        'previous_response_not_found',
      );
    }
    before.push(...stored.input, ...stored.output);
  }
  const input = Array.isArray(body.input) ? body.input : itemsOf(body.input);
  const problem = firstOf(input.entries(), ([index, item]) => itemProblem(item, index, store));
  if (problem !== undefined) return problem;
  const items = itemsOf(input).map((item) =>
    typeOf(item) === 'item_reference' ? (store.findItem(textOf(item.id)) ?? item) : item,
  );
  const all = [...before, ...items];
  return rowProblem(all) ?? all;
}
