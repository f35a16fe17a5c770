/** Tool calls in replies of this wire, streamed or not. */
import { hasInexactNumber } from '../../json/numbers.ts';
import { foldKey, isObject, isProblem, type JsonObject, type JsonValue, readJson } from '../../json/read.ts';
import { ReplyFault, type ToolJudge, type ToolVerdict } from '../wire.ts';

/** Blocks that look like calls and that the provider runs itself; as capabilities they are judged in the request. */
const PROVIDER_RUN = new Set(['server_tool_use', 'mcp_tool_use']);

/** What decides whether a client finds a call, and which. */
const DECIDING = new Set(['type', 'message', 'content', 'content_block', 'name', 'toolset_name', 'input']);

/**
 * A client that is blind to case reads such a key as the one that it resembles; here it would go unseen.
 * @throws ReplyFault when the object has one
 */
export function refuseMisspelt(object: JsonObject): void {
  for (const key of Object.keys(object)) {
    const exact = foldKey(key);
    if (exact !== key && DECIDING.has(exact)) {
      throw new ReplyFault('reply_garbage', `a field of the reply is spelt otherwise than ${exact}`);
    }
  }
}

/** Whether an agent might run this block: a tool_use, or a block of another type that names something to be run. */
export function isCall(block: JsonObject): block is JsonObject & { name: string } {
  refuseMisspelt(block);
  if (block.type === 'tool_use') {
    if (typeof block.name !== 'string') throw new ReplyFault('reply_garbage', 'a tool call has no name');
    return true;
  }
  return typeof block.name === 'string' && !PROVIDER_RUN.has(String(block.type));
}

/**
 * @returns the name by which a call is judged and recorded. That of a toolset's member is only unique within its toolset,
 * which stands before it then: a browser's `Read` is not the tool of this name.
 */
export function nameOf({ name, toolset_name: toolset = null }: JsonObject & { name: string }): string {
  if (toolset === null) return name;
  if (typeof toolset !== 'string')
    throw new ReplyFault('reply_garbage', 'a tool call has an unreadable toolset');
  return `${toolset}/${name}`;
}

const CALL_TYPE = /(?:^|_)tool_use$/i;

/**
 * What is not known passes, and a client may know it: so nothing of a reply may hold a call but the places where calls
 * are judged.
 * @throws ReplyFault when the value is or holds an object with the type of a tool call
 */
export function refuseCallsIn(value: JsonValue | undefined): void {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    const item = (value as JsonObject)[key];
    if (typeof item === 'object') refuseCallsIn(item);
    else if (key.length === 4 && foldKey(key) === 'type' && CALL_TYPE.test(String(item))) {
      throw new ReplyFault('reply_garbage', 'a tool call stands where none is known to stand');
    }
  }
}

/** @throws ReplyFault when a block has a call inside, anywhere but in arguments that are judged */
export function refuseCallsInside(block: JsonObject): void {
  const { type: _, input, ...rest } = block;
  refuseCallsIn(rest);
  if (!isCall(block)) refuseCallsIn(input);
}

/** @param args undefined when they cannot be read */
export function judgeArgs(judge: ToolJudge, name: string, args: JsonValue | undefined): ToolVerdict {
  return args === undefined || hasPrototype(args) ? judge.unreadable(name) : judge.byArgs(name, args);
}

/**
 * Whether an object in it has a key that is more than a key in JavaScript: when an agent copies the arguments, what
 * stands behind it shows up as arguments that nobody has judged.
 */
function hasPrototype(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasPrototype);
}

/**
 * @param start what the block's beginning had as input
 * @param startBytes bytes that have it
 * @param pieces the JSON text that followed in pieces
 * @returns the arguments; undefined when clients may read them differently: they are not JSON, stand there twice, of
 * which clients believe one or other, or have a number that is not the same in all programs
 */
export function argsOf(
  start: JsonValue | undefined,
  startBytes: Buffer,
  pieces: readonly string[],
): JsonValue | undefined {
  const given = start === undefined || start === null || start === '' ? {} : start;
  if (!isObject(given)) return undefined;
  if (Object.keys(given).length > 0) {
    return pieces.length === 0 && !hasInexactNumber(startBytes) ? given : undefined;
  }
  const text = pieces.join('');
  if (text === '') return given;
  // Half a character has no UTF-8: read from bytes, the arguments would be others than the client's.
  if (!text.isWellFormed()) return undefined;
  const bytes = Buffer.from(text);
  const read = readJson(bytes);
  return isProblem(read) || hasInexactNumber(bytes) ? undefined : read.value;
}
