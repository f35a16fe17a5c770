/** Tool calls in replies of this wire, streamed or not. */
import { foldKey, isObject, isProblem, type JsonObject, type JsonValue, readJson } from '../../json/read.ts';
import { ReplyFault, type ToolJudge, type ToolVerdict } from '../wire.ts';

/** Blocks that look like calls and that the provider runs itself; as capabilities they are judged in the request. */
const PROVIDER_RUN = new Set(['server_tool_use', 'mcp_tool_use']);

/** What decides whether a client finds a call, and which. */
const DECIDING = new Set(['type', 'message', 'content', 'content_block', 'name', 'input']);

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
 * @param pieces the JSON text that followed in pieces
 * @returns the arguments; undefined when they are not JSON, or stand there twice, of which clients believe one or other
 */
export function argsOf(start: JsonValue | undefined, pieces: readonly string[]): JsonValue | undefined {
  const given = start === undefined || start === null || start === '' ? {} : start;
  if (!isObject(given)) return undefined;
  if (Object.keys(given).length > 0) return pieces.length === 0 ? given : undefined;
  const text = pieces.join('');
  if (text === '') return given;
  // Half a character has no UTF-8: read from bytes, the arguments would be others than the client's.
  if (!text.isWellFormed()) return undefined;
  const read = readJson(Buffer.from(text));
  return isProblem(read) ? undefined : read.value;
}
