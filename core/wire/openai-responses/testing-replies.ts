/**
 * For tests of this wire: random replies, and a model of what a guard has to make of each. The model knows the reply from
 * before it became bytes, so it reads nothing and shares nothing with the guard.
 */
import fc from '../../testing-fast-check.ts';
import { type Fields, RESPONSE, USAGE } from './testing.ts';
import { type Block, block, type Planned, plan } from './testing-items.ts';

/** What comes out when this event has come in: an event as it was but for its number, or a message for item `index`. */
export type Expected =
  | { readonly event: (number: number) => string; readonly numbered: boolean }
  | { readonly text: string; readonly index: number };

export interface Modelled {
  /** Each event as it is sent, with what the guard must have let out after it, beside what went out before. */
  readonly steps: readonly { readonly raw: string; readonly out: readonly Expected[] }[];
  /** What a client must have in the end. */
  readonly output: readonly Fields[];
  /** Whether nothing of it is replaced or sent later. */
  readonly untouched: boolean;
}

/** Between any two events something may stand that means nothing; `#` stands for a number. */
const noise = fc.constantFrom(
  '',
  '',
  '',
  '',
  'event: keepalive\ndata: {"type":"keepalive","sequence_number":#}\n\n',
  ': comment\n\n',
  'data: {"type":"response.new_thing","x":[1]}\n\n',
  '\n',
);

export const reply: fc.Arbitrary<Modelled> = fc
  .record({
    blocks: fc.array(block, { maxLength: 5 }),
    noises: fc.array(noise, { minLength: 1, maxLength: 12 }),
    pads: fc.array(fc.constantFrom('', ' ', '      '), { minLength: 1, maxLength: 5 }),
    lineEnd: fc.constantFrom('\n', '\r\n'),
    /** Which of the items that have begun goes on; empty: one after the other. */
    turns: fc.oneof(fc.constant([]), fc.array(fc.nat(5), { minLength: 5, maxLength: 30 })),
  })
  .map(({ blocks, turns, ...style }) => new Author(style).write(blocks, turns));

interface Style {
  readonly noises: readonly string[];
  readonly pads: readonly string[];
  readonly lineEnd: string;
}

interface Waiting {
  readonly index: number;
  readonly expected: Expected;
}

/** Writes a reply, and beside each event what becomes of it. */
class Author {
  readonly #style: Style;
  readonly #steps: { raw: string; out: Expected[] }[] = [];
  #number = 0;
  #untouched = true;
  /** Events that have come and have not gone out, each with its item. */
  #waiting: Waiting[] = [];

  constructor(style: Style) {
    this.#style = style;
  }

  write(blocks: readonly Block[], turns: readonly number[]): Modelled {
    const planned = blocks.map((one, index) => plan(index, one));
    this.#free('response.created', { response: RESPONSE });
    this.#noise();
    const next = planned.map(() => 0);
    /** Items whose verdict is not there yet. */
    const undecided = new Set<number>();
    for (let turn = 0; ; turn++) {
      const index = this.#whoseTurn(planned, next, turns[turn]);
      if (index === undefined) break;
      this.#item(index, planned, next, undecided);
      this.#noise();
    }
    const status = 'completed';
    const output = planned.map(({ item }) => item);
    const seen = planned.map(({ item, denied }, index) =>
      denied === undefined ? item : instead(index, denied),
    );
    const ending = (items: readonly Fields[]) => ({
      response: { ...RESPONSE, status, output: items, usage: USAGE },
    });
    const number = this.#number++;
    const last = this.#event('response.completed', ending(seen));
    this.#steps.push({
      raw: this.#event('response.completed', ending(output))(number),
      out: [{ event: last, numbered: true }],
    });
    return { steps: this.#steps, output: seen, untouched: this.#untouched };
  }

  /** @returns an item that has not ended: the first of them, or one that has begun, or the one behind those */
  #whoseTurn(
    planned: readonly Planned[],
    next: readonly number[],
    turn: number | undefined,
  ): number | undefined {
    const open = planned.flatMap(({ events }, i) => ((next[i] ?? 0) < events.length ? [i] : []));
    const begun = open.filter((i) => (next[i] ?? 0) > 0);
    const choice = [...begun, ...open.filter((i) => next[i] === 0).slice(0, 1)];
    return turn === undefined ? open[0] : choice[turn % Math.max(1, choice.length)];
  }

  #item(index: number, planned: readonly Planned[], next: number[], undecided: Set<number>): void {
    const { events, held, denied } = planned[index] as Planned;
    const n = next[index] ?? 0;
    next[index] = n + 1;
    const [type, fields] = events[n] as Planned['events'][number];
    const number = this.#number++;
    const write = this.#event(type, fields);
    if (held) undecided.add(index);
    if (held && n === events.length - 1) undecided.delete(index);
    this.#waiting.push({ index, expected: { event: write, numbered: true } });
    const border = Math.min(...undecided, Number.POSITIVE_INFINITY);
    const out: Expected[] = [];
    const stay: Waiting[] = [];
    for (const one of this.#waiting) {
      if (one.index >= border) {
        stay.push(one);
        continue;
      }
      if (stay.length > 0) this.#untouched = false;
      const text = (planned[one.index] as Planned).denied;
      if (text === undefined) out.push(one.expected);
      else if (!this.#said.has(one.index)) out.push({ text, index: one.index });
      if (text !== undefined) this.#said.add(one.index);
    }
    if (denied !== undefined) this.#untouched = false;
    this.#waiting = stay;
    this.#steps.push({ raw: write(number), out });
  }

  /** Denied items whose message is out. */
  readonly #said = new Set<number>();

  /** An event of no item. */
  #free(type: string, fields: object): void {
    const write = this.#event(type, fields);
    if (this.#waiting.length > 0) this.#untouched = false;
    this.#steps.push({ raw: write(this.#number++), out: [{ event: write, numbered: true }] });
  }

  #noise(): void {
    const { noises, lineEnd } = this.#style;
    const text = noises[this.#steps.length % noises.length] ?? '';
    if (text === '') return;
    const numbered = text.includes('#');
    const write = (number: number) => text.replace('#', String(number)).replaceAll('\n', lineEnd);
    if (this.#waiting.length > 0) this.#untouched = false;
    this.#steps.push({ raw: write(numbered ? this.#number++ : 0), out: [{ event: write, numbered }] });
  }

  #event(type: string, fields: object): (number: number) => string {
    const { pads, lineEnd } = this.#style;
    const pad = pads[this.#steps.length % pads.length] ?? '';
    const rest = JSON.stringify(fields).slice(1, -1);
    return (number) =>
      `event: ${type}\ndata: {"type":"${type}","sequence_number": ${number},${rest}${pad}}\n\n`.replace(
        /(?<!\\)\n/g,
        lineEnd,
      );
  }
}

/** The message in the place of a denied call; its id is the guard's own. */
export function instead(index: number, text: string): Fields {
  return {
    id: `msg_tollgate_resp01_${index}`,
    type: 'message',
    status: 'completed',
    role: 'assistant',
    content: [{ type: 'output_text', annotations: [], logprobs: [], text }],
  };
}
