/** Errors as OpenAI's APIs write them: ours, and what may pass of a provider's. Source: API reference, "Error codes". */
import { foldKey, isObject, isProblem, type JsonObject, type JsonValue, readJson } from '../../json/read.ts';
import { ReplyFault } from '../wire.ts';

const ERROR_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  429: 'rate_limit_error',
};

/** @returns the body of an error reply */
export function errorBody(status: number, message: string, requestId: string, code: string): Buffer {
  const type = ERROR_TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error');
  const error = { message, type, param: null, code };
  return Buffer.from(JSON.stringify({ error, tollgate: { code }, request_id: requestId }));
}

/** Where clients look for what a model says, on any of these wires. */
const SAYS = new Set(['choices', 'output', 'candidates', 'response', 'item', 'delta', 'content']);
/** Members that are calls, and types of objects that are. */
const CALLS = new Set(['tool_calls', 'function_call']);
const CALL_TYPE = /(?:^|_)(?:call|function|tool_use|approval_request)$/i;

/**
 * A reply with the status of an error: clients may read it by its body all the same. Hosts that speak OpenAI's APIs have
 * errors of several forms: `error` (an object or text), the same in a list (Google), `object: "error"` (vLLM, Mistral),
 * `detail` (whatever is made with FastAPI).
 * @throws ReplyFault when it is not an error of these wires, or more than that
 */
export function guardError(bytes: Buffer): JsonValue {
  const read = readJson(bytes);
  if (isProblem(read)) throw new ReplyFault('reply_garbage', read.detail);
  const { value } = read;
  const [error] = Array.isArray(value) && value.length === 1 ? value : [value];
  if (!isObject(error) || !('error' in error || 'detail' in error || error.object === 'error')) {
    throw new ReplyFault('reply_garbage', 'it is no error of its wire');
  }
  if (Object.keys(error).some((key) => SAYS.has(foldKey(key)))) {
    throw new ReplyFault('reply_garbage', 'it is an error with content');
  }
  refuseAnyCall(value);
  return value;
}

/**
 * For whatever has no place for calls: errors, embeddings, lists of models, and all of a reply but the places where calls
 * are judged. What is not known passes, and a client may know it.
 * @param judged members of the value itself that are judged elsewhere
 * @throws ReplyFault when the value is or holds a call of any of OpenAI's wires
 */
export function refuseAnyCall(value: JsonValue | undefined, judged?: ReadonlySet<string>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    if (judged?.has(key)) continue;
    const item = (value as JsonObject)[key];
    if (isCallAt(key, item)) {
      throw new ReplyFault('reply_garbage', 'a tool call stands where none is known to stand');
    }
    if (typeof item === 'object') refuseAnyCall(item);
  }
}

function isCallAt(key: string, item: JsonValue | undefined): boolean {
  // A key that is more than a key in JavaScript: what stands behind it shows up where a client copies the object.
  if (key === '__proto__') return true;
  const name = foldKey(key);
  if (name === 'type') return CALL_TYPE.test(String(item));
  return CALLS.has(name) && item !== null && !(Array.isArray(item) && item.length === 0);
}
