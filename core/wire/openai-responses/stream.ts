/**
 * Guarding a streamed reply.
 *
 *   bytes ── events ──┬─ untouched ─────────────────────────────────> the very bytes
 *                     └─ tool call whose arguments decide ── held to its end ── judged ──┬─ allowed > the very bytes
 *                                                                                        └─ denied ─> a message instead
 *
 * Every event is read strictly, its JSON and not its label: what a client's parser might take for a call is judged as
 * one. Items are numbered in the order in which they begin and may come interleaved. The end of the stream repeats them
 * all. Source: OpenAI API reference, "Streaming events" of responses.
 */
import type { JsonObject, JsonValue } from '../../json/read.ts';
import { judgeArgs } from '../arguments.ts';
import { namesOf, type ReplyNames } from '../reply-names.ts';
import { type SseEvent, SseReader } from '../sse.ts';
import {
  type GuardOptions,
  type ReplyFacts,
  ReplyFault,
  type RequestView,
  type StreamGuard,
  type ToolVerdict,
} from '../wire.ts';
import { callArgs, garbage, refuseCallsBeside, refuseCallsIn, refuseCallsInside } from './calls.ts';
import { Delivery } from './delivery.ts';
import { type EventData, numberOf, objectIn, readEvent } from './events.ts';
import { Heard } from './heard.ts';
import { Item, Verdicts } from './item.ts';
import { endOf, guardOutput } from './output.ts';
import {
  created,
  failed,
  incomplete,
  message,
  messageEvents,
  type OwnEvent,
  ownId,
  response,
  written,
} from './own.ts';
import { isOfCall } from './said.ts';
import { readUsage } from './usage.ts';

type StreamOptions = Omit<GuardOptions, 'view'> & { readonly view: Pick<RequestView, 'cacheWrite'> };

const ALLOW: ToolVerdict = { allow: true };

/** Real replies have some tens of items; each costs memory until the end. */
const MOST_ITEMS = 10_000;
/** Of items that have ended, this much is kept for the case that the reply must be ended before its time, bytes. */
const MOST_KEPT = 4 * 1024 * 1024;

export class GuardedStream implements StreamGuard {
  readonly #options: StreamOptions;
  readonly #reader = new SseReader();
  readonly #heard = new Heard();
  readonly #delivery = new Delivery();
  readonly #verdicts = new Verdicts();
  /** All items that have begun, by index. */
  readonly #items: Item[] = [];
  /** Their ids, and whether each is that of a call. */
  readonly #ids = new Map<JsonValue, boolean>();
  #keptBytes = 0;
  /** The response as it began, and as it ended. */
  #begun: JsonObject | undefined;
  #end: JsonObject | undefined;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  /**
   * @returns the bytes to deliver, in order
   * @throws ReplyFault; then nothing more may be delivered but finish() or fail()
   */
  push(chunk: Buffer): Buffer[] {
    for (const event of this.#split(chunk)) this.#guard(event);
    return this.#delivery.take();
  }

  /** Whether the response has ended; nothing follows. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  facts(): ReplyFacts {
    const { usage, soFar, faults } = readUsage(this.#end, this.#options.view);
    const outputTokens = Math.max(soFar.outputTokens, this.#heard.atLeast);
    const outran = this.#outran(soFar) || outputTokens > this.#options.cap;
    return { usage, soFar: { ...soFar, outputTokens }, faults: outran ? [...faults, 'bound_fault'] : faults };
  }

  named(): ReplyNames {
    return namesOf(this.#end ?? this.#begun, endOf(this.#end));
  }

  /**
   * @returns the events that end the response as if the model had reached its cap, after a text for the reader. Open
   * messages are ended; other open items are left as they are, so that no client keeps or runs half of one.
   */
  finish(text: string): Buffer {
    const begun = this.#items.slice(0, this.#delivery.firstHeld);
    const closing = begun.flatMap((item) => item.close());
    const cut = message(ownId(this.#base.id, begun.length), text);
    return this.#finally([
      ...closing,
      ...messageEvents(begun.length, cut),
      incomplete(this.#base, [...this.#ends(), cut], this.#heard.atLeast),
    ]);
  }

  /** @returns the events that end the response with an error */
  fail(text: string, code: string): Buffer {
    return this.#finally([failed({ ...this.#base, output: this.#ends() }, text, code)]);
  }

  #finally(events: readonly OwnEvent[]): Buffer {
    const all = this.#begun === undefined ? [created(this.#base), ...events] : events;
    return Buffer.concat([...this.#delivery.take(), written(all, this.#delivery.next)]);
  }

  /** The response as it began, or what stands for one that never did. */
  get #base(): JsonObject {
    return this.#begun ?? response('resp_tollgate', '');
  }

  /** What the client has of all items that have ended for it. */
  #ends(): JsonObject[] {
    return this.#items
      .slice(0, this.#delivery.firstHeld)
      .flatMap(({ end }) => (end === undefined ? [] : [end]));
  }

  #split(chunk: Buffer): SseEvent[] {
    try {
      return this.#reader.push(chunk);
    } catch {
      throw garbage('an event of the reply is too large to be judged');
    }
  }

  #guard(event: SseEvent): void {
    const data = this.#end === undefined ? readEvent(event) : undefined;
    if (data === undefined) {
      // Behind the end nothing is of any account, but what cannot be content.
      if (event.data === undefined && !event.foreign) this.#delivery.pass({ event, number: undefined });
      return;
    }
    switch (data.type) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        this.#start(event, data);
        break;
      case 'response.output_item.added':
        this.#itemAdded(event, data);
        break;
      case 'response.output_item.done':
        this.#itemDone(event, data);
        break;
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
        this.#finished(event, data);
        break;
      default:
        if ('output_index' in data || 'item_id' in data || isOfCall(data.type)) this.#ofItem(event, data);
        else this.#ofNone(event, data);
    }
  }

  #ofNone(event: SseEvent, data: EventData): void {
    refuseCallsIn(data);
    this.#listen(-1, data);
    this.#delivery.pass({ event, number: numberOf(data) });
  }

  #start(event: SseEvent, data: EventData): void {
    const begun = objectIn(data, 'response');
    if (data.type === 'response.created' && this.#begun !== undefined)
      throw garbage('the reply begins twice');
    refuseCallsIn({ ...data, response: null });
    refuseCallsBeside(begun);
    const output = begun.output ?? [];
    // Clients begin with this response as it is: items in it would pass unjudged.
    if (!Array.isArray(output) || output.length > 0) throw garbage('the reply begins with content');
    if (data.type === 'response.created') this.#begun = begun;
    this.#delivery.pass({ event, number: numberOf(data) });
  }

  #itemAdded(event: SseEvent, data: EventData): void {
    const start = objectIn(data, 'item');
    const index = this.#items.length;
    if (this.#begun === undefined || data.output_index !== index) {
      throw garbage('an item of the reply begins out of turn');
    }
    if (typeof start.type !== 'string') throw garbage('an item of the reply has no type');
    if (index === MOST_ITEMS) throw garbage('the reply has too many items');
    refuseCallsIn({ ...data, item: null });
    refuseCallsInside(start);
    const item = new Item(index, start);
    this.#refuseTwin(item);
    this.#items.push(item);
    const verdict = item.name === undefined ? ALLOW : this.#options.judge.byName(item.name);
    if (verdict === undefined) {
      item.fate = 'held';
      item.hold(event.raw.length);
      this.#delivery.hold(index);
    } else if (!verdict.allow) {
      item.fate = 'dropped';
      this.#delivery.of(index, this.#instead(item, verdict));
      return;
    } else if (item.name !== undefined) {
      this.#verdicts.allow(item.name, undefined);
    }
    this.#delivery.of(index, { event, number: numberOf(data) });
  }

  #ofItem(event: SseEvent, data: EventData): void {
    const item = this.#itemOf(data);
    item.check(data);
    this.#listen(item.index, data);
    if (item.fate === 'dropped') {
      this.#delivery.skip();
      return;
    }
    if (item.fate === 'held') {
      item.said.take(data);
      item.hold(event.raw.length);
    } else {
      item.listen(data);
    }
    this.#delivery.of(item.index, { event, number: numberOf(data) });
  }

  #itemDone(event: SseEvent, data: EventData): void {
    const item = this.#itemOf(data);
    const end = objectIn(data, 'item');
    refuseCallsIn({ ...data, item: null });
    item.checkEnd(end);
    refuseCallsInside(end);
    this.#heard.done(item.index, end);
    this.#refuseExcess();
    if (item.fate === 'dropped') {
      this.#delivery.skip();
      return;
    }
    item.isClosed = true;
    this.#keep(item, end, event.raw.length);
    this.#delivery.of(item.index, { event, number: numberOf(data) });
    if (item.fate !== 'held' || item.name === undefined) return;
    item.hold(event.raw.length);
    const agrees = item.said.agrees(item.start, end);
    const args = agrees && event.data ? callArgs(end, event.data, ['item']) : undefined;
    const verdict = judgeArgs(this.#options.judge, item.name, args);
    if (verdict.allow) this.#verdicts.allow(item.name, args);
    this.#settle(item, verdict);
  }

  #finished(event: SseEvent, data: EventData): void {
    const end = objectIn(data, 'response');
    refuseCallsIn({ ...data, response: null });
    for (const item of this.#items) {
      if (item.fate !== 'held') continue;
      if (data.type === 'response.completed') throw garbage('the reply ended inside a tool call');
      // It broke off there: what a client makes of half a call is not known.
      this.#settle(item, this.#options.judge.unreadable(item.name ?? ''));
    }
    const bytes = event.data ?? Buffer.alloc(0);
    const { judge } = this.#options;
    const place = { bytes, path: ['response'], id: this.#base.id };
    const changes = guardOutput(end, place, (call, name, json, index) => {
      const args = callArgs(call, json, []);
      return this.#verdicts.of(name, args, index, call) ?? judge.byName(name) ?? judgeArgs(judge, name, args);
    });
    this.#end = end;
    this.#delivery.pass({ event, number: numberOf(data), changes });
  }

  #settle(item: Item, verdict: ToolVerdict): void {
    item.fate = verdict.allow ? 'passes' : 'dropped';
    this.#delivery.settle(item.index, verdict.allow ? undefined : this.#instead(item, verdict));
  }

  /** @returns the events of the message that stands in the place of a denied call */
  #instead(item: Item, verdict: ToolVerdict): OwnEvent[] {
    const said = message(ownId(this.#base.id, item.index), verdict.allow ? '' : verdict.text);
    item.end = said;
    this.#verdicts.deny(item, verdict);
    return messageEvents(item.index, said);
  }

  #itemOf(data: EventData): Item {
    const item = typeof data.output_index === 'number' ? this.#items[data.output_index] : undefined;
    if (item === undefined) throw garbage('an event of the reply belongs to no item that has begun');
    return item;
  }

  /** Clients that find items by their id would mix up two of one id, and run what nobody judged. */
  #refuseTwin({ start: { id }, name }: Item): void {
    // Some calls of the API have an empty one, by which nobody finds anything.
    if (!id) return;
    const twinIsCall = this.#ids.get(id);
    if (twinIsCall === true || (twinIsCall === false && name !== undefined))
      throw garbage('two items of the reply have one id');
    this.#ids.set(id, name !== undefined);
  }

  #keep(item: Item, end: JsonObject, bytes: number): void {
    this.#keptBytes += bytes;
    if (this.#keptBytes <= MOST_KEPT) item.end = end;
  }

  /** Counts what the model says in a delta, whatever it is about. */
  #listen(index: number, { type, delta }: EventData): void {
    // Sound comes in base64, which has no words.
    if (typeof delta !== 'string' || type === 'response.audio.delta') return;
    this.#heard.delta(index, type, delta);
    this.#refuseExcess();
  }

  #refuseExcess(): void {
    if (this.#heard.atLeast > this.#options.cap) {
      throw new ReplyFault('reply_over_cap', 'the provider went on after its output cap');
    }
  }

  #outran(soFar: ReplyFacts['soFar']): boolean {
    try {
      return this.#options.outruns(soFar);
    } catch {
      // What cannot be priced (searches of the provider's own, sums beyond counting) was not reserved for either.
      return true;
    }
  }
}
