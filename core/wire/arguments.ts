/** Arguments of tool calls, as all wires have them. */
import { hasInexactNumber } from '../json/numbers.ts';
import { isProblem, type JsonValue, readJson } from '../json/read.ts';
import type { ToolJudge, ToolVerdict } from './wire.ts';

/**
 * @param pieces the JSON text, whole or as it came
 * @returns the arguments, {} for empty text; undefined when clients may read them differently: they are not JSON, have a
 * key twice, or a number that is not the same in all programs
 */
export function argumentsOf(pieces: readonly string[]): JsonValue | undefined {
  const text = pieces.join('');
  if (text === '') return {};
  // Half a character has no UTF-8: read from bytes, the arguments would be others than the client's.
  if (!text.isWellFormed()) return undefined;
  const bytes = Buffer.from(text);
  const read = readJson(bytes);
  return isProblem(read) || hasInexactNumber(bytes) ? undefined : read.value;
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
