/** An output item of a streamed reply, while it is open and after it. */
import { isObject, type JsonObject, type JsonValue } from '../../json/read.ts';
import type { ToolVerdict } from '../wire.ts';
import { callName, garbage, refuseCallsIn, refuseMisspelt } from './calls.ts';
import type { EventData } from './events.ts';
import { type OwnEvent, partEnd } from './own.ts';
import { isOfCall, Said } from './said.ts';

/** A held call may have this much of arguments, bytes; the reply is cut when one has more. */
const MOST_HELD = 4 * 1024 * 1024;

/** What becomes of an item: its events pass, are dropped because a message stands in its place, or are held. */
export type Fate = 'passes' | 'dropped' | 'held';

export class Item {
  readonly index: number;
  /** The item as it began. */
  readonly start: JsonObject;
  /** By which it is judged, if it is a call. */
  readonly name: string | undefined;
  fate: Fate = 'passes';
  /** The item as it ended for the client. */
  end: JsonObject | undefined;
  isDone = false;
  /** Whether its end has gone out too. */
  isClosed = false;
  readonly said = new Said();
  #heldBytes = 0;
  /** Parts of a message as far as they came, and which of them have ended. */
  readonly #parts = new Map<number, JsonObject>();
  readonly #ended = new Set<number>();

  constructor(index: number, start: JsonObject) {
    this.index = index;
    this.start = start;
    this.name = callName(start);
  }

  /** @throws ReplyFault when an event may be read as one of another item, or changes what the item is */
  check(data: EventData): void {
    for (const [field, own] of [
      ['item_id', 'id'],
      ['call_id', 'call_id'],
      ['name', 'name'],
      ['namespace', 'namespace'],
    ] as const) {
      const said = data[field] ?? null;
      // Clients find an item by its index, or by its id: both must name the same one.
      if (said !== null && !this.#isOwn(own, said))
        throw garbage(`an event of the reply has another ${field} than its item`);
    }
    if (this.name === undefined) {
      if (isOfCall(data.type)) throw garbage('an event of the reply brings arguments to what is no call');
    } else if (this.isDone && this.fate !== 'dropped') {
      throw garbage('an event of the reply belongs to a call that has ended');
    }
    refuseCallsIn(data);
  }

  /** @throws ReplyFault when it ends as another item than it began */
  checkEnd(end: JsonObject): void {
    if (this.isDone) throw garbage('an item of the reply ends twice');
    refuseMisspelt(end);
    const isSame = ['type', 'id', 'call_id'].every((field) => this.#isOwn(field, end[field] ?? null));
    if (!isSame || callName(end) !== this.name)
      throw garbage('an item of the reply ends as another than it began');
    this.isDone = true;
  }

  /** Whether this is what the item began with; one that is no call may have begun without it. */
  #isOwn(field: string, value: JsonValue): boolean {
    const own = this.start[field] ?? null;
    return own === value || (own === null && this.name === undefined);
  }

  /** @throws ReplyFault when there is too much of it to be judged */
  hold(bytes: number): void {
    this.#heldBytes += bytes;
    if (this.#heldBytes > MOST_HELD) throw garbage('a tool call is too large to be judged');
  }

  /** Remembers what a message says, for the case that it must be ended before its time. */
  listen({ type, content_index: at, part, delta }: EventData): void {
    if (this.start.type !== 'message' || typeof at !== 'number') return;
    const open = this.#parts.get(at);
    if (type === 'response.content_part.added' && isObject(part)) this.#parts.set(at, { ...part });
    else if (type === 'response.content_part.done') this.#ended.add(at);
    else if (open === undefined || typeof delta !== 'string') return;
    else if (type === 'response.output_text.delta') open.text = `${open.text ?? ''}${delta}`;
    else if (type === 'response.refusal.delta') open.refusal = `${open.refusal ?? ''}${delta}`;
  }

  /** @returns the events that end an open message where it is; nothing for other items, which clients then forget */
  close(): OwnEvent[] {
    const { index, start } = this;
    if (this.isClosed || start.type !== 'message') return [];
    const open = [...this.#parts].filter(([at]) => !this.#ended.has(at));
    const ends = open.flatMap(([at, part]) =>
      partEnd({ item_id: start.id ?? null, output_index: index, content_index: at }, part),
    );
    this.end = { ...start, status: 'incomplete', content: [...this.#parts.values()] };
    return [...ends, { type: 'response.output_item.done', output_index: index, item: this.end }];
  }
}

/** Calls that were judged already: the end of a stream repeats them, and each is judged once. */
export class Verdicts {
  readonly #allowed = new Set<string>();
  readonly #denied = new Map<string, ToolVerdict>();

  /** @param args undefined where the name alone decided */
  allow(name: string, args: JsonValue | undefined): void {
    this.#allowed.add(keyOf(name, args));
  }

  deny(item: Item, verdict: ToolVerdict): void {
    for (const key of placesOf(item.index, item.start)) this.#denied.set(key, verdict);
  }

  /** @returns what was decided about a call at this index; undefined when nobody has judged it yet */
  of(name: string, args: JsonValue | undefined, index: number, call: JsonObject): ToolVerdict | undefined {
    for (const key of placesOf(index, call)) {
      const denied = this.#denied.get(key);
      if (denied !== undefined) return denied;
    }
    const known =
      this.#allowed.has(keyOf(name, undefined)) ||
      (args !== undefined && this.#allowed.has(keyOf(name, args)));
    return known ? { allow: true } : undefined;
  }
}

function keyOf(name: string, args: JsonValue | undefined): string {
  // No arguments are not the argument null.
  return JSON.stringify(args === undefined ? [name] : [name, args]);
}

/** By what a client knows a call again: its ids, or, without any, its place. */
function placesOf(index: number, { id, call_id }: JsonObject): string[] {
  const places = [...(id ? [`id ${id}`] : []), ...(call_id ? [`call ${call_id}`] : [])];
  return places.length === 0 ? [`index ${index}`] : places;
}
