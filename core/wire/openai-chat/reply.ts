/** Guarding a reply that is not streamed. */
import { hasInexactNumber } from '../../json/numbers.ts';
import { isObject, isProblem, type JsonObject, type JsonValue, readJson } from '../../json/read.ts';
import { type Change, type JsonPath, locate, replaceAt, splice } from '../../json/splice.ts';
import { judgeArgs } from '../arguments.ts';
import { guardError, refuseAnyCall } from '../openai/errors.ts';
import { UsageMeter } from '../openai/usage.ts';
import { fieldOf, NO_NAMES, namesOf } from '../reply-names.ts';
import type { GuardedReply, RequestView, ToolJudge, ToolVerdict } from '../wire.ts';
import {
  type CallPart,
  checkReply,
  entriesOf,
  garbage,
  judgeCall,
  legacyOf,
  partOf,
  saidIn,
  saysCalls,
  withText,
} from './calls.ts';

/** API reference, the usage object of chat completions. */
export const USAGE_NAMES = ['prompt_tokens', 'completion_tokens'] as const;

/**
 * Judges the tool calls of every choice; denied ones are taken out, and text stands in the message for them.
 * @throws ReplyFault when it is not a reply of this wire
 */
export function guardReply(
  bytes: Buffer,
  judge: ToolJudge,
  { cacheWrite }: Pick<RequestView, 'cacheWrite'>,
): GuardedReply {
  const reply = guardOuter(bytes);
  const meter = new UsageMeter(USAGE_NAMES, cacheWrite);
  // OpenRouter tells some errors with a status of success.
  if (reply.choices === undefined) {
    guardError(bytes);
    return { bytes, named: NO_NAMES, ...meter.facts() };
  }
  if (!Array.isArray(reply.choices)) throw garbage('it is not a chat completion');
  meter.take(reply.usage, reply.service_tier);
  const changes = reply.choices.flatMap((choice, i) => guardChoice(bytes, choice, i, judge));
  const named = namesOf(
    reply,
    reply.choices.map((choice) => fieldOf(choice, 'finish_reason')),
  );
  return { bytes: changes.length === 0 ? bytes : splice(bytes, changes), named, ...meter.facts() };
}

/**
 * A reply without a model's words.
 * @throws ReplyFault when it is no JSON, or holds a call
 */
export function guardOther(bytes: Buffer): JsonValue {
  const read = readJson(bytes);
  if (isProblem(read)) throw garbage(read.detail);
  refuseAnyCall(read.value);
  return read.value;
}

function guardOuter(bytes: Buffer): JsonObject {
  const read = readJson(bytes);
  if (isProblem(read)) throw garbage(read.detail);
  if (!isObject(read.value)) throw garbage('it is not a chat completion');
  checkReply(read.value);
  return read.value;
}

/** @returns what changes in a choice */
function guardChoice(bytes: Buffer, choice: JsonValue, i: number, judge: ToolJudge): Change[] {
  const message = saidIn(choice, 'message');
  if (message === undefined) return [];
  const path = ['choices', i, 'message'];
  const texts: string[] = [];
  const judged = (part: CallPart, at: JsonPath): boolean => {
    const verdict = verdictOn(judge, part, () => isExact(bytes, [...path, ...at]));
    if (!verdict.allow) texts.push(verdict.text);
    return verdict.allow;
  };
  const entries = entriesOf(message);
  const kept = entries.filter((entry, n) => judged(partOf(entry), ['tool_calls', n]));
  const legacy = legacyOf(message);
  const { tool_calls: _calls, function_call: call, ...rest } = message;
  const keptLegacy = legacy !== undefined && judged(legacy, ['function_call']);
  if (texts.length === 0) return [];
  const content = withText(message.content, texts.join('\n\n'));
  // An empty list of calls is one that some clients send back, and providers refuse.
  const calls = kept.length === 0 ? {} : { tool_calls: kept };
  const old = keptLegacy ? { function_call: call } : {};
  const changes = [must(replaceAt(bytes, path, { ...rest, content, ...calls, ...old }))];
  const over = kept.length === 0 && !keptLegacy;
  if (over && isObject(choice) && saysCalls(choice.finish_reason)) {
    changes.push(must(replaceAt(bytes, ['choices', i, 'finish_reason'], 'stop')));
  }
  return changes;
}

function verdictOn(judge: ToolJudge, { kind, name, args }: CallPart, isExact: () => boolean): ToolVerdict {
  if (kind === undefined || name === undefined) throw garbage('a tool call has no name');
  const verdict = judge.byName(name);
  if (verdict !== undefined) return verdict;
  if (args === undefined || typeof args === 'string') return judgeCall(judge, kind, name, [args ?? '']);
  // Some hosts write arguments as they are and not as text.
  return judgeArgs(judge, name, kind !== 'custom' && isObject(args) && isExact() ? args : undefined);
}

/** Whether what stands there has no number that programs read differently. */
function isExact(bytes: Buffer, path: JsonPath): boolean {
  const span = locate(bytes, path);
  return span !== undefined && !hasInexactNumber(bytes.subarray(span.start, span.end));
}

/** A path that was just read cannot lead nowhere; if it does, nothing is delivered. */
function must(change: Change | undefined): Change {
  if (change === undefined) throw garbage('a denied call could not be taken out');
  return change;
}
