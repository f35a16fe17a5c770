/** Errors of the generated validator → sentences for the author of a manifest. */
import type { ErrorObject } from 'ajv';
import type { ManifestDocument } from './documents.ts';
import { nearest, type PolicyProblem } from './problem.ts';
import type { SchemaNode } from './schema.ts';

/** Words of the design that this release does not honour yet: refused by name rather than as a typing mistake. */
const NOT_YET: Readonly<Record<string, string>> = {
  AgentRunner: 'running agents in a cluster',
  Approval: 'approval by a person',
  hold: 'holding a call until a person approves it',
  approval: 'approval by a person',
  approvals: 'approval by a person',
  warnings: 'warnings before a limit is reached',
  webhooks: 'webhooks',
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
  'openai-chat': 'this wire',
  'openai-responses': 'this wire',
  'openai-embeddings': 'this wire',
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
  const shown = JSON.stringify(value);
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
      return document.problem(path, `must be of type ${[params.type].flat().join(' or ')}, not ${shown}`);
    case 'pattern':
      return document.problem(
        path,
        `${shown} does not have the right form`,
        `It must match ${String(params.pattern)}.`,
      );
    case 'uniqueItems':
      return document.problem(
        [...path, Math.max(Number(params.i), Number(params.j))],
        'stands in the list twice',
      );
    default:
      return document.problem(path, `${error.message ?? 'is not valid'} (it is ${shown})`);
  }
}

function nodeAt(schema: SchemaNode, path: readonly (string | number)[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = schema;
  for (const step of path) node = typeof step === 'number' ? node?.items : node?.properties?.[step];
  return node;
}
