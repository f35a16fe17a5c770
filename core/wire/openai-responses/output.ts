/** The output of a response, as a reply has it and a stream repeats it at its end. */
import { isObject, type JsonObject, type JsonValue } from '../../json/read.ts';
import { type Change, itemSpans, type JsonPath, locate, replaceAt } from '../../json/splice.ts';
import { fieldOf } from '../reply-names.ts';
import type { ToolVerdict } from '../wire.ts';
import { callName, garbage, refuseCallsBeside, refuseCallsIn, refuseCallsInside } from './calls.ts';
import { message, ownId } from './own.ts';

/** Where a response was read: its bytes, where it stands in them, and the id under which it began. */
export interface Place {
  readonly bytes: Buffer;
  readonly path: JsonPath;
  readonly id: JsonValue | undefined;
}

/** @param json the call's own bytes */
export type Judged = (call: JsonObject, name: string, json: Buffer, index: number) => ToolVerdict;

/**
 * Judges every call in a response's output.
 * @returns what to change: a denied call becomes a message in its place
 * @throws ReplyFault when it is no response, or a call hides in it
 */
export function guardOutput(response: JsonObject, { bytes, path, id }: Place, judged: Judged): Change[] {
  refuseCallsBeside(response);
  const output = response.output ?? [];
  if (!Array.isArray(output)) throw garbage('the output of the reply is no list');
  const list = locate(bytes, [...path, 'output']);
  const spans = list === undefined ? [] : itemSpans(bytes, list);
  const changes: Change[] = [];
  const left = output.map((item, i): JsonValue => {
    if (!isObject(item)) {
      refuseCallsIn(item);
      return item;
    }
    refuseCallsInside(item);
    const name = callName(item);
    if (name === undefined) return item;
    const span = spans[i];
    // What was just read cannot be nowhere; if it is, nothing is delivered.
    if (span === undefined) throw garbage('a call could not be found again');
    const verdict = judged(item, name, bytes.subarray(span.start, span.end), i);
    if (verdict.allow) return item;
    const instead = message(ownId(id, i), verdict.text);
    changes.push({ span, bytes: Buffer.from(JSON.stringify(instead)) });
    return instead;
  });
  const text = changes.length === 0 ? undefined : response.output_text;
  const change =
    typeof text === 'string' ? replaceAt(bytes, [...path, 'output_text'], textOf(left)) : undefined;
  return change === undefined ? changes : [...changes, change];
}

/**
 * Why a response ended, as it says it: what made it incomplete (`max_output_tokens`, `content_filter`), else its status.
 * @param response undefined where none has ended
 */
export function endOf(response: JsonObject | undefined): [JsonValue | undefined] {
  return [fieldOf(response?.incomplete_details, 'reason') ?? response?.status];
}

/** What official SDKs call the text of a response: that of all its messages, one behind the other. */
function textOf(output: readonly JsonValue[]): string {
  const messages = output.filter((item) => isObject(item) && item.type === 'message') as JsonObject[];
  const parts = messages.flatMap(({ content }) => (Array.isArray(content) ? content : []));
  return parts.map((part) => (isObject(part) && part.type === 'output_text' ? part.text : '')).join('');
}
