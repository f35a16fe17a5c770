/** Tool calls in replies of this wire, streamed or not. */
import { foldKey, isObject, type JsonObject, type JsonValue } from '../../json/read.ts';
import { argumentsOf, judgeArgs } from '../arguments.ts';
import { refuseAnyCall } from '../openai/errors.ts';
import { ReplyFault, type ToolJudge, type ToolVerdict } from '../wire.ts';

/** What decides whether a client finds a call, and which. */
const DECIDING = new Set([
  ...['choices', 'index', 'delta', 'message', 'content', 'finish_reason'],
  ...['tool_calls', 'function_call', 'function', 'custom', 'name', 'arguments', 'input'],
]);

/** What has a place of its own where it is judged. */
const CHOICES = new Set(['choices']);
const SAID = new Set(['delta', 'message']);
const CALLS = new Set(['tool_calls', 'function_call']);
const ENTRY = new Set(['type', 'function', 'custom']);
const ARGS = new Set(['arguments', 'input']);

const EMPTY = new Set<JsonValue | undefined>([undefined, null, '']);

/** How a call is written: as a function's or a custom tool's in `tool_calls`, or as `function_call` as it used to be. */
export type CallKind = 'function' | 'custom' | 'function_call';

/** What one entry of a reply says of a call: all of it, or the next piece. */
export interface CallPart {
  readonly id: string | undefined;
  /** Undefined in an entry that has neither name nor arguments. */
  readonly kind: CallKind | undefined;
  readonly name: string | undefined;
  /** Arguments, or the input of a custom tool; undefined for none. */
  readonly args: JsonValue | undefined;
}

/** @throws ReplyFault when a chunk or a reply has a call beside its choices */
export function checkReply(reply: JsonObject): void {
  refuseMisspelt(reply);
  refuseAnyCall(reply, CHOICES);
}

/**
 * @param place where the message stands: `delta` in streams
 * @returns what a choice says; undefined when it has nothing
 * @throws ReplyFault when it has a call anywhere else
 */
export function saidIn(choice: JsonValue, place: 'delta' | 'message'): JsonObject | undefined {
  if (!isObject(choice)) throw garbage('a choice of the reply is no object');
  refuseMisspelt(choice);
  refuseAnyCall(choice, SAID);
  // Some clients look for both.
  refuseAnyCall(choice[place === 'delta' ? 'message' : 'delta']);
  const said = choice[place] ?? undefined;
  if (said === undefined) return undefined;
  if (!isObject(said)) throw garbage('a message of the reply is no object');
  refuseMisspelt(said);
  refuseAnyCall(said, CALLS);
  return said;
}

/** @returns the entries of tool_calls, none for null */
export function entriesOf({ tool_calls: entries = null }: JsonObject): JsonObject[] {
  if (entries === null) return [];
  if (!Array.isArray(entries) || !entries.every((entry) => isObject(entry))) {
    throw garbage('tool calls of the reply are no list');
  }
  return entries;
}

/** @throws ReplyFault when clients may read the entry differently */
export function partOf(entry: JsonObject): CallPart {
  refuseMisspelt(entry);
  refuseAnyCall(entry, ENTRY);
  const { function: ofFunction = null, custom = null } = entry;
  if (typeof (entry.type ?? '') !== 'string' || (ofFunction !== null && custom !== null)) {
    throw garbage('a tool call is of two kinds');
  }
  // Where some clients look first.
  if ([entry.name, entry.arguments, entry.input].some((beside) => (beside ?? null) !== null)) {
    throw garbage('a tool call has a name or arguments beside its function');
  }
  const id = EMPTY.has(entry.id) ? undefined : entry.id;
  if (id !== undefined && typeof id !== 'string') throw garbage('a tool call has an id that is no text');
  if (custom !== null) return read('custom', custom, id);
  if (ofFunction !== null) return read('function', ofFunction, id);
  return { id, kind: undefined, name: undefined, args: undefined };
}

/** @returns what `function_call` says; undefined for null */
export function legacyOf({ function_call: call = null }: JsonObject): CallPart | undefined {
  return call === null ? undefined : read('function_call', call);
}

/** @returns the field in which a call of this kind has its arguments */
export function argsNameOf(kind: CallKind): 'arguments' | 'input' {
  return kind === 'custom' ? 'input' : 'arguments';
}

function read(kind: CallKind, inner: JsonValue, id?: string): CallPart {
  if (!isObject(inner)) throw garbage('a tool call is no object');
  refuseMisspelt(inner);
  refuseAnyCall(inner, ARGS);
  const name = EMPTY.has(inner.name) ? undefined : inner.name;
  if (name !== undefined && typeof name !== 'string') throw garbage('a tool call has no name');
  const args = inner[argsNameOf(kind)];
  if (!EMPTY.has(inner[kind === 'custom' ? 'arguments' : 'input'])) {
    throw garbage('a tool call has arguments of another kind');
  }
  return { id, kind, name, args: EMPTY.has(args) ? undefined : args };
}

/** @param pieces what stands in `arguments` or `input`, whole or as it came */
export function judgeCall(
  judge: ToolJudge,
  kind: CallKind,
  name: string,
  pieces: readonly string[],
): ToolVerdict {
  if (kind !== 'custom') return judgeArgs(judge, name, argumentsOf(pieces));
  const input = pieces.join('');
  // Half a character has no UTF-8: programs make different things of it.
  return input.isWellFormed() ? judge.byArgs(name, { input }) : judge.unreadable(name);
}

/** Reasons that say that there are calls to run. */
const CALL_REASONS = new Set<JsonValue | undefined>(['tool_calls', 'function_call']);

/** @returns whether a choice whose calls have all been denied must give another reason why it ended */
export function saysCalls(reason: JsonValue | undefined): boolean {
  return CALL_REASONS.has(reason);
}

/**
 * @param content what the message says beside its calls
 * @param before whether it has said something already
 * @returns the content with the text that stands for its denied calls
 */
export function withText(content: JsonValue | undefined, text: string, before = false): JsonValue {
  if (Array.isArray(content)) return [...content, { type: 'text', text }];
  const said = typeof content === 'string' ? content : '';
  return `${said}${said !== '' || before ? '\n\n' : ''}${text}`;
}

/**
 * A client that is blind to case reads such a key as the one that it resembles; here it would go unseen.
 * @throws ReplyFault when the object has one
 */
function refuseMisspelt(object: JsonObject): void {
  for (const key of Object.keys(object)) {
    const exact = foldKey(key);
    if (exact !== key && DECIDING.has(exact)) {
      throw garbage(`a field of the reply is spelt otherwise than ${exact}`);
    }
  }
}

export function garbage(detail: string): ReplyFault {
  return new ReplyFault('reply_garbage', detail);
}
