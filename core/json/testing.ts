/** For fuzz tests: repeatable chance, realistic request bodies, and ways to spoil JSON text. */

/** Repeatable random numbers (mulberry32). A failing case is found again by its seed. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** @returns a whole number from 0 to below `below` */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

/** The seed of this run: FUZZ_SEED repeats one. */
export const SEED = Number(process.env.FUZZ_SEED ?? 20261122);

/** How many cases: FUZZ_CASES makes a short run while something is being looked for. */
export const CASES = Number(process.env.FUZZ_CASES ?? 100_000);

const TOOL = {
  name: 'Bash',
  description: 'Runs a command.\n\nUsage:\n\t- quote "paths"\n\t- avoid C:\\\\dir',
  input_schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      command: { type: 'string', minLength: 1 },
      timeout: { type: 'number', maximum: 600000, default: 1.5e5 },
      options: { anyOf: [{ type: 'null' }, { type: 'array', items: { enum: ['a', 'b', null, 0.5] } }] },
    },
    required: ['command'],
    additionalProperties: false,
  },
};

const TURNS = [
  { role: 'user', content: 'Grüß Gott – 你好 👩‍🚀 \u2028 "quoted" \\ back/slash' },
  {
    role: 'assistant',
    content: [
      { type: 'thinking', thinking: 'a {b} [c] :d, "e"', signature: 'EqQBCkYICxgCKkD+/=' },
      {
        type: 'tool_use',
        id: 'toolu_01',
        name: 'Bash',
        input: { command: 'echo "{\\"a\\": [1,2]}" && ls -la', '': {} },
      },
    ],
  },
  {
    role: 'user',
    content: [
      {
        type: 'tool_result',
        tool_use_id: 'toolu_01',
        content: [{ type: 'text', text: '\u0000\u001f\u007f\n' }],
        is_error: false,
      },
      {
        type: 'image',
        source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' },
        cache_control: { type: 'ephemeral' },
      },
    ],
  },
];

const REQUEST = { model: 'claude-sonnet-4-5', max_tokens: 1024, messages: TURNS };

/** Requests as clients write them: compact, indented, with escapes, odd white space, nested schemas, numbers of all kinds. */
export const BODIES: readonly string[] = [
  JSON.stringify({ ...REQUEST, stream: true, system: 'You are an agent.', tools: [TOOL] }),
  JSON.stringify({ ...REQUEST, tools: [TOOL], metadata: { user_id: '{"device_id":"d","x":[{}]}' } }, null, 2),
  JSON.stringify(REQUEST, null, '\t')
    .replaceAll('\n', '\r\n')
    .replace(/[^ -~\s]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  `\n { "model"\t: "claude-haiku-4-5" ,"max_tok\\u0065ns" :64,"temperature":-0.0,"top_p":1E-2,"top_k":0 ,\r\n"messages":[{"role":"user","content":"\\ud83d\\ude00 \\ud800 \\/\\b\\f"}] , "stop_sequences":[ ] , "thinking":{"type":"enabled","budget_tokens":1024} } \n`,
  '{"messages":[],"model":"m","max_tokens":1,"x":[[[[{"a":{"b":{"c":[{},[],"",null,true,false,-1,0,1e400,1.0,12345678901234567890]}}}]]]]}',
];

/** Spoils JSON text in one of many ways; some of them leave it valid. */
export function spoil(bytes: Buffer, chance: Chance): Buffer {
  const way = chance.pick(WAYS);
  return way(bytes, chance);
}

type Way = (bytes: Buffer, chance: Chance) => Buffer;

function insert(bytes: Buffer, at: number, added: string | Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(added as string), bytes.subarray(at)]);
}

/** Replaces one match of a pattern in the text; the text as it was when there is none. */
function replaceOne(
  bytes: Buffer,
  chance: Chance,
  pattern: RegExp,
  by: (match: string, whole: string) => string,
): Buffer {
  const text = bytes.toString('latin1');
  const matches = [...text.matchAll(pattern)];
  if (matches.length === 0) return bytes;
  const match = chance.pick(matches);
  const end = match.index + match[0].length;
  return Buffer.from(text.slice(0, match.index) + by(match[0], text) + text.slice(end), 'latin1');
}

const escaped = (c: string): string => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
/** In UTF-8, written as Latin-1 characters: the long s. */
const LONG_S = Buffer.from('ſ').toString('latin1');

/** A key as another parser might still read it. */
function respell(key: string, chance: Chance): string {
  const at = chance.below(key.length);
  const letter = key[at] ?? '';
  const by = chance.pick([letter, escaped(letter || 'a'), letter.toUpperCase(), letter.toLowerCase()]);
  if (chance.below(12) === 0) return key.replace('s', LONG_S);
  return key.slice(0, at) + by + key.slice(at + 1);
}

const MEMBER = /"([A-Za-z_]{1,20})"\s*:\s*(?="|\d|true|false|null|-)/g;

const WAYS: readonly Way[] = [
  // One byte becomes another, or several go.
  (bytes, chance) => {
    const copy = Buffer.from(bytes);
    copy[chance.below(copy.length)] = chance.below(256);
    return copy;
  },
  (bytes, chance) => {
    const at = chance.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + chance.below(4))]);
  },
  // Structure where none belongs, or where it may.
  (bytes, chance) =>
    insert(
      bytes,
      chance.below(bytes.length + 1),
      chance.pick(['{', '}', '[', ']', '"', ':', ',', '\\', '\n', ' ', '/**/']),
    ),
  (bytes, chance) =>
    insert(
      bytes,
      chance.pick([0, bytes.length]),
      chance.pick(['\ufeff', ' ', '\n', '\u00a0', '\u2028', '{}', 'x', '\0']),
    ),
  (bytes, chance) =>
    replaceOne(bytes, chance, /[,:[{]/g, (c) => `${c}${chance.pick([' ', '\t', '\r\n', '\v', '\u00a0'])}`),
  // A key twice in one object, as it is or respelt; or only respelt.
  (bytes, chance) =>
    replaceOne(bytes, chance, MEMBER, (member) => {
      const key = member.slice(1, member.indexOf('"', 1));
      return `"${respell(key, chance)}":${chance.pick(['0', 'null', '"x"', '[]'])},${member}`;
    }),
  (bytes, chance) =>
    replaceOne(bytes, chance, MEMBER, (member) => {
      const key = member.slice(1, member.indexOf('"', 1));
      return `"${respell(key, chance)}":`;
    }),
  // Strings that are odd, or none.
  (bytes, chance) =>
    replaceOne(bytes, chance, /[a-z]{3}/g, () =>
      chance.pick([
        '\\ud800',
        '\\udc00x',
        '\\u00',
        '\\x41',
        '\\u0000',
        '\t',
        '\u007f',
        '\\"',
        '\xff',
        '\xc0\x80',
        '\xed\xa0\x80',
        '\xf0\x9f\x98\x80',
      ]),
    ),
  // Numbers as not every parser reads them.
  (bytes, chance) =>
    replaceOne(bytes, chance, /-?\d+(\.\d+)?/g, () =>
      chance.pick([
        '1e400',
        '-0',
        '1.0',
        '01',
        '+1',
        '.5',
        '5.',
        '0x10',
        '1E+2',
        '9007199254740993',
        '1_0',
        'NaN',
        '-',
        '1e',
        '١',
      ]),
    ),
  // Half of it; or half of it and half of another.
  (bytes, chance) => bytes.subarray(0, chance.below(bytes.length)),
  (bytes, chance) => {
    const other = Buffer.from(chance.pick(BODIES));
    return Buffer.concat([
      bytes.subarray(0, chance.below(bytes.length)),
      other.subarray(chance.below(other.length)),
    ]);
  },
  // Around the deepest that is read.
  (bytes, chance) => {
    const depth = 120 + chance.below(16);
    const [open, close] = chance.pick([
      ['[', ']'],
      ['{"a":', '}'],
    ] as const);
    return replaceOne(
      bytes,
      chance,
      /null|true|false|\b0\b/g,
      (value) => open.repeat(depth) + value + close.repeat(depth),
    );
  },
  // The same value, written in another way.
  (bytes, chance) => replaceOne(bytes, chance, /[a-z](?=[a-z_]*")/g, escaped),
  (bytes) => bytes,
];
