/** Bodies of requests that were changed by chance: some mean the same, some mean another thing, some mean nothing. */
import type { Chance } from '../../core/json/testing.ts';

const BODIES: readonly string[] = [
  '{"model":"claude-haiku-4-5","max_tokens":1024,"messages":[{"role":"user","content":"hello"}]}',
  ' {\r\n\t"max_tokens" : 2000 ,\n "stream":true, "model":"claude-sonnet-4-5","messages":[ {"role":"user","content":[{"type":"text","text":"grüße 😀\\n"}]} ] }\n',
  '{"messages":[{"content":"a \\"model\\": \\"x\\", \\"max_tokens\\": 5","role":"user"}],"model":"quick","max_tokens":99999,"metadata":{"user_id":"u","k":1}}',
  '{"model":"quick","messages":[{"role":"user","content":"no cap"}],"stream":false}',
  '{"model":"claude-haiku-4-5","max_tokens":4000,"system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral","ttl":"1h"}}],"tools":[{"name":"Read","description":"Reads files","input_schema":{"type":"object","properties":{"path":{"type":"string"}}}},{"type":"bash_20250124","name":"bash"}],"tool_choice":{"type":"auto"},"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"tool_use","id":"t1","name":"Read","input":{"path":"a","n":1.0}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"é\\u2028"}]}]}]}',
  '{"model":"claude-sonnet-4-5","max_tokens":3000,"thinking":{"type":"enabled","budget_tokens":1024},"temperature":1.0,"top_p":0.50,"stop_sequences":["\\n\\nHuman:"],"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"words"},"title":"t"}]}],"stream":true}',
  '{"model":"claude-haiku-4-5","max_tokens":512,"output_config":{"effort":"low","format":{"type":"json_schema","schema":{"type":"object"}}},"context_management":{"edits":[{"type":"clear_tool_uses_20250919"}]},"service_tier":"auto","inference_geo":"global","speed":null,"messages":[{"role":"user","content":"{}"}]}',
  '{"model":"claude-haiku-4-5","max_tokens":900,"tools":[{"type":"bash_20250124","name":"bash"},{"type":"text_editor_20250728","name":"edit"},{"type":"custom","name":"x","input_schema":{}}],"messages":[{"role":"user","content":"x"}]}',
];

const MODELS = [
  'claude-haiku-4-5',
  'claude-sonnet-4-5',
  'quick',
  'Quick',
  'claude-opus-4-1',
  'gpt-5',
  'claude-haiku-4-5\\u0000',
  'claude-haiku-4-5 ',
  'a\\r\\nx-evil: 1',
  '',
];
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
const TYPES = [
  'text',
  'image',
  'url',
  'file',
  'base64',
  'container_upload',
  'web_search_20250305',
  'mcp_toolset',
  'compact_20260112',
  'tool_result',
  'server_tool_use',
  'hologram',
  'Text',
];
const KEYS = [
  'thread',
  'container',
  'mcp_servers',
  'fallbacks',
  'speed',
  'new_field',
  'url',
  'file_id',
  'source',
  '__proto__',
  'constructor',
  'toString',
  '',
  'Model',
  'TYPE',
  'ttl',
  'temperature',
  'cache_control',
];
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

type Mutate = (text: string, chance: Chance) => string;

/** Changes one of the tokens that fit. */
const one =
  (
    fits: (token: Token, before: Token | undefined) => boolean,
    change: (old: string, chance: Chance) => string,
  ): Mutate =>
  (text, chance) => {
    const tokens = tokensOf(text);
    const fitting = tokens.filter((token, i) => fits(token, tokens[i - 2]));
    if (fitting.length === 0) return text;
    const token = chance.pick(fitting);
    return put(text, token, change(token.text, chance));
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
    (old, chance) => `"${chance.pick(KEYS)}":${chance.pick(VALUES.slice(0, 13))},${old}`,
  ),
  'another value': one(isScalar, (_, chance) => chance.pick(VALUES)),
  'another text': one(isText, (_, chance) => `"${chance.pick(TEXTS)}${chance.pick(TEXTS)}"`),
  'another type': one(after('"type"'), (_, chance) => `"${chance.pick(TYPES)}"`),
  'another model': one(after('"model"'), (_, chance) => `"${chance.pick(MODELS)}"`),
  'another cap': one(after('"max_tokens"'), (_, chance) => chance.pick(CAPS)),
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

export function mutatedBody(chance: Chance): MutatedBody {
  const how: string[] = [];
  let text = chance.pick(BODIES);
  const times = chance.pick([0, 0, 1, 1, 1, 2, 3]);
  for (let n = 0; n < times; n++) {
    const name = chance.pick(Object.keys(MUTATIONS));
    how.push(name);
    text = MUTATIONS[name]?.(text, chance) ?? text;
  }
  const bytes = Buffer.from(text);
  return happens(chance, 0.2) ? mutatedBytes({ bytes, how }, chance) : { bytes, how };
}

export function mutatedBytes({ bytes, how }: MutatedBody, chance: Chance): MutatedBody {
  if (bytes.length === 0) return { bytes, how };
  const name = chance.pick(Object.keys(BYTES));
  return { bytes: BYTES[name]?.(bytes, chance) ?? bytes, how: [...how, name] };
}
