/** Tool calls in replies of this wire, streamed or not. */
import { isObject, isProblem, type JsonObject, type JsonValue, readJson } from '../../json/read.ts';
import { ReplyFault, type ToolJudge, type ToolVerdict } from '../wire.ts';

/** Blocks that look like calls and that the provider runs itself; as capabilities they are judged in the request. */
const PROVIDER_RUN = new Set(['server_tool_use', 'mcp_tool_use']);

/** Whether an agent might run this block: a tool_use, or a block of another type that names something to be run. */
export function isCall(block: JsonObject): block is JsonObject & { name: string } {
  if (block.type === 'tool_use') {
    if (typeof block.name !== 'string') throw new ReplyFault('reply_garbage', 'a tool call has no name');
    return true;
  }
  return typeof block.name === 'string' && !PROVIDER_RUN.has(String(block.type));
}

/** Judges a call whose arguments came as one value. */
export function judgeCall(judge: ToolJudge, name: string, args: JsonValue): ToolVerdict {
  return judge.byName(name) ?? judge.byArgs(name, args);
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
  const read = readJson(Buffer.from(text));
  return isProblem(read) ? undefined : read.value;
}
