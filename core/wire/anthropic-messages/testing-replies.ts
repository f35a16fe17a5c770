/**
 * For tests of this wire: random replies, and a model of what a guard has to make of each. The model knows the reply from
 * before it became bytes, so it reads nothing and shares nothing with the guard.
 */
import fc from '../../testing-fast-check.ts';
import { refusalOf } from '../testing.ts';

/** What comes out when this event has come in: bytes as they were, or text in the place of block `index`. */
export type Expected = { readonly raw: string } | { readonly text: string; readonly index: number };

export interface Modelled {
  /** Each event as it is sent, with what the guard must have let out after it, beside what went out before. */
  readonly steps: readonly { readonly raw: string; readonly out: readonly Expected[] }[];
  /** What a client must see in the end. */
  readonly content: readonly { readonly [key: string]: unknown }[];
  readonly stopReason: string;
  /** Whether nothing of it is held or replaced. */
  readonly untouched: boolean;
}

interface Text {
  readonly kind: 'text' | 'thinking';
  readonly texts: readonly string[];
}
interface Other {
  readonly kind: 'other';
  readonly type: string;
}
interface Call {
  readonly kind: 'call';
  readonly name: string;
  readonly args: unknown;
  readonly cuts: readonly number[];
}
type Block = Text | Other | Call;

/** How many calls there were of each kind. */
interface Calls {
  allowed: number;
  denied: number;
  held: number;
}

const words = fc.oneof(
  fc.constantFrom(
    'Hello',
    ' there',
    '',
    '\n\n',
    'data: x\n\nevent: y',
    'Grüß 👩‍🚀',
    '"}\\',
    '\u2028',
    '[DONE]',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);
const args = fc.oneof(
  fc.constantFrom<unknown>(
    {},
    { command: 'ls' },
    { bad: 1 },
    { a: [{ bad: null }] },
    { command: '"bad' },
    { ü: '\ud83d\ude00' },
  ),
  fc.dictionary(
    fc.constantFrom('a', 'b', 'bad', 'path', 'Path', '__proto__'),
    fc.jsonValue({ maxDepth: 2 }),
    {
      noNullPrototype: true,
    },
  ),
);
const block: fc.Arbitrary<Block> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('text', 'thinking'),
      texts: fc.array(words, { maxLength: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('call'),
      name: fc.constantFrom('ReadFile', 'DenyMe', 'Bash', 'Edit', 'mcp__x__y'),
      args,
      cuts: fc.array(fc.nat(60), { maxLength: 5 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('other'),
      type: fc.constantFrom('server_tool_use', 'web_search_tool_result', 'brand_new', 'redacted_thinking'),
    }),
  },
) as fc.Arbitrary<Block>;

/** Between any two events something may stand that means nothing. */
const noise = fc.constantFrom(
  '',
  '',
  '',
  '',
  'event: ping\ndata: {"type": "ping"}\n\n',
  ': comment\n\n',
  'event: new_thing\ndata: {"type":"new_thing","x":[1]}\n\n',
  '\n',
);

export const reply: fc.Arbitrary<Modelled> = fc
  .record({
    blocks: fc.array(block, { maxLength: 5 }),
    noises: fc.array(noise, { minLength: 1, maxLength: 12 }),
    pads: fc.array(fc.constantFrom('', ' ', '      '), { minLength: 1, maxLength: 5 }),
    lineEnd: fc.constantFrom('\n', '\r\n'),
    stop: fc.constantFrom('tool_use', 'tool_use', 'end_turn', 'max_tokens'),
  })
  .map(({ blocks, noises, pads, lineEnd, stop }) => new Author(noises, pads, lineEnd).write(blocks, stop));

/**
 * Whether keys of one object differ in the case of ASCII letters only, one is more than a key in JavaScript, or a whole
 * number is written in more digits than a double keeps.
 */
function isAmbiguous(value: unknown): boolean {
  if (typeof value === 'number') return Math.abs(value) >= 2 ** 53 && /^-?\d+$/.test(String(value));
  if (typeof value !== 'object' || value === null) return false;
  const keys = Array.isArray(value) ? [] : Object.keys(value);
  const folded = keys.map((key) =>
    key.replace(/[A-Z\u212a]/g, (c) => c.toLowerCase()).replaceAll('\u017f', 's'),
  );
  if (new Set(folded).size < keys.length || keys.includes('__proto__')) return true;
  return Object.values(value).some(isAmbiguous);
}

/** Writes a reply, and beside each event what becomes of it. */
class Author {
  readonly #noises: readonly string[];
  readonly #pads: readonly string[];
  readonly #lineEnd: string;
  readonly #steps: { raw: string; out: Expected[] }[] = [];

  constructor(noises: readonly string[], pads: readonly string[], lineEnd: string) {
    this.#noises = noises;
    this.#pads = pads;
    this.#lineEnd = lineEnd;
  }

  write(blocks: readonly Block[], stop: string): Modelled {
    const message = {
      id: 'msg',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 1, output_tokens: 1 },
    };
    const content: Modelled['content'][number][] = [];
    this.#pass('message_start', { message });
    const calls: Calls = { allowed: 0, denied: 0, held: 0 };
    for (const [index, one] of blocks.entries()) content.push(this.#block(index, one, calls));
    const changed = stop === 'tool_use' && calls.denied > 0 && calls.allowed === 0;
    const last = this.#event('message_delta', {
      delta: { stop_reason: stop, stop_sequence: null },
      usage: { output_tokens: 7 },
    });
    this.#steps.push({
      raw: last,
      out: [{ raw: changed ? last.replace('"tool_use"', '"end_turn"') : last }],
    });
    // Nothing behind it: what may still come there is another matter.
    const stopped = this.#event('message_stop', {});
    this.#steps.push({ raw: stopped, out: [{ raw: stopped }] });
    return {
      steps: this.#steps,
      content,
      stopReason: changed ? 'end_turn' : stop,
      untouched: calls.denied === 0 && calls.held === 0,
    };
  }

  #block(index: number, one: Block, calls: Calls): Modelled['content'][number] {
    if ('texts' in one) {
      this.#pass('content_block_start', { index, content_block: { type: one.kind, [one.kind]: '' } });
      for (const text of one.texts) {
        this.#pass('content_block_delta', { index, delta: { type: `${one.kind}_delta`, [one.kind]: text } });
      }
      this.#pass('content_block_stop', { index });
      return { type: one.kind, [one.kind]: one.texts.join('') };
    }
    if (one.kind === 'other') {
      const content = { type: one.type, data: 'x' };
      this.#pass('content_block_start', { index, content_block: content });
      this.#pass('content_block_stop', { index });
      return content;
    }
    return this.#call(index, one, calls);
  }

  #call(index: number, { name, args, cuts }: Call, calls: Calls): Modelled['content'][number] {
    const start = { type: 'tool_use', id: `toolu_${index}`, name, input: {} };
    const text = JSON.stringify(args);
    const borders = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
    const pieces = borders.slice(1).map((border, i) => text.slice(borders[i], border));
    const events = [
      this.#event('content_block_start', { index, content_block: start }),
      ...pieces.map((partial_json) =>
        this.#event('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json } }),
      ),
      this.#event('content_block_stop', { index }),
    ];
    const byName = name === 'ReadFile' || name === 'DenyMe';
    const readable = !text.includes('"bad"') && !isAmbiguous(JSON.parse(text));
    const allowed = name === 'ReadFile' || (!byName && readable);
    if (allowed) calls.allowed++;
    else calls.denied++;
    if (!byName) calls.held++;
    const instead: Expected = { text: refusalOf(name), index };
    events.forEach((raw, i) => {
      if (i > 0) this.#noise();
      const first = i === 0;
      const last = i === events.length - 1;
      let out: Expected[] = [];
      if (byName) out = allowed ? [{ raw }] : first ? [instead] : [];
      else if (last) out = allowed ? events.map((held) => ({ raw: held })) : [instead];
      this.#steps.push({ raw, out });
    });
    return allowed ? { ...start, input: JSON.parse(text) } : { type: 'text', text: refusalOf(name) };
  }

  #pass(type: string, fields: object): void {
    const raw = this.#event(type, fields);
    this.#steps.push({ raw, out: [{ raw }] });
    this.#noise();
  }

  #noise(): void {
    const text = this.#noises[this.#steps.length % this.#noises.length] ?? '';
    if (text === '') return;
    const raw = text.replaceAll('\n', this.#lineEnd);
    this.#steps.push({ raw, out: [{ raw }] });
  }

  #event(type: string, fields: object): string {
    const pad = this.#pads[this.#steps.length % this.#pads.length] ?? '';
    const json = `${JSON.stringify({ type, ...fields }).slice(0, -1)}${pad}}`;
    return `event: ${type}\ndata: ${json}\n\n`.replace(/(?<!\\)\n/g, this.#lineEnd);
  }
}
