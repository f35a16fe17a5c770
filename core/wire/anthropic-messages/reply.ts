/** Guarding a reply that is not streamed. */

import { hasInexactNumber } from '../../json/numbers.ts';
import { isObject, isProblem, type JsonValue, readJson } from '../../json/read.ts';
import { type Change, locate, replaceAt, splice } from '../../json/splice.ts';
import { judgeArgs } from '../arguments.ts';
import { namesOf } from '../reply-names.ts';
import { type GuardedReply, ReplyFault, type RequestView, type ToolJudge } from '../wire.ts';
import { isCall, nameOf, refuseCallsIn, refuseCallsInside, refuseMisspelt } from './calls.ts';
import { UsageMeter } from './usage.ts';

/**
 * Judges the tool calls of a message; a denied one is replaced by text in its place.
 * @throws ReplyFault when it is not a message of this wire
 */
export function guardReply(
  bytes: Buffer,
  judge: ToolJudge,
  { cacheWrite }: Pick<RequestView, 'cacheWrite'>,
): GuardedReply {
  const read = readJson(bytes);
  if (isProblem(read)) throw new ReplyFault('reply_garbage', read.detail);
  const message = read.value;
  if (!isObject(message) || !Array.isArray(message.content)) {
    throw new ReplyFault('reply_garbage', 'it is not a message');
  }
  const { content } = message;
  refuseCallsIn({ ...message, content: null });
  const meter = new UsageMeter(cacheWrite);
  meter.take(message.usage, true);
  const named = namesOf(message, [message.stop_reason]);
  return { bytes: guardContent(bytes, content, message.stop_reason, judge), named, ...meter.facts() };
}

/**
 * A reply without a model's words: counted tokens, a list of models.
 * @throws ReplyFault when it is no JSON, or holds a call
 */
export function guardOther(bytes: Buffer): JsonValue {
  const read = readJson(bytes);
  if (isProblem(read)) throw new ReplyFault('reply_garbage', read.detail);
  refuseCallsIn(read.value);
  return read.value;
}

/**
 * A reply with the status of an error: clients may read it by its body all the same.
 * @throws ReplyFault when it is not an error of this wire, or more than that
 */
export function guardError(bytes: Buffer): JsonValue {
  const error = guardOther(bytes);
  if (!isObject(error) || error.type !== 'error')
    throw new ReplyFault('reply_garbage', 'it is no error of its wire');
  refuseMisspelt(error);
  if ('content' in error) throw new ReplyFault('reply_garbage', 'it is an error with content');
  return error;
}

function guardContent(
  bytes: Buffer,
  content: readonly JsonValue[],
  stopReason: JsonValue | undefined,
  judge: ToolJudge,
): Buffer {
  const changes: Change[] = [];
  let left = 0;
  content.forEach((block, i) => {
    if (isObject(block)) refuseCallsInside(block);
    else refuseCallsIn(block);
    if (!isObject(block) || !isCall(block)) return;
    const name = nameOf(block);
    const verdict = judge.byName(name) ?? judgeArgs(judge, name, argsAt(bytes, i, block.input ?? {}));
    if (verdict.allow) left++;
    else changes.push(must(replaceAt(bytes, ['content', i], { type: 'text', text: verdict.text })));
  });
  if (changes.length === 0) return bytes;
  if (left === 0 && stopReason === 'tool_use')
    changes.push(must(replaceAt(bytes, ['stop_reason'], 'end_turn')));
  return splice(bytes, changes);
}

/** @returns the arguments; undefined when they have a number that is not the same in all programs */
function argsAt(bytes: Buffer, i: number, input: JsonValue): JsonValue | undefined {
  const span = locate(bytes, ['content', i, 'input']);
  return span && hasInexactNumber(bytes.subarray(span.start, span.end)) ? undefined : input;
}

/** A path that was just read cannot lead nowhere; if it does, nothing is delivered. */
function must(change: Change | undefined): Change {
  if (change === undefined) throw new ReplyFault('reply_garbage', 'a denied call could not be taken out');
  return change;
}
