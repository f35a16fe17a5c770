/** The events of a streamed reply, read strictly. Source: OpenAI API reference, "Streaming events" of responses. */
import { isObject, isProblem, type JsonObject, readJson } from '../../json/read.ts';
import type { SseEvent } from '../sse.ts';
import { garbage, refuseMisspelt } from './calls.ts';

export type EventData = JsonObject & { readonly type: string };

/**
 * @returns what an event says; undefined when it says nothing to anyone
 * @throws ReplyFault when clients may read it differently
 */
export function readEvent(event: SseEvent): EventData | undefined {
  if (event.foreign) throw garbage('an event of the reply has a line that not every client reads alike');
  if (event.data === undefined) return undefined;
  const read = readJson(event.data);
  if (isProblem(read)) throw garbage(read.detail);
  const data = read.value;
  if (!isObject(data) || typeof data.type !== 'string') throw garbage('an event of the reply has no type');
  // Some clients go by the label and some by the type; where they differ, one of them would see something unjudged.
  if (event.type !== 'message' && event.type !== data.type) {
    throw garbage('an event of the reply is labelled as another');
  }
  refuseMisspelt(data);
  return data as EventData;
}

/** @returns the number that an event has among those of its stream; undefined when it has none that can be counted on */
export function numberOf({ sequence_number: number }: JsonObject): number | undefined {
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

/** @returns the object in a member of an event */
export function objectIn(data: EventData, member: 'item' | 'response'): JsonObject {
  const value = data[member];
  if (!isObject(value)) throw garbage(`an event of the reply has no ${member}`);
  return value;
}
