/** Errors of the generated validator → sentences for the author of a manifest. */
import type { ErrorObject } from 'ajv';
import type { ManifestDocument } from './documents.ts';
import { nearest, type PolicyProblem } from './problem.ts';
import type { SchemaNode } from './schema.ts';

/** Words of the design that this release does not honour yet: refused by name rather than as a typing mistake. */
const NOT_YET: Readonly<Record<string, string>> = {
  Approval: 'approval by a person',
  hold: 'holding a call until a person approves it',
  approval: 'approval by a person',
  approvals: 'approval by a person',
  capabilities: 'switching provider capabilities on',
  data: 'scanning for PII and secrets',
  security: 'scanning for injections',
  redacted: 'redacting content',
  pod: 'pod settings',
  resources: 'pod settings',
  oauth: 'credentials other than a key',
  sigv4: 'credentials other than a key',
  gcp: 'credentials other than a key',
  azure: 'credentials other than a key',
  gemini: 'this wire',
};

function notYet(word: string): string | undefined {
  const what = Object.hasOwn(NOT_YET, word) ? NOT_YET[word] : undefined;
  return what && `This release does not have ${what}, and does not pretend to; remove it.`;
}

/** @returns what to do about a word that is not among the candidates */
export function explainUnknown(word: string, candidates: readonly string[]): string {
  const later = notYet(word);
  if (later !== undefined) return later;
  const near = nearest(word, candidates);
  return near === undefined ? `Known are ${candidates.join(', ')}.` : `Did you mean ${JSON.stringify(near)}?`;
}

/** @returns one error of a validator, placed and said */
export function schemaProblem(
  document: ManifestDocument,
  schema: SchemaNode,
  error: ErrorObject,
): PolicyProblem {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~')));
  const params = error.params as Record<string, unknown>;
  const value = path.reduce<unknown>(
    (at, step) => (at as Record<string | number, unknown>)[step],
    document.value,
  );
  const shown = short(JSON.stringify(value) ?? 'nothing');
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = String(params.additionalProperty);
      const known = Object.keys(nodeAt(schema, path)?.properties ?? {});
      return document.problem([...path, name], 'unknown field', explainUnknown(name, known));
    }
    case 'required':
      return document.problem(path, `the field ${String(params.missingProperty)} is missing`);
    case 'enum': {
      const allowed = (params.allowedValues as string[]).filter((word) => word !== undefined);
      const fix = typeof value === 'string' ? notYet(value) : undefined;
      return document.problem(path, `must be one of ${allowed.join(', ')}, not ${shown}`, fix ?? undefined);
    }
    case 'const':
      return document.problem(path, `must be ${JSON.stringify(params.allowedValue)}, not ${shown}`);
    case 'type':
      if (Number.isFinite(value) && nodeAt(schema, path)?.['x-kubernetes-int-or-string']) {
        return document.problem(
          path,
          `a number with decimals must be a string`,
          `Write "${value}", in quotes.`,
        );
      }
      return document.problem(path, `must be ${typeWords(params.type)}, not ${shown}`);
    case 'pattern': {
      const form = FORMS.find(({ begins }) => String(params.pattern).startsWith(begins));
      return document.problem(path, `${shown} is not ${form?.what ?? 'of the right form'}`, form?.fix);
    }
    case 'uniqueItems':
      return document.problem(
        [...path, Math.max(Number(params.i), Number(params.j))],
        'stands in the list twice',
      );
    default:
      return document.problem(path, boundSentence(error.keyword, Number(params.limit), shown));
  }
}

/** What a pattern of the CRDs stands for, by how it begins. */
const FORMS: readonly { readonly begins: string; readonly what: string; readonly fix: string }[] = [
  {
    begins: '^(0|[1-9]',
    what: 'an amount in US dollars',
    fix: 'Write dollars with at most 9 decimals, such as "0.50".',
  },
  {
    begins: '^(\\*\\.)?(',
    what: 'the full name of a host',
    fix: 'Write example.com, *.example.com for all below it, or either with a port (example.com:8443).',
  },
  {
    begins: '^https?://',
    what: 'a URL that can stand here',
    fix: 'Write it such as https://api.anthropic.com, without user name, query and blanks.',
  },
  {
    begins: '^https://',
    what: 'a URL that can stand here',
    fix: 'Write it such as https://github.com/example/app.git, without user name, query and blanks.',
  },
  {
    begins: '^[0-9]+([.]',
    what: 'a quantity',
    fix: 'Write it such as 2, 500m or 1Gi.',
  },
  {
    begins: '^[1-9][0-9]{0,11}(Ki',
    what: 'a size',
    fix: 'Write it such as 5Gi.',
  },
  {
    begins: '^[a-z0-9]',
    what: 'a name',
    fix: 'Use lower-case letters, digits and dashes, with a letter or digit at both ends.',
  },
  {
    begins: '^[A-Za-z_]',
    what: 'the name of an environment variable',
    fix: 'Use letters, digits and underscores, such as ANTHROPIC_API_KEY.',
  },
];

const TYPES: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of fields',
};

function typeWords(type: unknown): string {
  const types = [type].flat().map(String);
  if (types.length > 1) return 'an amount such as 5 or "0.50"';
  return TYPES[types[0] ?? ''] ?? types.join(' or ');
}

/** @param limit the bound that is broken */
function boundSentence(keyword: string, limit: number, shown: string): string {
  switch (keyword) {
    case 'minimum':
      return `must be at least ${limit}, not ${shown}`;
    case 'maximum':
      return `must be at most ${limit}, not ${shown}`;
    case 'minLength':
      return limit === 1 ? 'must not be empty' : `must have at least ${limit} characters; it is ${shown}`;
    case 'maxLength':
      return `is longer than ${limit} characters`;
    case 'minItems':
      return limit === 1 ? 'must not be empty' : `must have at least ${limit} items`;
    case 'maxItems':
      return `has more than ${limit} items`;
    case 'maxProperties':
      return `has more than ${limit} entries`;
    default:
      return `is not valid (it is ${shown})`;
  }
}

function short(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function nodeAt(schema: SchemaNode, path: readonly (string | number)[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = schema;
  for (const step of path) node = typeof step === 'number' ? node?.items : node?.properties?.[step];
  return node;
}
