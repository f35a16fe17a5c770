/** Tool calls in replies of this wire, streamed or not. */
import { hasInexactNumber } from '../../json/numbers.ts';
import { foldKey, isObject, type JsonObject, type JsonValue } from '../../json/read.ts';
import { argumentsOf } from '../arguments.ts';
import { ReplyFault } from '../wire.ts';

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
  return argumentsOf(pieces);
}
