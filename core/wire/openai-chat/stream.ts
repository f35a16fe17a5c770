/**
 * Guarding a streamed reply.
 *
 *   bytes ── chunks ──┬─ nothing waits ──────────────────────────> the very bytes, or without what was denied
 *                     └─ a call's arguments decide ── held, and all behind it ── its choice ends ── judged ── the same
 *
 * Every chunk is read strictly. What clients put together in different ways (a call without a number, a name in pieces)
 * is written so that all read it alike, or refused. Source: OpenAI API reference, the chat completion chunk object.
 */
import { isObject, isProblem, type JsonObject, type JsonValue, readJson } from '../../json/read.ts';
import { UsageMeter } from '../openai/usage.ts';
import { NO_NAMES, namesOf, type ReplyNames } from '../reply-names.ts';
import { type SseEvent, SseReader } from '../sse.ts';
import {
  type GuardOptions,
  type ReplyFacts,
  ReplyFault,
  type RequestView,
  type StreamGuard,
} from '../wire.ts';
import { asksForUsage } from './body.ts';
import { checkReply, garbage, saidIn } from './calls.ts';
import { NO_CALLS, StreamedChoice } from './choice.ts';
import { type ChunkHead, chunk, DONE, dataEvent, deltaOf, errorEvent, NO_HEAD } from './refusal.ts';
import { USAGE_NAMES } from './reply.ts';
import { type Chunk, type ChunkPart, rewrite } from './rewrite.ts';

type StreamOptions = Omit<GuardOptions, 'view'> & {
  readonly view: Pick<RequestView, 'cacheWrite' | 'choices' | 'document'>;
};

/** This much of a reply may be held, bytes: a chunk with one token of arguments has 300. */
const MOST_HELD = 16 * 1024 * 1024;

export class GuardedStream implements StreamGuard {
  readonly #options: StreamOptions;
  readonly #reader = new SseReader();
  readonly #meter: UsageMeter;
  readonly #choices = new Map<number, StreamedChoice>();
  /** Whether the agent asked for the chunk that says what the call cost. */
  readonly #wantsUsage: boolean;
  /** What is to be delivered; after a fault, what came before it. */
  #out: Buffer[] = [];
  /** Chunks that wait for a verdict, and all behind them. */
  #held: Chunk[] = [];
  #heldBytes = 0;
  #head: ChunkHead | undefined;
  #names = NO_NAMES;
  /** By choice. */
  readonly #reasons: string[] = [];
  #done = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#meter = new UsageMeter(USAGE_NAMES, options.view.cacheWrite);
    this.#wantsUsage = asksForUsage(options.view.document);
  }

  /**
   * @returns the bytes to deliver, in order
   * @throws ReplyFault; then nothing more may be delivered but finish() or fail()
   */
  push(bytes: Buffer): Buffer[] {
    for (const event of this.#split(bytes)) {
      if (this.ended) this.#late(event);
      else this.#guard(event);
    }
    return this.#take();
  }

  /** Whether [DONE] has come, or every choice has ended: then its usage may follow, and [DONE]. */
  get ended(): boolean {
    if (this.#done) return true;
    let finished = 0;
    for (const choice of this.#choices.values()) if (choice.finished) finished++;
    return finished === this.#options.view.choices;
  }

  facts(): ReplyFacts {
    const facts = this.#meter.facts();
    const heard = [...this.#choices.values()].reduce((sum, choice) => sum + choice.outputAtLeast, 0);
    const outputTokens = Math.max(facts.soFar.outputTokens, heard);
    const outran = this.#outran() || outputTokens > this.#options.cap * this.#options.view.choices;
    const faults = outran ? [...facts.faults, 'bound_fault'] : facts.faults;
    return { usage: facts.usage, soFar: { ...facts.soFar, outputTokens }, faults };
  }

  named(): ReplyNames {
    return { ...this.#names, finishReasons: namesOf(undefined, Object.values(this.#reasons)).finishReasons };
  }

  /** @returns the events that end every open choice as if it had reached its cap, after a text for the reader */
  finish(text: string): Buffer {
    const head = this.#head ?? NO_HEAD;
    const open = Array.from({ length: this.#options.view.choices }, (_, i) => i).filter(
      (i) => !this.#choices.get(i)?.closed,
    );
    const ends = open.flatMap((i) => {
      const { begun, said } = this.#choices.get(i) ?? { begun: false, said: false };
      const content = said ? `\n\n${text}` : text;
      const delta = begun ? { content } : { role: 'assistant', content };
      return [chunk(head, [deltaOf(i, delta)]), chunk(head, [deltaOf(i, {}, 'length')])];
    });
    return Buffer.concat([...this.#take(), ...ends, dataEvent(DONE)]);
  }

  /** @returns the event that ends the reply with an error */
  fail(text: string, code: string): Buffer {
    return Buffer.concat([...this.#take(), errorEvent(text, code)]);
  }

  #take(): Buffer[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  #split(bytes: Buffer): SseEvent[] {
    try {
      return this.#reader.push(bytes);
    } catch {
      throw garbage('an event of the reply is too large to be judged');
    }
  }

  #guard(event: SseEvent): void {
    const data = readEvent(event);
    if (data === DONE) {
      // Some hosts end a choice without a reason.
      for (const choice of this.#choices.values()) if (!choice.finished) choice.finish();
      this.#release();
      this.#done = true;
    }
    if (typeof data !== 'object') {
      this.#out.push(event.raw);
      return;
    }
    const choices = choicesOf(data, event);
    this.#meter.take(data.usage, data.service_tier);
    if (choices.length === 0) {
      if (!this.#isExtra(data)) this.#out.push(event.raw);
    } else {
      if (this.#head === undefined) this.#names = namesOf(data);
      this.#head ??= headOf(data);
      const parts = choices.map((choice, at) => this.#part(choice, at));
      if (new Set(parts.map(({ choice }) => choice)).size < parts.length) {
        throw garbage('a chunk has two pieces of one choice');
      }
      this.#hold({ event, parts, hasUsage: isObject(data.usage) });
    }
    if (isObject(data.usage) && !this.ended && this.#outran()) {
      throw new ReplyFault('reply_over_cap', 'the provider reports more tokens than were reserved for');
    }
  }

  /** The reply is complete: what still comes may say what it cost, and nothing else of it is delivered. */
  #late(event: SseEvent): void {
    try {
      const data = readEvent(event);
      if (data === DONE && !this.#done) this.#out.push(event.raw);
      this.#done ||= data === DONE;
      if (data === undefined) this.#out.push(event.raw);
      if (typeof data !== 'object') return;
      const choices = choicesOf(data, event);
      this.#meter.take(data.usage, data.service_tier);
      if (this.#done || this.#isExtra(data)) return;
      const parts = choices.map((choice, at) => this.#latePart(choice, at));
      if (parts.every((part) => part !== undefined)) {
        this.#out.push(...rewrite({ event, parts, hasUsage: isObject(data.usage) }));
      }
    } catch {
      // Nobody waits for it.
    }
  }

  #part(value: JsonValue, at: number): ChunkPart {
    const delta = saidIn(value, 'delta');
    const { index, finish_reason: reason } = value as JsonObject;
    const choice = this.#choiceOf(index);
    if (choice.finished) {
      const part = this.#latePart(value, at);
      if (part === undefined) throw garbage('a choice of the reply goes on after its end');
      return part;
    }
    const calls = delta === undefined ? NO_CALLS : choice.take(delta);
    if (choice.outputAtLeast > this.#options.cap) {
      throw new ReplyFault('reply_over_cap', 'the provider went on after its output cap');
    }
    const ends = isReason(reason);
    if (ends) {
      choice.finish();
      this.#reasons[index as number] = reason;
    }
    return { at, choice, calls, says: isText(delta?.content), reason: ends ? reason : undefined };
  }

  /** @returns what a chunk says of a choice that has ended; undefined when it is more than nothing */
  #latePart(value: JsonValue, at: number): ChunkPart | undefined {
    const delta = saidIn(value, 'delta') ?? {};
    const { index, finish_reason: reason } = value as JsonObject;
    const silent = Object.entries(delta).every(([name, said]) => name === 'role' || isNothing(said));
    if (!silent) return undefined;
    const choice = this.#choiceOf(index);
    return { at, choice, calls: NO_CALLS, says: false, reason: isReason(reason) ? reason : undefined };
  }

  #choiceOf(index: JsonValue | undefined): StreamedChoice {
    const { view, judge } = this.#options;
    if (typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0 || index >= view.choices) {
      throw garbage('the reply has a choice that was not asked for');
    }
    let choice = this.#choices.get(index);
    if (choice === undefined) {
      choice = new StreamedChoice(judge);
      this.#choices.set(index, choice);
    }
    return choice;
  }

  /** The chunk that was only asked for by Tollgate. */
  #isExtra({ choices, usage }: JsonObject): boolean {
    return !this.#wantsUsage && isObject(usage) && Array.isArray(choices) && choices.length === 0;
  }

  /** Chunks go on in the order in which they came: none overtakes one that waits. */
  #hold(one: Chunk): void {
    this.#held.push(one);
    this.#heldBytes += one.event.raw.length;
    for (const { waits } of this.#choices.values()) {
      if (!waits) continue;
      if (this.#heldBytes > MOST_HELD) throw garbage('a tool call is too large to be judged');
      return;
    }
    this.#release();
  }

  #release(): void {
    for (const one of this.#held) this.#out.push(...rewrite(one));
    this.#held = [];
    this.#heldBytes = 0;
  }

  #outran(): boolean {
    try {
      return this.#options.outruns(this.#meter.soFar);
    } catch {
      // What cannot be priced (sums beyond counting) was not reserved for either.
      return true;
    }
  }
}

/** @returns what an event says; undefined when it says nothing to anyone */
function readEvent(event: SseEvent): JsonObject | typeof DONE | undefined {
  if (event.foreign) {
    throw garbage('an event of the reply has a line that not every client reads alike');
  }
  if (event.data === undefined) return undefined;
  if (event.data.length === DONE.length && event.data.toString('latin1') === DONE) return DONE;
  const read = readJson(event.data);
  if (isProblem(read)) throw garbage(read.detail);
  const data = read.value;
  if (!isObject(data)) throw garbage('an event of the reply is no object');
  checkReply(data);
  return data;
}

/** @returns the choices of a chunk; none for an error, the usage, and whatever else a host may send */
function choicesOf({ choices }: JsonObject, event: SseEvent): JsonValue[] {
  if (choices === undefined || choices === null) return [];
  if (!Array.isArray(choices)) throw garbage('the choices of a chunk are no list');
  // Some clients skip events with a label, and would put the pieces of a call together without this one.
  if (choices.length > 0 && event.type !== 'message') throw garbage('a chunk of the reply has a label');
  return choices;
}

function headOf({ id, created, model }: JsonObject): ChunkHead {
  return {
    id: typeof id === 'string' ? id : NO_HEAD.id,
    created: typeof created === 'number' ? created : NO_HEAD.created,
    model: typeof model === 'string' ? model : NO_HEAD.model,
  };
}

/** Some hosts write an empty one until there is one. */
function isReason(reason: JsonValue | undefined): reason is string {
  if ((reason ?? '') !== '' && typeof reason !== 'string') throw garbage('a choice ends without a reason');
  return typeof reason === 'string' && reason !== '';
}

function isText(content: JsonValue | undefined): boolean {
  return (typeof content === 'string' || Array.isArray(content)) && content.length > 0;
}

function isNothing(value: JsonValue): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}
