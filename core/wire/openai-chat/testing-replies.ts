/**
 * For tests of this wire: random replies, and a model of what a client must see of each. The model knows the reply from
 * before it became bytes, so it reads nothing and shares nothing with the guard.
 */
import fc from '../../testing-fast-check.ts';
import { refusalOf } from '../testing.ts';

type Kind = 'function' | 'custom' | 'function_call';

/** What a client has of one choice. */
export interface View {
  content: string;
  reasoning: string;
  calls: { kind: string; name: string; args: string }[];
  finish: string | null;
}

export interface Modelled {
  readonly n: number;
  /** Each event as it is sent, with what a client must have after it. */
  readonly steps: readonly { readonly raw: string; readonly seen: ReadonlyMap<number, View> }[];
  /** Every byte, as nothing is denied; undefined where something is. What says nothing overtakes what is held. */
  readonly bytes: string | undefined;
}

interface Call {
  readonly kind: Kind;
  readonly name: string;
  readonly args: unknown;
  readonly cuts: readonly number[];
  /** Whether it comes in one chunk with the call behind it. */
  readonly together: boolean;
}
interface Choice {
  readonly said: readonly { readonly field: 'content' | 'reasoning_content'; readonly text: string }[];
  readonly calls: readonly Call[];
  readonly after: string;
  readonly reason: string;
  /** Whether the last chunk has the reason too. */
  readonly abrupt: boolean;
}

/** What one chunk says, before it is written. */
interface Op {
  choice: number;
  content?: string;
  reasoning?: string;
  pieces: { call: Known; text: string; first: boolean }[];
  reason?: string;
}
interface Known {
  readonly call: Call;
  readonly index: number;
  readonly verdict: boolean;
  readonly byName: boolean;
  readonly text: string;
}

const words = fc.oneof(
  fc.constantFrom('Hello', ' there', '\n\n', 'data: x\n\nevent: y', 'Grüß 👩‍🚀', '"}\\', '\u2028', '[DONE]'),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);
const args = fc.oneof(
  fc.constantFrom<unknown>({}, { command: 'ls' }, { bad: 1 }, { a: [{ bad: null }] }, { command: '"bad' }),
  fc.dictionary(
    fc.constantFrom('a', 'b', 'bad', 'path', 'Path', '__proto__'),
    fc.jsonValue({ maxDepth: 2 }),
    { noNullPrototype: true },
  ),
);
const call: fc.Arbitrary<Call> = fc.record({
  kind: fc.constantFrom<Kind>('function', 'function', 'custom'),
  name: fc.constantFrom('ReadFile', 'DenyMe', 'Bash', 'Edit', 'mcp__x__y'),
  args,
  cuts: fc.array(fc.nat(60), { maxLength: 4 }),
  together: fc.boolean(),
});
const choice: fc.Arbitrary<Choice> = fc.record({
  said: fc.array(fc.record({ field: fc.constantFrom('content', 'reasoning_content'), text: words }), {
    maxLength: 4,
  }),
  calls: fc.oneof(
    fc.array(call, { maxLength: 4 }),
    call.map((one): Call[] => [{ ...one, kind: 'function_call', together: false }]),
  ),
  after: fc.constantFrom('', '', 'So.'),
  reason: fc.constantFrom('tool_calls', 'tool_calls', 'function_call', 'stop', 'length'),
  abrupt: fc.boolean(),
});

/** Between any two events something may stand that means nothing. */
const noise = fc.constantFrom('', '', '', '', ': comment\n\n', 'data: {"choices":[],"usage":null}\n\n', '\n');

export const reply: fc.Arbitrary<Modelled> = fc
  .record({
    choices: fc.array(choice, { minLength: 1, maxLength: 3 }),
    order: fc.array(fc.nat(2), { minLength: 1, maxLength: 20 }),
    noises: fc.array(noise, { minLength: 1, maxLength: 12 }),
    pads: fc.array(fc.constantFrom('', ' ', '      '), { minLength: 1, maxLength: 5 }),
    lineEnd: fc.constantFrom('\n', '\r\n'),
  })
  .map(({ choices, order, noises, pads, lineEnd }) => {
    const ops = choices.map((one, i) => opsOf(one, i));
    const author = new Author(choices.length, noises, pads, lineEnd);
    for (let turn = 0; ops.some((list) => list.length > 0); turn++) {
      const one = ops[order[turn % order.length] ?? 0] ?? [];
      const op = one.shift() ?? ops.find((list) => list.length > 0)?.shift();
      if (op !== undefined) author.write(op);
    }
    return author.end();
  });

/** Whether keys differ in case only, one is more than a key in JavaScript, or a number has more digits than a double. */
function isAmbiguous(value: unknown): boolean {
  if (typeof value === 'number') return Math.abs(value) >= 2 ** 53 && /^-?\d+$/.test(String(value));
  if (typeof value !== 'object' || value === null) return false;
  const keys = Array.isArray(value) ? [] : Object.keys(value);
  if (new Set(keys.map((key) => key.toLowerCase())).size < keys.length || keys.includes('__proto__'))
    return true;
  return Object.values(value).some(isAmbiguous);
}

function judged(one: Call, index: number): Known {
  const text = JSON.stringify(one.args);
  const byName = one.name === 'ReadFile' || one.name === 'DenyMe';
  // A custom tool's input is text; the quotes of what stands in it are escaped when it is looked at.
  const custom = one.kind === 'custom';
  const bad = custom ? false : text.includes('"bad"') || isAmbiguous(JSON.parse(text));
  return { call: one, index, byName, verdict: one.name === 'ReadFile' || (!byName && !bad), text };
}

/** @returns the chunks of one choice */
function opsOf({ said, calls, after, reason, abrupt }: Choice, choice: number): Op[] {
  const ops: Op[] = said.map(({ field, text }) => ({
    choice,
    pieces: [],
    ...(field === 'content' ? { content: text } : { reasoning: text }),
  }));
  let open: Op | undefined;
  for (const [index, one] of calls.entries()) {
    const known = judged(one, index);
    const { text } = known;
    const borders = [
      0,
      ...one.cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b),
      text.length,
    ];
    const cuts = borders.slice(1).map((border, i) => text.slice(borders[i], border));
    // What comes together with others comes whole, as hosts do that send many at once.
    const pieces = one.together || open ? [text] : cuts;
    for (const [i, piece] of pieces.entries()) {
      const item = { call: known, text: piece, first: i === 0 };
      if (open) open.pieces.push(item);
      else ops.push({ choice, pieces: [item] });
    }
    open = one.together ? (open ?? ops.at(-1)) : undefined;
  }
  if (after !== '') ops.push({ choice, content: after, pieces: [] });
  const last = ops.at(-1);
  if (abrupt && last) last.reason = reason;
  else ops.push({ choice, pieces: [], reason });
  return ops;
}

/** Writes a reply, and beside each event what a client must have after it. */
class Author {
  readonly #noises: readonly string[];
  readonly #pads: readonly string[];
  readonly #lineEnd: string;
  readonly #steps: { raw: string; seen: ReadonlyMap<number, View> }[] = [];
  readonly #n: number;
  readonly #views = new Map<number, View>();
  /** Chunks that wait. */
  #held: { op: Op; raw: string }[] = [];
  #bytes = '';
  readonly #waiting = new Set<Known>();
  readonly #calls = new Map<number, Set<Known>>();
  #denied = false;

  constructor(n: number, noises: readonly string[], pads: readonly string[], lineEnd: string) {
    this.#n = n;
    this.#noises = noises;
    this.#pads = pads;
    this.#lineEnd = lineEnd;
  }

  write(op: Op): void {
    const calls = this.#calls.get(op.choice) ?? new Set();
    this.#calls.set(op.choice, calls);
    for (const { call, first } of op.pieces) {
      calls.add(call);
      if (first && !call.byName) this.#waiting.add(call);
      this.#denied ||= !call.verdict;
    }
    if (op.reason !== undefined) for (const call of calls) this.#waiting.delete(call);
    const raw = this.#chunk(op);
    this.#held.push({ op, raw });
    if (this.#waiting.size === 0) {
      for (const one of this.#held) {
        this.#show(one.op);
        this.#bytes += one.raw;
      }
      this.#held = [];
    }
    this.#step(raw);
    const noise = this.#noises[this.#steps.length % this.#noises.length] ?? '';
    if (noise !== '') this.#aside(noise);
  }

  end(): Modelled {
    this.#aside('data: [DONE]\n\n');
    return { n: this.#n, steps: this.#steps, bytes: this.#denied ? undefined : this.#bytes };
  }

  #aside(text: string): void {
    const raw = text.replaceAll('\n', this.#lineEnd);
    this.#bytes += raw;
    this.#step(raw);
  }

  #show({ choice, content = '', reasoning = '', pieces, reason }: Op): void {
    const view = this.#views.get(choice) ?? { content: '', reasoning: '', calls: [], finish: null };
    this.#views.set(choice, view);
    view.content += content;
    view.reasoning += reasoning;
    const texts = pieces
      .filter(({ call, first }) => first && !call.verdict)
      .map(({ call }) => refusalOf(call.call.name));
    if (texts.length > 0) view.content += `${view.content === '' ? '' : '\n\n'}${texts.join('\n\n')}`;
    for (const { call, text, first } of pieces) {
      if (!call.verdict) continue;
      if (first) view.calls.push({ kind: call.call.kind, name: call.call.name, args: text });
      else (view.calls.at(-1) as { args: string }).args += text;
    }
    if (reason === undefined) return;
    const calls = [...(this.#calls.get(choice) ?? [])];
    const over = calls.length > 0 && calls.every(({ verdict }) => !verdict);
    view.finish = over && (reason === 'tool_calls' || reason === 'function_call') ? 'stop' : reason;
  }

  #step(raw: string): void {
    this.#steps.push({ raw, seen: structuredClone(this.#views) });
  }

  #chunk({ choice, content, reasoning, pieces, reason }: Op): string {
    const entries = pieces.map(({ call: { call, index }, text, first }) => {
      const inner = {
        ...(first ? { name: call.name } : {}),
        [call.kind === 'custom' ? 'input' : 'arguments']: text,
      };
      return { ...(first ? { id: `call_${index}`, type: call.kind } : {}), index, [call.kind]: inner };
    });
    const legacy = entries.find((entry) => 'function_call' in entry);
    const delta = {
      ...(content === undefined ? {} : { content }),
      ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
      ...(legacy
        ? { function_call: legacy.function_call }
        : entries.length > 0
          ? { tool_calls: entries }
          : {}),
    };
    const pad = this.#pads[this.#steps.length % this.#pads.length] ?? '';
    const data = { id: 'c', choices: [{ index: choice, delta, finish_reason: reason ?? null }] };
    const json = `${JSON.stringify(data).slice(0, -1)}${pad}}`;
    return `data: ${json}\n\n`.replace(/(?<!\\)\n/g, this.#lineEnd);
  }
}
