/**
 * The body that goes to the provider: the agent's very bytes, but for the model's name, the output cap, and, on streams,
 * `stream_options.include_usage`, without which nobody would learn what the call cost.
 */
import { isObject, type JsonDocument, type JsonValue } from '../../json/read.ts';
import { type Change, insertMember, type JsonPath, locate, replaceAt, splice } from '../../json/splice.ts';
import type { MadeCall, RequestView } from '../wire.ts';

const CAPS = ['max_completion_tokens', 'max_tokens'] as const;

/**
 * The provider is never asked to keep nothing: it keeps a chat completion only where `store` is true.
 * @throws Error when the bytes can't be changed as the call was judged
 */
export function bodyFor(
  { document, askedCap, model, stream }: RequestView,
  made: Pick<MadeCall, 'model' | 'cap' | 'capField'>,
): Buffer | null {
  if (document === undefined) return null;
  const body = isObject(document.value) ? document.value : {};
  const changes: Change[] = [];
  if (made.model !== model) changes.push(set(document, ['model'], body.model, made.model));
  for (const field of CAPS) {
    // A host that knows only the field that its Provider names would take another one for none.
    const missing = field === made.capField && (askedCap === undefined || field === 'max_tokens');
    const has = typeof body[field] === 'number';
    if (has ? body[field] !== made.cap : missing) {
      changes.push(set(document, [field], body[field], made.cap));
    }
  }
  if (stream && !asksForUsage(document)) changes.push(askForUsage(document, body.stream_options));
  return changes.length === 0 ? document.bytes : splice(document.bytes, changes);
}

/** Whether the agent asked for the chunk that says what a stream cost: only then it gets it. */
export function asksForUsage(document: JsonDocument | undefined): boolean {
  const body = document?.value;
  const options = isObject(body) ? body.stream_options : undefined;
  return isObject(options) && options.include_usage === true;
}

function askForUsage(document: JsonDocument, options: JsonValue | undefined): Change {
  if (!isObject(options)) return set(document, ['stream_options'], options, { include_usage: true });
  return set(document, ['stream_options', 'include_usage'], options.include_usage, true);
}

/** @param old what stands at `path` in the document; undefined for nothing */
function set({ bytes }: JsonDocument, path: JsonPath, old: JsonValue | undefined, value: unknown): Change {
  if (old !== undefined) {
    const change = replaceAt(bytes, path, value);
    if (change !== undefined) return change;
  }
  const object = locate(bytes, path.slice(0, -1));
  // Sending what was not paid for is worse than not sending.
  if (object === undefined || old !== undefined) throw new Error('the body could not be changed as judged');
  return insertMember(bytes, object, String(path.at(-1)), value);
}
