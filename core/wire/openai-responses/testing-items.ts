/** For tests of this wire: random output items, and what is to become of each. Shares nothing with the guard. */
import fc from '../../testing-fast-check.ts';
import { refusalOf } from '../testing.ts';
import type { Fields } from './testing.ts';

/** An item of a random reply, before it is planned. */
export interface Block {
  readonly kind: 'text' | 'reasoning' | 'search' | 'new' | 'function' | 'custom' | 'shell';
  readonly name: string;
  readonly space: string | undefined;
  readonly words: readonly string[];
  readonly args: unknown;
  readonly cuts: readonly number[];
}

const word = fc.oneof(
  fc.constantFrom('Hello', ' there', '', '\n\n', 'data: x\n\nevent: y', 'Grüß 👩‍🚀', '"}\\', '\u2028', 'bad'),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);
const args = fc.oneof(
  fc.constantFrom<unknown>({}, { command: 'ls' }, { bad: 1 }, { a: [{ bad: null }] }, { ü: '\ud83d\ude00' }),
  fc.dictionary(
    fc.constantFrom('a', 'b', 'bad', 'path', 'Path', '__proto__'),
    fc.jsonValue({ maxDepth: 2 }),
    {
      noNullPrototype: true,
    },
  ),
);
export const block: fc.Arbitrary<Block> = fc.record({
  kind: fc.constantFrom<Block['kind']>(
    ...([
      'text',
      'text',
      'reasoning',
      'search',
      'new',
      'function',
      'function',
      'function',
      'custom',
      'shell',
    ] as const),
  ),
  name: fc.constantFrom('ReadFile', 'DenyMe', 'Bash', 'Edit'),
  space: fc.constantFrom(undefined, undefined, 'mcp__x'),
  words: fc.array(word, { maxLength: 4 }),
  args,
  cuts: fc.array(fc.nat(60), { maxLength: 4 }),
});

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

/** An item of the reply, and what is to become of it. */
export interface Planned {
  /** Type and fields of each of its events. */
  readonly events: readonly (readonly [type: string, fields: object])[];
  readonly item: Fields;
  /** Whether its verdict needs its end. */
  readonly held: boolean;
  /** The text in its place. */
  readonly denied: string | undefined;
}

function pieces(text: string, cuts: readonly number[]): string[] {
  const borders = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
  return borders.slice(1).map((border, i) => text.slice(borders[i], border));
}

/** Without what ends a line for some clients: they would lose that piece of the arguments, and run what is left. */
const onOneLine = (text: string): string => text.replace(/[\u0085\u2028\u2029]/g, '');

/** @returns the events of the item at this index, and its fate by the rules of TestJudge */
export function plan(index: number, { kind, name, space, words: said, args: given, cuts }: Block): Planned {
  const output_index = index;
  const id = `${kind}_${index}`;
  const at = { item_id: id, output_index };
  const added = (item: Fields) => ['response.output_item.added', { output_index, item }] as const;
  const done = (item: Fields) => ['response.output_item.done', { output_index, item }] as const;
  const passes = (start: Fields, item: Fields, between: Planned['events'] = []): Planned => ({
    events: [added(start), ...between, done(item)],
    item,
    held: false,
    denied: undefined,
  });
  const call = (
    start: Fields,
    item: Fields,
    between: Planned['events'],
    judged: string,
    args: unknown,
  ): Planned => {
    const byName = judged === 'ReadFile' || judged === 'DenyMe';
    const bad = JSON.stringify(args).includes('"bad"') || isAmbiguous(args);
    const denied = judged === 'DenyMe' || (!byName && bad) ? refusalOf(judged) : undefined;
    return { events: [added(start), ...between, done(item)], item, held: !byName, denied };
  };
  const callIds = { id, call_id: `call_${index}`, status: 'completed' };
  switch (kind) {
    case 'text': {
      const words = said;
      const part = (text: string) => ({ type: 'output_text', annotations: [], text });
      const item = {
        id,
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [part(words.join(''))],
      };
      const inPart = { ...at, content_index: 0 };
      return passes({ ...item, content: [] }, item, [
        ['response.content_part.added', { ...inPart, part: part('') }],
        ...words.map((delta) => ['response.output_text.delta', { ...inPart, delta }] as const),
        ['response.output_text.done', { ...inPart, text: words.join('') }],
        ['response.content_part.done', { ...inPart, part: part(words.join('')) }],
      ]);
    }
    case 'reasoning': {
      const words = said;
      const item = { id, type: 'reasoning', summary: [], encrypted_content: words.join('') };
      const between = words.map((delta) => ['response.reasoning_text.delta', { ...at, delta }] as const);
      return passes({ ...item, encrypted_content: '' }, item, between);
    }
    case 'search': {
      const item = { id, type: 'web_search_call', status: 'completed', action: { query: 'bad' } };
      return passes(item, item, [['response.web_search_call.searching', at]]);
    }
    case 'new':
      return passes({ id, type: 'brand_new' }, { id, type: 'brand_new', data: said });
    case 'function': {
      const text = JSON.stringify(given);
      const item = {
        ...callIds,
        type: 'function_call',
        name,
        ...(space ? { namespace: space } : {}),
        arguments: text,
      };
      const deltas = pieces(text, cuts).map(
        (delta) => ['response.function_call_arguments.delta', { ...at, delta }] as const,
      );
      const whole = ['response.function_call_arguments.done', { ...at, arguments: text }] as const;
      return call(
        { ...item, arguments: '' },
        item,
        [...deltas, whole],
        space ? `${space}/${name}` : name,
        JSON.parse(text),
      );
    }
    case 'custom': {
      const words = said.map(onOneLine);
      const input = words.join('');
      const item = { ...callIds, type: 'custom_tool_call', name, input };
      const deltas = words.map(
        (delta) => ['response.custom_tool_call_input.delta', { ...at, delta }] as const,
      );
      return call({ ...item, input: '' }, item, deltas, name, { input });
    }
    case 'shell': {
      const words = said.map(onOneLine);
      const item = { ...callIds, type: 'shell_call', action: { commands: words } };
      const deltas = words.map(
        (command, command_index) =>
          ['response.shell_call_command.done', { output_index, command_index, command }] as const,
      );
      return call({ ...item, action: { commands: [] } }, item, deltas, 'shell', item.action);
    }
  }
}
