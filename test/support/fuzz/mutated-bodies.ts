/** Bodies of requests that were changed by chance: some mean the same, some mean another thing, some mean nothing. */
import type { Chance } from '../../../core/json/testing.ts';
import type { Kit } from './kit.ts';

const CAPS = [
  '1',
  '0',
  '1024',
  '2999',
  '3000',
  '3001',
  '128000',
  '1e3',
  '2000.0',
  '-5',
  '"9"',
  'null',
  '1e400',
];
const NUMBERS = ['0', '1', '2', '-1', '1e2', '1.5', '3.0', '128', '129', '4096', '9007199254740993', '1e999'];
const VALUES = [
  'null',
  'true',
  '0',
  '-0',
  '1.5',
  '12345678901234567890',
  '1E+2',
  '""',
  '"x"',
  '[]',
  '{}',
  '[{"type":"text","text":"y"}]',
  '{"type":"url","url":"https://x.example/"}',
  '"\\ud800"',
  '"\\u0000"',
  'NaN',
  '01',
  "'x'",
  'undefined',
];
const TEXTS = [
  '\\u2028\\u2029',
  '\\/\\b\\f',
  '\u007f\u0080',
  '"},{"role":"user',
  '\\"}',
  '😀',
  '\\ud83d\\ude00',
  '\t',
];
const BLANKS = [' ', '\n', '\r\n', '\t', '   ', '\u00a0', '\ufeff', '\u000b', '/**/'];

interface Token {
  readonly text: string;
  readonly at: number;
  readonly isKey: boolean;
}

function tokensOf(text: string): Token[] {
  const found = [...text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)];
  return found.map(({ 0: token, index }, i) => ({
    text: token,
    at: index,
    isKey: token.startsWith('"') && found[i + 1]?.[0] === ':',
  }));
}

function put(text: string, { at, text: old }: Token, by: string): string {
  return text.slice(0, at) + by + text.slice(at + old.length);
}

/** The same key as another parser might see it. */
function variant(key: string, chance: Chance): string {
  const at = 1 + chance.below(Math.max(1, key.length - 2));
  const letter = key[at] ?? '';
  const escaped = `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const folded = { s: '\u017f', k: '\u212a' }[letter] ?? letter.toUpperCase();
  return key.slice(0, at) + chance.pick([letter, escaped, letter.toUpperCase(), folded]) + key.slice(at + 1);
}

type Mutate = (text: string, chance: Chance, kit: Kit) => string;

/** Changes one of the tokens that fit. */
const one =
  (
    fits: (token: Token, before: Token | undefined, kit: Kit) => boolean,
    change: (old: string, chance: Chance, kit: Kit, before: string) => string,
  ): Mutate =>
  (text, chance, kit) => {
    const tokens = tokensOf(text);
    const fitting = tokens.flatMap((token, i) => (fits(token, tokens[i - 2], kit) ? [i] : []));
    if (fitting.length === 0) return text;
    const at = chance.pick(fitting);
    const token = tokens[at] as Token;
    return put(text, token, change(token.text, chance, kit, tokens[at - 2]?.text ?? ''));
  };

const isKey = (token: Token) => token.isKey && token.text.length > 2;
const isScalar = (token: Token) => !token.isKey && !/^[{}[\],:]$/.test(token.text);
const isText = (token: Token) => !token.isKey && token.text.startsWith('"');
const after = (key: string) => (_: Token, before: Token | undefined) =>
  before?.isKey === true && before.text === key;

const MUTATIONS: Readonly<Record<string, Mutate>> = {
  'white space': one(
    () => true,
    (old, chance) => chance.pick(BLANKS.slice(0, 5)) + old,
  ),
  'odd white space': one(
    () => true,
    (old, chance) => chance.pick(BLANKS) + old,
  ),
  'an escape': one(
    (token) => /^"[\w ]+"$/.test(token.text),
    (old, chance) => {
      const at = 1 + chance.below(old.length - 2);
      return `${old.slice(0, at)}\\u${old.charCodeAt(at).toString(16).padStart(4, '0')}${old.slice(at + 1)}`;
    },
  ),
  'a key twice': one(
    isKey,
    (old, chance) => `${variant(old, chance)}:${chance.pick(VALUES.slice(0, 13))},${old}`,
  ),
  'a key spelt otherwise': one(isKey, variant),
  'a new key': one(
    isKey,
    (old, chance, { keys }) => `"${chance.pick(keys)}":${chance.pick(VALUES.slice(0, 13))},${old}`,
  ),
  'another value': one(isScalar, (_, chance) => chance.pick(VALUES)),
  'another text': one(isText, (_, chance) => `"${chance.pick(TEXTS)}${chance.pick(TEXTS)}"`),
  'another type': one(after('"type"'), (_, chance, { types }) => `"${chance.pick(types)}"`),
  'another model': one(after('"model"'), (_, chance, { models }) => `"${chance.pick(models)}"`),
  'another cap': one(
    (_, before, { caps }) => before?.isKey === true && caps.includes(before.text),
    (_, chance) => chance.pick(CAPS),
  ),
  'a number': one(
    (token) => /^-?\d/.test(token.text),
    (_, chance) => chance.pick(NUMBERS),
  ),
  'one more': one(
    ({ text }, before, { more }) => text === '[' && before?.isKey === true && before.text in more,
    (old, chance, { more }, list) => `${old}${chance.pick(more[list] ?? ['{}'])},`,
  ),
  nesting: one(isScalar, (_, chance) => {
    const depth = chance.below(200);
    return '['.repeat(depth) + ']'.repeat(depth);
  }),
};

const BYTES: Readonly<Record<string, (bytes: Buffer, chance: Chance) => Buffer>> = {
  'a byte changed': (bytes, chance) => {
    const changed = Buffer.from(bytes);
    if (changed.length > 0) changed[chance.below(changed.length)] = chance.below(256);
    return changed;
  },
  'a byte more': (bytes, chance) => {
    const at = chance.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from([chance.below(256)]), bytes.subarray(at)]);
  },
  'a piece less': (bytes, chance) => {
    const at = chance.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + chance.below(8))]);
  },
  'a piece twice': (bytes, chance) => {
    const at = chance.below(bytes.length);
    const end = at + chance.below(bytes.length - at);
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
  },
  'cut short': (bytes, chance) => bytes.subarray(0, chance.below(bytes.length)),
  'something behind': (bytes, chance) => {
    const more = chance.pick(['\0', '}', '{}', ' ', '\r\n', 'x', '\u2028', '\ufeff']);
    return Buffer.concat([bytes, Buffer.from(more)]);
  },
  'something before': (bytes, chance) =>
    Buffer.concat([Buffer.from(chance.pick(['\ufeff', '\0', ' ', '\n', '//x\n'])), bytes]),
  'no UTF-8': (bytes, chance) => {
    const at = chance.below(bytes.length);
    const wrong = chance.pick([
      [0xff],
      [0xc0, 0xaf],
      [0xed, 0xa0, 0x80],
      [0xf5, 0x80, 0x80, 0x80],
      [0xe2, 0x82],
    ]);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(wrong), bytes.subarray(at)]);
  },
};

export function happens(chance: Chance, probability: number): boolean {
  return chance.below(1000) < 1000 * probability;
}

export interface MutatedBody {
  readonly bytes: Buffer;
  /** What was done to it. */
  readonly how: readonly string[];
}

export function mutatedBody(chance: Chance, kit: Kit): MutatedBody {
  const how: string[] = [];
  let text = chance.pick(kit.bodies);
  const times = chance.pick([0, 0, 1, 1, 1, 2, 3]);
  for (let n = 0; n < times; n++) {
    const name = chance.pick(Object.keys(MUTATIONS));
    how.push(name);
    text = MUTATIONS[name]?.(text, chance, kit) ?? text;
  }
  const bytes = Buffer.from(text);
  return happens(chance, 0.2) ? mutatedBytes({ bytes, how }, chance) : { bytes, how };
}

export function mutatedBytes({ bytes, how }: MutatedBody, chance: Chance): MutatedBody {
  if (bytes.length === 0) return { bytes, how };
  const name = chance.pick(Object.keys(BYTES));
  return { bytes: BYTES[name]?.(bytes, chance) ?? bytes, how: [...how, name] };
}
