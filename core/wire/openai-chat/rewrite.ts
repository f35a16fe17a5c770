/** A chunk as it is delivered: the very bytes, or without the calls that were denied. */
import { isObject, type JsonObject, type JsonValue } from '../../json/read.ts';
import { type Change, replaceAt, splice } from '../../json/splice.ts';
import { hasLineEnds, withoutLineEnds } from '../line-ends.ts';
import { type SseEvent, withData } from '../sse.ts';
import { entriesOf, garbage, saysCalls, withText } from './calls.ts';
import type { DeltaCalls, StreamedChoice } from './choice.ts';
import type { StreamedCall } from './streamed-call.ts';

/** A chunk that has been read; whether its calls are allowed may turn out later. */
export interface Chunk {
  readonly event: SseEvent;
  readonly parts: readonly ChunkPart[];
  readonly hasUsage: boolean;
}

/** What a chunk says of one choice. */
export interface ChunkPart {
  /** Its place in the chunk's list. */
  readonly at: number;
  readonly choice: StreamedChoice;
  readonly calls: DeltaCalls;
  /** Whether it has text beside them. */
  readonly says: boolean;
  /** Why the choice ends, if it does. */
  readonly reason: string | undefined;
}

/**
 * To be called in the order in which chunks are delivered, when all their calls have been decided.
 * @returns the event, changed where it has to be; none when nothing is left of it
 */
export function rewrite({ event, parts, hasUsage }: Chunk): Buffer[] {
  for (const part of parts) {
    number(part);
    part.choice.begun = true;
    part.choice.closed ||= part.reason !== undefined;
    if (!isTouched(part)) part.choice.said ||= part.says;
  }
  const touched = parts.filter(isTouched);
  const ending = parts.filter(({ choice, reason }) => saysCalls(reason) && choice.allDenied);
  const bytes = event.data ?? Buffer.alloc(0);
  const hasCalls = parts.some(({ calls }) => calls.entries.length > 0 || calls.legacy !== undefined);
  const splits = hasCalls && hasLineEnds(bytes);
  if (touched.length === 0 && ending.length === 0 && !splits) return [event.raw];

  const { choices } = JSON.parse(bytes.toString()) as { choices: JsonObject[] };
  const changes: Change[] = [];
  let left = hasUsage || touched.length < parts.length;
  for (const part of touched) {
    const delta = changed(part, choices[part.at]?.delta);
    left ||= part.reason !== undefined || Object.keys(delta).length > 0;
    changes.push(must(replaceAt(bytes, ['choices', part.at, 'delta'], delta)));
  }
  for (const { at } of ending) changes.push(must(replaceAt(bytes, ['choices', at, 'finish_reason'], 'stop')));
  if (!left) return [];
  const data = splice(bytes, changes);
  return [withData(event, splits ? withoutLineEnds(data) : data)];
}

/** Whether it has a piece of a call that is denied, or of one that is written otherwise. */
function isTouched({ calls }: ChunkPart): boolean {
  const isOther = calls.entries.some(({ call, index }) => call.denied || call.atOnce || call.out !== index);
  return isOther || calls.legacy?.denied === true;
}

/** Numbers the calls that the agent sees: official SDKs put a call into a list where its number says. */
function number({ choice, calls }: ChunkPart): void {
  for (const { call } of calls.entries) {
    if (call.verdict === undefined) throw garbage('a tool call was not judged');
    if (call.verdict.allow) call.out ??= choice.delivered++;
  }
}

/** @returns the text that stands for a denied call, where that begins */
function textFor(call: StreamedCall | undefined): string[] {
  if (call?.verdict === undefined || call.verdict.allow || call.told) return [];
  call.told = true;
  return [call.verdict.text];
}

function changed({ calls, choice, says }: ChunkPart, delta: JsonValue | undefined): JsonObject {
  if (!isObject(delta)) throw garbage('a denied call could not be taken out');
  const { tool_calls: _calls, function_call: legacy, ...left } = delta;
  const all = [...calls.entries.map(({ call }) => call), calls.legacy];
  const texts = all.flatMap(textFor);
  if (texts.length > 0) left.content = withText(delta.content, texts.join('\n\n'), choice.said);
  choice.said ||= says || texts.length > 0;
  const kept = entriesOf(delta).flatMap((entry, i) => entryOf(calls.entries[i]?.call, entry));
  if (kept.length > 0) left.tool_calls = kept;
  if (legacy !== undefined && !calls.legacy?.denied) left.function_call = legacy;
  return left;
}

/** @returns the entry as it is delivered; none for what is denied, or stands where the call begins already */
function entryOf(call: StreamedCall | undefined, entry: JsonObject): JsonObject[] {
  if (call?.out === undefined) return [];
  const again = call.told;
  call.told = true;
  if (!call.atOnce) return [{ ...entry, index: call.out }];
  return again ? [] : [{ ...entry, index: call.out, ...call.whole() }];
}

/** A path that was just read cannot lead nowhere; if it does, nothing is delivered. */
function must(change: Change | undefined): Change {
  if (change === undefined) throw garbage('a denied call could not be taken out');
  return change;
}
