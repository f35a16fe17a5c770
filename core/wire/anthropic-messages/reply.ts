/** Guarding a reply that is not streamed. */
import { isObject, isProblem, type JsonValue, readJson } from '../../json/read.ts';
import { type Change, replaceAt, splice } from '../../json/splice.ts';
import { type ReplyFacts, ReplyFault, type ToolJudge } from '../wire.ts';
import { isCall, judgeArgs } from './calls.ts';
import { UsageMeter } from './usage.ts';

export interface GuardedReply extends ReplyFacts {
  /** The very bytes that came, unless a call was denied. */
  readonly bytes: Buffer;
}

/**
 * Judges the tool calls of a message; a denied one is replaced by text in its place.
 * @throws ReplyFault when it is not a message of this wire
 */
export function guardReply(bytes: Buffer, judge: ToolJudge, cacheWrite: 'none' | '5m' | '1h'): GuardedReply {
  const read = readJson(bytes);
  if (isProblem(read)) throw new ReplyFault('reply_garbage', read.detail);
  const message = read.value;
  if (!isObject(message) || !Array.isArray(message.content)) {
    throw new ReplyFault('reply_garbage', 'it is not a message');
  }
  const meter = new UsageMeter(cacheWrite);
  meter.take(message.usage, true);
  return { bytes: guardContent(bytes, message.content, message.stop_reason, judge), ...meter.facts() };
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
    if (!isObject(block) || !isCall(block)) return;
    const verdict = judge.byName(block.name) ?? judgeArgs(judge, block.name, block.input ?? {});
    if (verdict.allow) left++;
    else changes.push(must(replaceAt(bytes, ['content', i], { type: 'text', text: verdict.text })));
  });
  if (changes.length === 0) return bytes;
  if (left === 0 && stopReason === 'tool_use')
    changes.push(must(replaceAt(bytes, ['stop_reason'], 'end_turn')));
  return splice(bytes, changes);
}

/** A path that was just read cannot lead nowhere; if it does, nothing is delivered. */
function must(change: Change | undefined): Change {
  if (change === undefined) throw new ReplyFault('reply_garbage', 'a denied call could not be taken out');
  return change;
}
