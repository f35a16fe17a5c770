/** What has been read of one choice of a streamed reply: its calls, as far as they have come. */
import type { JsonObject, JsonValue } from '../../json/read.ts';
import { OutputMeter } from '../output-meter.ts';
import type { ToolJudge } from '../wire.ts';
import { type CallPart, entriesOf, garbage, legacyOf, partOf } from './calls.ts';
import { StreamedCall } from './streamed-call.ts';

/** What the entries of one chunk belong to, in their order. */
export interface DeltaCalls {
  readonly entries: readonly { readonly call: StreamedCall; readonly index: JsonValue | undefined }[];
  readonly legacy: StreamedCall | undefined;
}

export const NO_CALLS: DeltaCalls = { entries: [], legacy: undefined };

/** Fields in which the model says something. */
const SAID = ['content', 'refusal', 'reasoning_content', 'reasoning', 'thinking'] as const;

export class StreamedChoice {
  readonly #judge: ToolJudge;
  readonly #output = new OutputMeter();
  /** By the number that the provider gave them. */
  readonly #calls = new Map<number, StreamedCall>();
  readonly #ids = new Set<string>();
  /** The call that was begun last. */
  #last: StreamedCall | undefined;
  /** Larger than every number so far. */
  #next = 0;
  #legacy: StreamedCall | undefined;
  #waits = false;
  /** How many of its calls the agent has been given in `tool_calls`. */
  delivered = 0;
  /** Whether the agent has got any of it. */
  begun = false;
  /** Whether the agent has got any text of it. */
  said = false;
  /** Whether its end has come. */
  finished = false;
  /** Whether the agent has got its end. */
  closed = false;

  constructor(judge: ToolJudge) {
    this.#judge = judge;
  }

  /** Whether a call of it is not decided yet. */
  get waits(): boolean {
    return this.#waits;
  }

  /** Whether there were calls, and all of them were denied. */
  get allDenied(): boolean {
    const calls = this.#all();
    return calls.length > 0 && calls.every(({ denied }) => denied);
  }

  /** Tokens that it has at least. */
  get outputAtLeast(): number {
    return this.#output.atLeast;
  }

  /**
   * Takes the calls of one delta.
   * @throws ReplyFault when not every client reads them alike
   */
  take(delta: JsonObject): DeltaCalls {
    this.#listen(delta);
    const legacy = legacyOf(delta);
    if (legacy !== undefined) this.#takeLegacy(legacy);
    const found = entriesOf(delta);
    if (found.length === 0 && legacy === undefined) return NO_CALLS;
    const entries: { call: StreamedCall; index: JsonValue | undefined }[] = [];
    const begun: StreamedCall[] = [];
    for (const [at, entry] of found.entries()) {
      const part = partOf(entry);
      this.#hear(part);
      const known = this.#goesOn(entry.index, part);
      const call = known ?? this.#begin(entry.index, part, at === 0);
      if (known === undefined) begun.push(call);
      else this.#goOn(known, part, at);
      entries.push({ call, index: entry.index });
    }
    // A chunk is held as a whole.
    for (const call of begun) call.held = this.#waits;
    return { entries, legacy: legacy && this.#legacy };
  }

  /** The choice is complete: what its calls' names left open, their arguments decide. */
  finish(): void {
    this.finished = true;
    for (const call of this.#all()) call.end();
    this.#waits = false;
  }

  #all(): StreamedCall[] {
    return this.#legacy ? [...this.#calls.values(), this.#legacy] : [...this.#calls.values()];
  }

  #takeLegacy(part: CallPart): void {
    this.#hear(part);
    if (this.#legacy === undefined) this.#legacy = this.#newCall(part, true);
    else this.#legacy.goOn(part);
  }

  #newCall(part: CallPart, leads: boolean): StreamedCall {
    const call = new StreamedCall(this.#judge, part, leads);
    if (call.verdict === undefined) this.#waits = true;
    return call;
  }

  #begin(index: JsonValue | undefined, part: CallPart, leads: boolean): StreamedCall {
    const number = index ?? this.#next;
    if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
      throw garbage('a tool call has a number that is none');
    }
    const { id } = part;
    if (id !== undefined && this.#ids.has(id)) throw garbage('two tool calls have the same id');
    if (id !== undefined) this.#ids.add(id);
    const call = this.#newCall(part, leads);
    this.#calls.set(number, call);
    this.#next = Math.max(this.#next, number + 1);
    this.#last = call;
    return call;
  }

  /**
   * Some hosts leave out the number: what has a name is then a call of its own, and what has none goes on with the last.
   * @returns the call that an entry goes on with; undefined when it begins one
   */
  #goesOn(index: JsonValue | undefined, { name }: CallPart): StreamedCall | undefined {
    if ((index ?? null) !== null) return typeof index === 'number' ? this.#calls.get(index) : undefined;
    if (name !== undefined) return undefined;
    if (this.#last === undefined) throw garbage('arguments of the reply belong to no tool call');
    return this.#last;
  }

  /**
   * Some clients do not look at numbers, and give a piece to the call that was begun last, or look at the first entry of
   * a chunk only. That matters where arguments decide: then the call is written in one place.
   * @param at place of the piece among its chunk's entries
   */
  #goOn(call: StreamedCall, part: CallPart, at: number): void {
    call.goOn(part);
    const alike = part.args === undefined || (call === this.#last && call.leads && at === 0);
    if (alike || !this.#waits) return;
    if (!call.held) throw garbage('pieces of tool calls are mixed up');
    call.atOnce = true;
  }

  #hear({ name, args }: CallPart): void {
    if (name !== undefined) this.#output.take(` ${name} `);
    if (typeof args === 'string') this.#output.take(args);
  }

  /** Counts what the model says. Hosts write the same thoughts under several names. */
  #listen(delta: JsonObject): void {
    const heard = new Set<string>();
    for (const name of SAID) {
      const said = delta[name];
      if (Array.isArray(said)) {
        for (const part of said) this.#listenTo(part);
      } else if (typeof said === 'string' && !heard.has(said)) {
        heard.add(said);
        this.#output.take(said);
      }
    }
  }

  /** Mistral writes content and thoughts as lists of parts. */
  #listenTo(part: JsonValue): void {
    if (typeof part !== 'object' || part === null) return;
    for (const [name, value] of Object.entries(part)) {
      if (typeof value === 'string' && name === 'text') this.#output.take(value);
      else if (Array.isArray(value)) for (const one of value) this.#listenTo(one);
    }
  }
}
