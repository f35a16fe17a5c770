/** Whether what a sidecar sent has the form of the message that it stands for. What is more in it, it may have. */
import { Ajv, type ValidateFunction } from 'ajv';
import { MOST_PART_BYTES } from '../control-api/messages.ts';
import { explained, OPENED_DRAFT } from './entry-schema.ts';

const text = { type: 'string', minLength: 1, maxLength: 512 } as const;
const amount = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;
const chain = { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' } as const;
const address = { type: 'string', pattern: '^[0-9a-f]{64}$' } as const;
/** Of one message: 64 MB. */
const MOST_PARTS = 32;
const MOST_PART_TEXT = Math.ceil(MOST_PART_BYTES / 3) * 4;
/** Several times what the largest entry takes: a push of 100 refs with the longest names. */
const MOST_ENTRY_TEXT = 2 * 1024 * 1024;
const nullable = (schema: object) => ({ anyOf: [schema, { type: 'null' }] });

const SCHEMAS = {
  hello: {
    type: 'object',
    required: ['protocol', 'version', 'chain'],
    properties: {
      protocol: { type: 'integer' },
      version: text,
      chain,
    },
  },
  reserve: {
    type: 'object',
    required: ['lease', 'bound', 'snapshot', 'opened'],
    properties: {
      lease: { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,96}$' },
      snapshot: { type: 'string', pattern: '^[0-9a-f]{64}$' },
      bound: {
        type: 'object',
        required: ['inputTokens', 'cap', 'minCap', 'requests'],
        properties: {
          inputTokens: amount,
          cap: amount,
          minCap: amount,
          choices: { type: 'integer', minimum: 1, maximum: 1024 },
          requests: { enum: [0, 1] },
          rates: {
            type: 'object',
            required: ['input', 'output'],
            properties: { input: amount, output: amount },
          },
        },
      },
      opened: OPENED_DRAFT,
    },
  },
  extend: {
    type: 'object',
    required: ['leases'],
    properties: { leases: { type: 'array', maxItems: 10_000, items: { type: 'string', maxLength: 96 } } },
  },
  entries: {
    type: 'object',
    required: ['chain', 'entries'],
    properties: {
      chain,
      entries: {
        type: 'array',
        minItems: 1,
        maxItems: 10_000,
        items: {
          type: 'object',
          required: ['seq', 'text', 'hash'],
          properties: {
            seq: { type: 'integer', minimum: 1 },
            text: { type: 'string', maxLength: MOST_ENTRY_TEXT },
            hash: { type: 'string', pattern: '^[0-9a-f]{64}$' },
          },
        },
      },
    },
  },
  session: { type: 'object', properties: { chain } },
  contents: {
    type: 'object',
    required: ['contents'],
    properties: {
      chain,
      contents: {
        type: 'array',
        minItems: 1,
        maxItems: 10_000,
        items: {
          type: 'object',
          required: ['address', 'prev', 'part', 'parts', 'data'],
          properties: {
            address,
            prev: nullable(address),
            part: { type: 'integer', minimum: 0, maximum: MOST_PARTS - 1 },
            parts: { type: 'integer', minimum: 1, maximum: MOST_PARTS },
            data: { type: 'string', pattern: '^[A-Za-z0-9+/]*={0,2}$', maxLength: MOST_PART_TEXT },
          },
        },
      },
    },
  },
  report: {
    type: 'object',
    required: ['snapshot', 'problem'],
    properties: {
      snapshot: nullable({ type: 'string', pattern: '^[0-9a-f]{64}$' }),
      problem: nullable({ type: 'string', maxLength: 10_000 }),
    },
  },
} as const;

const ajv = new Ajv({ allowUnionTypes: true });
const VALIDATORS = Object.fromEntries(
  Object.entries(SCHEMAS).map(([name, schema]) => [name, ajv.compile(schema)]),
) as Record<keyof typeof SCHEMAS, ValidateFunction>;

/** @returns what is wrong with a message, by the names of its fields alone; undefined: nothing */
export function problemOf(name: keyof typeof SCHEMAS, message: unknown): string | undefined {
  const validate = VALIDATORS[name];
  return validate(message) ? undefined : explained(validate.errors);
}
