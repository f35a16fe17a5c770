/**
 * Guarding a streamed reply.
 *
 *   bytes ── events ──┬─ untouched ───────────────────────────────> the very bytes
 *                     └─ tool call whose arguments decide ── held to its end ── judged ──┬─ allowed > the very bytes
 *                                                                                        └─ denied ─> text in its place
 *
 * Every event is read strictly, its JSON and not its label: what a client's parser might take for a call is judged as
 * one. Blocks come one after the other and are numbered in order, because some clients put a block where its number
 * says, and some behind the last one. Source: Anthropic API reference, "Streaming messages".
 */
import { isObject, isProblem, type JsonObject, readJson } from '../../json/read.ts';
import { replaceAt, splice } from '../../json/splice.ts';
import { judgeArgs } from '../arguments.ts';
import { unsplittable } from '../line-ends.ts';
import { OutputMeter } from '../output-meter.ts';
import { fieldOf, NO_NAMES, namesOf, type ReplyNames } from '../reply-names.ts';
import { type SseEvent, SseReader, withData } from '../sse.ts';
import {
  type GuardOptions,
  type ReplyFacts,
  ReplyFault,
  type RequestView,
  type StreamGuard,
  type ToolVerdict,
} from '../wire.ts';
import { argsOf, isCall, nameOf, refuseCallsIn, refuseCallsInside, refuseMisspelt } from './calls.ts';
import { blockStop, errorEvent, messageEnd, textBlock } from './refusal.ts';
import { UsageMeter } from './usage.ts';

type StreamOptions = Omit<GuardOptions, 'view'> & { readonly view: Pick<RequestView, 'cacheWrite'> };

/** A call that waits for its arguments. */
interface HeldCall {
  readonly name: string;
  readonly start: JsonObject;
  /** Data of the event that began it. */
  readonly startBytes: Buffer;
  readonly raw: Buffer[];
  readonly pieces: string[];
  bytes: number;
}

/** What becomes of the block that is open: its events pass, are dropped because its text is out already, or are held. */
type OpenBlock = 'passes' | 'dropped' | HeldCall;

const ALLOW: ToolVerdict = { allow: true };

/** Text of a block that is not the model's, or is sealed and longer than what it stands for. */
const NOT_SAID = new Set(['type', 'id', 'tool_use_id', 'signature', 'data', 'encrypted_content']);

/** A held call may have this much of arguments, bytes; the reply is cut when one has more. */
const MOST_HELD = 4 * 1024 * 1024;

export class GuardedStream implements StreamGuard {
  readonly #options: StreamOptions;
  readonly #reader = new SseReader();
  readonly #meter: UsageMeter;
  readonly #output = new OutputMeter();
  /** What is to be delivered; after a fault, what came before it. */
  #out: Buffer[] = [];
  #started = false;
  #names: ReplyNames = NO_NAMES;
  #ended = false;
  #block: OpenBlock | undefined;
  /** Number of the open block, or of the next one. */
  #index = 0;
  #allowedCalls = 0;
  #deniedCalls = 0;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#meter = new UsageMeter(options.view.cacheWrite);
  }

  /**
   * @returns the bytes to deliver, in order
   * @throws ReplyFault; then nothing more may be delivered but finish() or fail()
   */
  push(chunk: Buffer): Buffer[] {
    for (const event of this.#split(chunk)) this.#out.push(...(this.#guard(event) ?? [event.raw]));
    return this.#take();
  }

  /** Whether message_stop has come: what follows is of no account. */
  get ended(): boolean {
    return this.#ended;
  }

  facts(): ReplyFacts {
    const facts = this.#meter.facts();
    const outputTokens = Math.max(facts.soFar.outputTokens, this.#output.atLeast);
    const outran = this.#outran() || outputTokens > this.#options.cap;
    const faults = outran ? [...facts.faults, 'bound_fault'] : facts.faults;
    return { usage: facts.usage, soFar: { ...facts.soFar, outputTokens }, faults };
  }

  named(): ReplyNames {
    return this.#names;
  }

  /** @returns the events that end the message as if the model had reached its cap, after a text for the reader */
  finish(text: string): Buffer {
    // A held call was never begun towards the client: the text takes its number.
    const begun = this.#block === 'passes' || this.#block === 'dropped';
    return Buffer.concat([
      ...this.#take(),
      ...(this.#block === 'passes' ? [blockStop(this.#index)] : []),
      textBlock(this.#index + (begun ? 1 : 0), text),
      messageEnd('max_tokens', this.#output.atLeast),
    ]);
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

  #split(chunk: Buffer): SseEvent[] {
    try {
      return this.#reader.push(chunk);
    } catch {
      throw garbage('an event of the reply is too large to be judged');
    }
  }

  /** @returns what to deliver in the event's place; undefined: the event as it came */
  #guard(event: SseEvent): Buffer[] | undefined {
    if (this.#ended) return this.#late(event);
    const data = readEvent(event);
    switch (data?.type) {
      case 'message_start':
        return this.#start(event, data);
      case 'content_block_start':
        return this.#blockStart(event, data);
      case 'content_block_delta':
        return this.#blockDelta(event, data);
      case 'content_block_stop':
        return this.#blockStop(event, data);
      case 'message_delta':
        return this.#messageDelta(event, data);
      case 'message_stop':
        if (typeof this.#block === 'object') throw garbage('the reply ended inside a tool call');
        this.#ended = true;
    }
    return undefined;
  }

  /** The message is complete: what still comes may say what it cost, and nothing else of it is delivered. */
  #late(event: SseEvent): Buffer[] | undefined {
    try {
      const data = readEvent(event);
      if (data?.type === 'message_delta') return this.#messageDelta(event, data);
      return data === undefined || data.type === 'ping' ? undefined : [];
    } catch {
      return [];
    }
  }

  #start(event: SseEvent, data: JsonObject): undefined {
    if (this.#started) throw garbage('the reply begins twice');
    const message = isObject(data.message) ? data.message : {};
    refuseMisspelt(data);
    refuseMisspelt(message);
    const { content = [] } = message;
    // Clients begin with this message as it is: content in it would pass unjudged.
    if (!Array.isArray(content) || content.length > 0) throw garbage('the reply begins with content');
    this.#started = true;
    this.#names = namesOf(message);
    this.#meter.take(message.usage, false);
    if (this.#outran()) {
      this.#out.push(event.raw);
      throw new ReplyFault('reply_over_cap', 'the provider reports more input than was reserved for');
    }
  }

  #blockStart(event: SseEvent, data: JsonObject): Buffer[] | undefined {
    if (!this.#started || this.#block !== undefined || data.index !== this.#index) {
      throw garbage('a block of the reply begins out of turn');
    }
    const block = data.content_block;
    if (!isObject(block) || typeof block.type !== 'string') throw garbage('a block of the reply has no type');
    refuseCallsIn({ ...data, content_block: null });
    refuseCallsInside(block);
    this.#listen(block);
    const name = isCall(block) ? nameOf(block) : '';
    const verdict = isCall(block) ? this.#options.judge.byName(name) : ALLOW;
    if (verdict === undefined) {
      const startBytes = event.data ?? Buffer.alloc(0);
      this.#block = { name, start: block, startBytes, raw: [], pieces: [], bytes: 0 };
      this.#hold(this.#block, unsplittable(event));
      return [];
    }
    if (verdict !== ALLOW) this.#count(verdict);
    this.#block = verdict.allow ? 'passes' : 'dropped';
    return verdict.allow ? undefined : [textBlock(this.#index, verdict.text)];
  }

  #blockDelta(event: SseEvent, data: JsonObject): Buffer[] | undefined {
    const block = this.#openBlock(data);
    const { delta } = data;
    if (!isObject(delta)) throw garbage('an event of the reply has no delta');
    this.#listen(delta);
    if (typeof block === 'string') return block === 'dropped' ? [] : undefined;
    // Clients go by the type, and turn what is no text into text: only one form is read alike by all.
    if (delta.type !== 'input_json_delta' || typeof delta.partial_json !== 'string') {
      throw garbage('a tool call has something else than arguments');
    }
    block.pieces.push(delta.partial_json);
    this.#hold(block, unsplittable(event));
    return [];
  }

  #blockStop(event: SseEvent, data: JsonObject): Buffer[] | undefined {
    const block = this.#openBlock(data);
    const index = this.#index;
    this.#block = undefined;
    this.#index++;
    if (typeof block === 'string') return block === 'dropped' ? [] : undefined;
    const verdict = judgeArgs(
      this.#options.judge,
      block.name,
      argsOf(block.start.input, block.startBytes, block.pieces),
    );
    this.#count(verdict);
    return verdict.allow ? [...block.raw, unsplittable(event)] : [textBlock(index, verdict.text)];
  }

  #messageDelta(event: SseEvent, data: JsonObject): Buffer[] | undefined {
    if (typeof this.#block === 'object') throw garbage('the reply ended inside a tool call');
    this.#meter.take(data.usage, true);
    const { finishReasons } = namesOf(undefined, [fieldOf(data.delta, 'stop_reason')]);
    if (finishReasons.length > 0) this.#names = { ...this.#names, finishReasons };
    const stopped = isObject(data.delta) && data.delta.stop_reason === 'tool_use';
    if (!stopped || this.#deniedCalls === 0 || this.#allowedCalls > 0) return undefined;
    const bytes = event.data ?? Buffer.alloc(0);
    const change = replaceAt(bytes, ['delta', 'stop_reason'], 'end_turn');
    if (change === undefined) throw garbage('the reply could not be ended');
    return [withData(event, splice(bytes, [change]))];
  }

  /** Counts what the model says in a delta, or in the beginning of a block, whichever fields it stands in. */
  #listen(said: JsonObject): void {
    // What a tool of the provider brought is no output.
    if (String(said.type).endsWith('_result')) return;
    for (const key of Object.keys(said)) {
      const text = key === 'input' ? JSON.stringify(said.input) : said[key];
      if (typeof text === 'string' && !NOT_SAID.has(key)) this.#output.take(text);
    }
    if (this.#output.atLeast > this.#options.cap) {
      throw new ReplyFault('reply_over_cap', 'the provider went on after its output cap');
    }
  }

  #outran(): boolean {
    try {
      return this.#options.outruns(this.#meter.soFar);
    } catch {
      // What cannot be priced (searches of the provider's own, sums beyond counting) was not reserved for either.
      return true;
    }
  }

  #openBlock(data: JsonObject): OpenBlock {
    if (this.#block === undefined || data.index !== this.#index) {
      throw garbage('an event of the reply belongs to no block that is open');
    }
    return this.#block;
  }

  #count(verdict: ToolVerdict): void {
    if (verdict.allow) this.#allowedCalls++;
    else this.#deniedCalls++;
  }

  #hold(call: HeldCall, raw: Buffer): void {
    call.bytes += raw.length;
    if (call.bytes > MOST_HELD) throw garbage('a tool call is too large to be judged');
    call.raw.push(raw);
  }
}

/** @returns what an event says; undefined when it says nothing to anyone */
function readEvent(event: SseEvent): JsonObject | undefined {
  if (event.foreign) {
    throw garbage('an event of the reply has a line that not every client reads alike');
  }
  if (event.data === undefined) return undefined;
  const read = readJson(event.data);
  if (isProblem(read)) throw garbage(read.detail);
  const data = read.value;
  if (!isObject(data) || typeof data.type !== 'string') throw garbage('an event of the reply has no type');
  // Some clients go by the label and some by the type; where they differ, one of them would see something unjudged.
  if (event.type !== 'message' && event.type !== data.type) {
    throw garbage('an event of the reply is labelled as another');
  }
  if (data.type !== 'content_block_start') refuseCallsIn(data);
  return data;
}

function garbage(detail: string): ReplyFault {
  return new ReplyFault('reply_garbage', detail);
}
