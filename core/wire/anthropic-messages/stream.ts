/**
 * Guarding a streamed reply.
 *
 *   bytes ── events ──┬─ untouched ───────────────────────────────> the very bytes
 *                     └─ tool call whose arguments decide ── held to its end ── judged ──┬─ allowed > the very bytes
 *                                                                                        └─ denied ─> text in its place
 *
 * Every event is read strictly, its JSON and not its label: what a client's parser might take for a call is judged as
 * one. Source: Anthropic API reference, "Streaming messages".
 */
import { isObject, isProblem, type JsonObject, readJson } from '../../json/read.ts';
import { replaceAt, splice } from '../../json/splice.ts';
import type { Usage } from '../../money/price.ts';
import { OutputMeter } from '../output-meter.ts';
import { type SseEvent, SseReader, sseEvent } from '../sse.ts';
import { type ReplyFacts, ReplyFault, type ToolJudge, type ToolVerdict } from '../wire.ts';
import { argsOf, isCall } from './calls.ts';
import { errorEvent } from './refusal.ts';
import { UsageMeter } from './usage.ts';

export interface StreamOptions {
  readonly judge: ToolJudge;
  readonly cacheWrite: 'none' | '5m' | '1h';
  /** The output cap that was paid for, tokens. */
  readonly cap: number;
  /** @returns whether usage reported so far costs more than was reserved */
  outruns(soFar: Usage): boolean;
}

interface HeldCall {
  readonly name: string;
  readonly start: JsonObject;
  readonly raw: Buffer[];
  readonly pieces: string[];
}

const ALLOW: ToolVerdict = { allow: true };

/** A held call may have this much of arguments, bytes; the reply is cut when one has more. */
const MOST_HELD = 4 * 1024 * 1024;

export class GuardedStream {
  readonly #options: StreamOptions;
  readonly #reader = new SseReader();
  readonly #meter: UsageMeter;
  readonly #output = new OutputMeter();
  readonly #held = new Map<number, HeldCall>();
  /** Blocks that were begun towards the client and not ended. */
  readonly #open = new Set<number>();
  /** Denied calls by block: their text is out, the rest of their events is dropped. */
  readonly #dropped = new Set<number>();
  #heldBytes = 0;
  #nextIndex = 0;
  #allowedCalls = 0;
  #deniedCalls = 0;
  #ended = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#meter = new UsageMeter(options.cacheWrite);
  }

  /**
   * @returns the bytes to deliver, in order
   * @throws ReplyFault; then nothing more may be delivered but finish() or fail()
   */
  push(chunk: Buffer): Buffer[] {
    let events: SseEvent[];
    try {
      events = this.#reader.push(chunk);
    } catch {
      throw new ReplyFault('reply_garbage', 'An event of the reply is too large to be judged.');
    }
    const out: Buffer[] = [];
    for (const event of events) out.push(...(this.#guard(event) ?? [event.raw]));
    return out;
  }

  /** Whether message_stop has come: what follows is of no account. */
  get ended(): boolean {
    return this.#ended;
  }

  facts(): ReplyFacts {
    const facts = this.#meter.facts();
    const { cap, outruns } = this.#options;
    const outrun =
      outruns(this.#meter.soFar) || Math.max(this.#meter.soFar.outputTokens, this.#output.atLeast) > cap;
    return outrun ? { ...facts, faults: [...facts.faults, 'bound_fault'] } : facts;
  }

  /** @returns the events that end the message as if the model had reached its cap, after a text for the reader */
  finish(text: string): Buffer {
    const usage = { output_tokens: this.#output.atLeast };
    const delta = { stop_reason: 'max_tokens', stop_sequence: null };
    return Buffer.concat([
      ...[...this.#open].map((index) => blockStop(index)),
      textBlock(this.#nextIndex, text),
      sseEvent('message_delta', { type: 'message_delta', delta, usage }),
      sseEvent('message_stop', { type: 'message_stop' }),
    ]);
  }

  /** @returns the event that ends the reply with an error */
  fail(text: string, code: string): Buffer {
    return errorEvent(text, code);
  }

  /** @returns what to deliver in the event's place; undefined: the event as it came */
  #guard(event: SseEvent): Buffer[] | undefined {
    if (event.data === undefined) return undefined;
    const data = this.#read(event, event.data);
    switch (data.type) {
      case 'message_start':
        return this.#start(data);
      case 'content_block_start':
        return this.#blockStart(event, data);
      case 'content_block_delta':
        return this.#blockDelta(event, data);
      case 'content_block_stop':
        return this.#blockStop(event, data);
      case 'message_delta':
        return this.#messageDelta(event, event.data, data);
      case 'message_stop':
        if (this.#held.size > 0) throw new ReplyFault('reply_garbage', 'The reply ended inside a tool call.');
        this.#ended = true;
    }
    return undefined;
  }

  #read(event: SseEvent, bytes: Buffer): JsonObject {
    const read = readJson(bytes);
    if (isProblem(read)) throw new ReplyFault('reply_garbage', read.detail);
    const data = read.value;
    if (!isObject(data) || typeof data.type !== 'string') {
      throw new ReplyFault('reply_garbage', 'An event of the reply has no type.');
    }
    // Some clients go by the label and some by the type; where they differ, one of them would see something unjudged.
    if (event.type !== 'message' && event.type !== data.type) {
      throw new ReplyFault('reply_garbage', 'An event of the reply is labelled as another.');
    }
    return data;
  }

  #start(data: JsonObject): undefined {
    const message = isObject(data.message) ? data.message : {};
    // Clients begin with this message as it is: content in it would pass unjudged.
    if (Array.isArray(message.content) && message.content.length > 0) {
      throw new ReplyFault('reply_garbage', 'The reply begins with content.');
    }
    this.#meter.take(message.usage, false);
    if (this.#options.outruns(this.#meter.soFar)) {
      throw new ReplyFault('reply_over_cap', 'The provider reports more input than was reserved for.');
    }
  }

  #blockStart(event: SseEvent, data: JsonObject): Buffer[] | undefined {
    const index = indexOf(data);
    const block = isObject(data.content_block) ? data.content_block : {};
    this.#nextIndex = Math.max(this.#nextIndex, index + 1);
    this.#dropped.delete(index);
    const verdict = isCall(block) ? this.#options.judge.byName(block.name) : ALLOW;
    if (verdict === undefined) {
      this.#held.set(index, { name: String(block.name), start: block, raw: [], pieces: [] });
      this.#hold(index, event.raw);
      return [];
    }
    if (verdict !== ALLOW) this.#count(verdict);
    if (!verdict.allow) {
      this.#dropped.add(index);
      return [textBlock(index, verdict.text)];
    }
    this.#open.add(index);
    return undefined;
  }

  #blockDelta(event: SseEvent, data: JsonObject): Buffer[] | undefined {
    const index = indexOf(data);
    const delta = isObject(data.delta) ? data.delta : {};
    const text = delta.text ?? delta.thinking ?? delta.partial_json;
    if (typeof text === 'string') {
      this.#output.take(text);
      if (this.#output.atLeast > this.#options.cap) {
        throw new ReplyFault('reply_over_cap', 'The provider went on after its output cap.');
      }
    }
    const held = this.#held.get(index);
    if (!held) return this.#dropped.has(index) ? [] : undefined;
    if (typeof delta.partial_json === 'string') held.pieces.push(delta.partial_json);
    this.#hold(index, event.raw);
    return [];
  }

  #blockStop(event: SseEvent, data: JsonObject): Buffer[] | undefined {
    const index = indexOf(data);
    const held = this.#held.get(index);
    if (!held) {
      this.#open.delete(index);
      return this.#dropped.delete(index) ? [] : undefined;
    }
    this.#held.delete(index);
    this.#heldBytes -= held.raw.reduce((sum, raw) => sum + raw.length, 0);
    const args = argsOf(held.start.input, held.pieces);
    const { judge } = this.#options;
    const verdict = args === undefined ? judge.unreadable(held.name) : judge.byArgs(held.name, args);
    this.#count(verdict);
    return verdict.allow ? [...held.raw, event.raw] : [textBlock(index, verdict.text)];
  }

  #messageDelta(event: SseEvent, bytes: Buffer, data: JsonObject): Buffer[] | undefined {
    this.#meter.take(data.usage, true);
    const stopped = isObject(data.delta) && data.delta.stop_reason === 'tool_use';
    if (!stopped || this.#deniedCalls === 0 || this.#allowedCalls > 0) return undefined;
    const change = replaceAt(bytes, ['delta', 'stop_reason'], 'end_turn');
    if (change === undefined) throw new ReplyFault('reply_garbage', 'The reply could not be ended.');
    return [withData(event, bytes, splice(bytes, [change]))];
  }

  #count(verdict: ToolVerdict): void {
    if (verdict.allow) this.#allowedCalls++;
    else this.#deniedCalls++;
  }

  #hold(index: number, raw: Buffer): void {
    this.#heldBytes += raw.length;
    if (this.#heldBytes > MOST_HELD)
      throw new ReplyFault('reply_garbage', 'A tool call is too large to be judged.');
    this.#held.get(index)?.raw.push(raw);
  }
}

function indexOf(data: JsonObject): number {
  const { index } = data;
  if (typeof index === 'number' && Number.isSafeInteger(index) && index >= 0) return index;
  throw new ReplyFault('reply_garbage', 'A block of the reply has no index.');
}

function textBlock(index: number, text: string): Buffer {
  return Buffer.concat([
    sseEvent('content_block_start', {
      type: 'content_block_start',
      index,
      content_block: { type: 'text', text: '' },
    }),
    sseEvent('content_block_delta', {
      type: 'content_block_delta',
      index,
      delta: { type: 'text_delta', text },
    }),
    blockStop(index),
  ]);
}

function blockStop(index: number): Buffer {
  return sseEvent('content_block_stop', { type: 'content_block_stop', index });
}

/** Puts other data into an event; everything around it stays, unless the data stood on several lines. */
function withData(event: SseEvent, old: Buffer, data: Buffer): Buffer {
  const at = event.raw.indexOf(old);
  if (at < 0) return Buffer.concat([Buffer.from(`event: ${event.type}\ndata: `), data, Buffer.from('\n\n')]);
  return splice(event.raw, [{ span: { start: at, end: at + old.length }, bytes: data }]);
}
