/** Arguments of tool calls as JSON text, which all of OpenAI's wires have. */
import type { JsonValue } from '../../json/read.ts';
import { argsOf } from '../anthropic-messages/calls.ts';

export { judgeArgs } from '../anthropic-messages/calls.ts';

const NOTHING = Buffer.alloc(0);

/**
 * @param pieces the text, whole or as it came
 * @returns the arguments, {} for empty text; undefined when clients may read them differently: they are not JSON, have a
 * key twice, or a number that is not the same in all programs
 */
export function argumentsOf(pieces: readonly string[]): JsonValue | undefined {
  return argsOf(undefined, NOTHING, pieces);
}
