/**
 * The tables against themselves, and against the types of OpenAI's own SDK where it is installed: what the API has got and
 * no table knows makes a test fail.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import {
  FIELDS,
  JUDGED,
  MEDIA_FIELDS,
  MESSAGE_FIELDS,
  PARTS,
  PLAIN_VALUES,
  ROLES,
  TOOL_TYPES,
} from './tables.ts';

const FILE = 'resources/chat/completions/completions.d.ts';

/** The types' text without comments. */
const types = readFileSync(
  join(dirname(createRequire(import.meta.url).resolve('openai')), FILE),
  'utf8',
).replace(/\/\*[\s\S]*?\*\//g, '');

/** @returns the fields of an interface, and the text of each */
function fieldsOf(name: string, indent = 0): Map<string, string> {
  const space = ' '.repeat(indent);
  const [, body = ''] =
    new RegExp(`\\n${space}(?:export )?interface ${name} \\{\\n([\\s\\S]*?)\\n${space}\\}`).exec(types) ?? [];
  const fields = [...body.matchAll(new RegExp(`^${space} {4}(\\w+)\\??: ([^\\n]*)`, 'gm'))];
  assert.ok(fields.length > 0, `${name} was not found`);
  return new Map(fields.map(([, field = '', type = '']) => [field, type]));
}

const literal = (text: string | undefined): string => /'([^']+)'/.exec(text ?? '')?.[1] ?? '';
const unknownIn = (names: Iterable<string>, table: { has(name: string): boolean }): string[] =>
  [...names].filter((name) => !table.has(name));

describe('the tables', () => {
  it('have plain values only for fields that are not plain', () => {
    assert.deepEqual(unknownIn(PLAIN_VALUES.keys(), FIELDS), []);
    for (const name of PLAIN_VALUES.keys()) assert.notEqual(FIELDS.get(name), 'plain', name);
    for (const [name, known] of FIELDS) assert.equal(known !== 'plain', PLAIN_VALUES.has(name), name);
  });

  it('want everything that decides spelt as it is', () => {
    for (const table of [FIELDS, MESSAGE_FIELDS, MEDIA_FIELDS])
      assert.deepEqual(unknownIn(table.keys(), JUDGED), []);
    for (const name of JUDGED) assert.equal(name, name.toLowerCase());
  });
});

describe('the tables know what the SDK can send:', () => {
  it('every field of a request', () => {
    const fields = fieldsOf('ChatCompletionCreateParamsBase');
    assert.ok(fields.size > 30);
    assert.deepEqual(unknownIn(fields.keys(), FIELDS), []);
  });

  it('every role, and every field of a message', () => {
    for (const role of ['Developer', 'System', 'User', 'Assistant', 'Tool', 'Function']) {
      const fields = fieldsOf(`ChatCompletion${role}MessageParam`);
      assert.deepEqual(unknownIn(fields.keys(), MESSAGE_FIELDS), []);
      assert.ok(ROLES.has(literal(fields.get('role'))), role);
    }
  });

  it('every content part, and where its content may come from', () => {
    for (const part of ['Text', 'Image', 'InputAudio', 'Refusal']) {
      assert.ok(PARTS.has(literal(fieldsOf(`ChatCompletionContentPart${part}`).get('type'))), part);
    }
    for (const media of ['ImageURL', 'InputAudio']) {
      assert.deepEqual(unknownIn(fieldsOf(media, 4).keys(), MEDIA_FIELDS), []);
    }
    assert.deepEqual(unknownIn(fieldsOf('File', 8).keys(), MEDIA_FIELDS), []);
  });

  it('every kind of tool', () => {
    for (const tool of ['ChatCompletionFunctionTool', 'ChatCompletionCustomTool']) {
      assert.ok(TOOL_TYPES.has(literal(fieldsOf(tool).get('type'))), tool);
    }
  });
});
