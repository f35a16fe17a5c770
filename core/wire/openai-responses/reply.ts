/** Guarding a reply that is not streamed. */
import { isObject, isProblem, type JsonValue, readJson } from '../../json/read.ts';
import { splice } from '../../json/splice.ts';
import { judgeArgs } from '../arguments.ts';
import { namesOf } from '../reply-names.ts';
import { type GuardedReply, ReplyFault, type RequestView, type ToolJudge } from '../wire.ts';
import { callArgs, refuseCallsIn } from './calls.ts';
import { endOf, guardOutput } from './output.ts';
import { readUsage } from './usage.ts';

/**
 * Judges the tool calls of a response; a denied one is replaced by a message in its place.
 * @throws ReplyFault when it is not a response of this wire
 */
export function guardReply(
  bytes: Buffer,
  judge: ToolJudge,
  view: Pick<RequestView, 'cacheWrite'>,
): GuardedReply {
  const response = readReply(bytes);
  if (!isObject(response) || !Array.isArray(response.output)) {
    throw new ReplyFault('reply_garbage', 'it is not a response');
  }
  const changes = guardOutput(
    response,
    { bytes, path: [], id: response.id },
    (call, name, json) => judge.byName(name) ?? judgeArgs(judge, name, callArgs(call, json, [])),
  );
  const named = namesOf(response, endOf(response));
  return {
    bytes: changes.length === 0 ? bytes : splice(bytes, changes),
    named,
    ...readUsage(response, view),
  };
}

/**
 * A reply without a model's words: counted tokens.
 * @throws ReplyFault when it is no JSON, or holds a call
 */
export function guardOther(bytes: Buffer): JsonValue {
  const value = readReply(bytes);
  refuseCallsIn(value);
  return value;
}

function readReply(bytes: Buffer): JsonValue {
  const read = readJson(bytes);
  if (isProblem(read)) throw new ReplyFault('reply_garbage', read.detail);
  return read.value;
}
