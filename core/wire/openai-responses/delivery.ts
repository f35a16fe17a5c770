/**
 * What of a stream goes out, in which order, and with which numbers.
 *
 *   item 0 ──────────────────────────────────────> out
 *   item 1 ── its verdict is awaited ─┐
 *   item 2 ───────────────────────────┴─ waits ──> out, when item 1 is out or replaced
 *
 * Some clients number items by the order in which they begin, so none begins before one with a lower index. Numbers of
 * events go up by one; as long as nothing was left out, put in or sent later, they stay as they came.
 */
import { type Change, replaceAt, splice } from '../../json/splice.ts';
import { hasLineEnds, withoutLineEnds } from '../line-ends.ts';
import { type SseEvent, withData } from '../sse.ts';
import { garbage } from './calls.ts';
import { type OwnEvent, written } from './own.ts';

/** All that waits may have this much, bytes. */
const MOST_WAITING = 16 * 1024 * 1024;
/** So many verdicts may be awaited at once: real replies have a handful of parallel calls. */
const MOST_HELD = 128;

export interface Incoming {
  readonly event: SseEvent;
  /** Its sequence_number, if it has one. */
  readonly number: number | undefined;
  /** What is to be changed in its data. */
  readonly changes?: readonly Change[];
}

type Outgoing = Incoming | readonly OwnEvent[];

export class Delivery {
  #out: Buffer[] = [];
  /** In the order in which they came. */
  #waiting: { readonly index: number; readonly what: Outgoing }[] = [];
  #waitingBytes = 0;
  /** Items whose verdict is awaited, by rising index. */
  #held: number[] = [];
  /** Items on which a verdict was or is awaited. */
  readonly #judged = new Set<number>();
  /** What to say in the place of items that wait; without anything, it has been said. */
  readonly #instead = new Map<number, readonly OwnEvent[] | undefined>();
  /** The number of the last event that went out. */
  #last = -1;
  #touched = false;

  /** The lowest index whose verdict is awaited: it, and what is behind it, has not begun for the client. */
  get firstHeld(): number | undefined {
    return this.#held[0];
  }

  /** An event of no item: nothing stops it. */
  pass(incoming: Incoming): void {
    if (this.#waiting.length > 0 && incoming.number !== undefined) this.#touched = true;
    this.#send(incoming);
  }

  /** The verdict on an item is awaited from here on. */
  hold(index: number): void {
    this.#held.push(index);
    this.#judged.add(index);
    if (this.#held.length > MOST_HELD) throw garbage('too many tool calls are made at once');
  }

  /** An event of an item, or events of ours in its place. */
  of(index: number, what: Outgoing): void {
    const first = this.#held[0];
    if (first === undefined || index < first) {
      if (this.#waiting.length > 0) this.#touched = true;
      this.#send(what);
      return;
    }
    this.#waiting.push({ index, what });
    this.#waitingBytes += bytesOf(what);
    if (this.#waitingBytes > MOST_WAITING) throw garbage('too much of the reply waits for a tool call');
  }

  /** An event was left out. */
  skip(): void {
    this.#touched = true;
  }

  /** @param instead what to say in the item's place; undefined: it goes out as it came */
  settle(index: number, instead?: readonly OwnEvent[]): void {
    if (instead !== undefined) this.#instead.set(index, instead);
    const wasFirst = this.#held[0] === index;
    this.#held = this.#held.filter((held) => held !== index);
    if (wasFirst) this.#release(this.#held[0] ?? Number.POSITIVE_INFINITY);
  }

  /** @returns what is to be delivered since it was last asked for */
  take(): Buffer[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  /** @returns the number of the next event of ours */
  readonly next = (): number => {
    this.#touched = true;
    this.#last++;
    return this.#last;
  };

  /** Sends what waits for items below the border, in the order in which it came. */
  #release(border: number): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const one of waiting) {
      if (one.index >= border) {
        this.#waiting.push(one);
        this.#waitingBytes += bytesOf(one.what);
        continue;
      }
      if (this.#waiting.length > 0) this.#touched = true;
      if (!this.#instead.has(one.index)) {
        this.#send(one.what, this.#judged.has(one.index));
        continue;
      }
      this.#touched = true;
      const instead = this.#instead.get(one.index);
      if (instead) this.#send(instead);
      this.#instead.set(one.index, undefined);
    }
  }

  /** @param judged whether there was a verdict on what it says, which all clients then have to read alike */
  #send(what: Outgoing, judged = false): void {
    this.#out.push('event' in what ? this.#numbered(what, judged) : written(what, this.next));
  }

  #numbered({ event, number, changes = [] }: Incoming, judged: boolean): Buffer {
    const { raw, data } = event;
    if (data === undefined) return raw;
    const all = [...changes];
    if (number !== undefined) {
      this.#last = this.#touched ? this.#last + 1 : number;
      const change = this.#last === number ? undefined : replaceAt(data, ['sequence_number'], this.#last);
      if (change) all.push(change);
    }
    if (judged && hasLineEnds(data)) return withData(event, withoutLineEnds(splice(data, all)));
    return all.length === 0 ? raw : withData(event, splice(data, all));
  }
}

function bytesOf(what: Outgoing): number {
  return 'event' in what ? what.event.raw.length : 0;
}
