/**
 * Generates core/policy's types and validator from crds/*.yaml, which are the only source of the policy types.
 *
 *   crds/*.yaml ─┬─ schema.generated.ts      the schemas as data: rules, defaults, marks, descriptions
 *                ├─ types.generated.ts       TypeScript types of manifests after defaulting
 *                └─ validators.generated.js  one function per kind: checks a manifest and fills in defaults
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { compile } from 'json-schema-to-typescript';
import { parse } from 'yaml';

/** ajv's code generator is CommonJS with a default export that TypeScript cannot see through. */
const standaloneCode = createRequire(import.meta.url)('ajv/dist/standalone').default as (
  ajv: Ajv,
  names: Record<string, string>,
) => string;

interface Schema {
  [keyword: string]: unknown;
  type?: string | string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  required?: string[];
  default?: unknown;
}

interface Crd {
  spec: {
    group: string;
    scope: 'Namespaced' | 'Cluster';
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
}

export interface Output {
  readonly path: string;
  readonly text: string;
}

/** Kinds that no file has: Tollgate makes them itself. They have types and a schema, and no validator. */
export const MADE_BY_TOLLGATE: ReadonlySet<string> = new Set(['Approval']);

const HEADER = 'Generated from crds/ by scripts/generate.ts. Do not edit.';

/** @returns the generated files of core/policy; @throws Error for a CRD that it does not understand */
export async function generatePolicy(root: string): Promise<Output[]> {
  const crds = readdirSync(`${root}/crds`)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => parse(readFileSync(`${root}/crds/${name}`, 'utf8')) as Crd);
  const written = crds.filter((crd) => !MADE_BY_TOLLGATE.has(crd.spec.names.kind));
  return [
    { path: 'core/policy/schema.generated.ts', text: schemaModule(crds) },
    { path: 'core/policy/types.generated.ts', text: await typesModule(crds) },
    { path: 'core/policy/validators.generated.js', text: validatorsModule(written) },
    { path: 'core/policy/validators.generated.d.ts', text: validatorTypes(written) },
  ];
}

/** A CRD has one version so far; a second one needs conversion, and this script to know about it. */
function onlyVersion(crd: Crd): { name: string; schema: Schema } {
  const [version, ...more] = crd.spec.versions;
  if (!version || more.length > 0) throw new Error(`${crd.spec.names.kind}: expected exactly one version`);
  return { name: version.name, schema: version.schema.openAPIV3Schema };
}

/** The schema of a whole manifest, closed to unknown fields, as JSON Schema. */
function manifestSchema(crd: Crd): Schema {
  const { name, schema } = onlyVersion(crd);
  const closed = toJsonSchema(schema);
  closed.required = ['apiVersion', 'kind', 'metadata', 'spec'];
  closed.properties = {
    ...closed.properties,
    apiVersion: { type: 'string', const: `${crd.spec.group}/${name}` },
    kind: { type: 'string', const: crd.spec.names.kind },
    metadata: METADATA,
  };
  return closed;
}

/** What stands in status is not its author's: a manifest that was saved from a cluster may have one. */
function authorsSchema(crd: Crd): Schema {
  const whole = manifestSchema(crd);
  const { status, ...properties } = whole.properties ?? {};
  return { ...whole, properties: status === undefined ? properties : { ...properties, status: {} } };
}

/** What a local manifest may say about itself; the API server adds more and checks more. */
const METADATA: Schema = {
  type: 'object',
  description: 'Name, and what Kubernetes keeps beside it.',
  required: ['name'],
  additionalProperties: true,
  properties: {
    name: { type: 'string', maxLength: 253, pattern: '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$' },
    namespace: { type: 'string', maxLength: 63, pattern: '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$' },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    annotations: { type: 'object', additionalProperties: { type: 'string' } },
  },
};

/** Kubernetes' structural schema → JSON Schema: unknown fields refused, int-or-string as a union, x- keywords gone. */
function toJsonSchema(schema: Schema): Schema {
  const out: Schema = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword.startsWith('x-') || keyword === 'format') continue;
    out[keyword] = value;
  }
  if (schema['x-kubernetes-int-or-string']) out.type = ['integer', 'string'];
  if (schema['x-kubernetes-list-type'] === 'set') out.uniqueItems = true;
  if (schema.items) out.items = toJsonSchema(schema.items);
  if (typeof schema.additionalProperties === 'object') {
    out.additionalProperties = toJsonSchema(schema.additionalProperties);
  }
  if (schema.properties) {
    out.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, toJsonSchema(property)]),
    );
    out.additionalProperties ??= false;
  }
  return out;
}

function schemaModule(crds: Crd[]): string {
  const kinds = crds.map((crd) => {
    const { schema } = onlyVersion(crd);
    return [
      crd.spec.names.kind,
      { scope: crd.spec.scope, schema: { ...schema, properties: { spec: schema.properties?.spec } } },
    ];
  });
  return [
    `// ${HEADER}`,
    "import type { CrdSchema } from './schema.ts';",
    '',
    `const text = ${JSON.stringify(JSON.stringify(Object.fromEntries(kinds)))};`,
    '',
    'let parsed: Record<string, CrdSchema> | undefined;',
    '/** @returns the schema of each kind; parsed at the first call, because most starts need none of it */',
    'export function crdSchemas(): Record<string, CrdSchema> {',
    '  parsed ??= JSON.parse(text) as Record<string, CrdSchema>;',
    '  return parsed;',
    '}',
    '',
  ].join('\n');
}

async function typesModule(crds: Crd[]): Promise<string> {
  const parts: string[] = [`// ${HEADER}`, ''];
  for (const crd of crds) {
    const kind = crd.spec.names.kind;
    const schema = defaultsRequired(manifestSchema(crd));
    parts.push(
      await compile(schema as never, kind, {
        bannerComment: '',
        additionalProperties: false,
        maxItems: -1,
        style: { printWidth: 110 },
      }),
    );
  }
  const kinds = crds.map((crd) => crd.spec.names.kind).filter((kind) => !MADE_BY_TOLLGATE.has(kind));
  parts.push(`export type Manifest = ${kinds.join(' | ')};`, '');
  return parts.join('\n');
}

/** After validation a field with a default is always there, so its type says so. */
function defaultsRequired(schema: Schema): Schema {
  const out: Schema = { ...schema };
  if (schema.items) out.items = defaultsRequired(schema.items);
  if (schema.properties) {
    out.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, defaultsRequired(property)]),
    );
    const filled = Object.entries(schema.properties).filter(([, property]) => property.default !== undefined);
    out.required = [...new Set([...(schema.required ?? []), ...filled.map(([name]) => name)])];
  }
  delete out.default;
  delete out.minItems;
  return out;
}

function validatorsModule(crds: Crd[]): string {
  const ajv = new Ajv({
    allErrors: true,
    useDefaults: true,
    allowUnionTypes: true,
    code: { source: true, esm: true, lines: true },
  });
  const names: Record<string, string> = {};
  for (const crd of crds) {
    const kind = crd.spec.names.kind;
    ajv.addSchema({ ...authorsSchema(crd), $id: kind });
    names[`validate${kind}`] = kind;
  }
  const code = standaloneCode(ajv, names)
    // ajv writes require() for its helpers even into ES modules.
    .replace(
      /const (\w+) = require\("(ajv\/dist\/runtime\/\w+)"\)\.default;/g,
      'import $1_module from "$2.js";const $1 = $1_module.default ?? $1_module;',
    );
  if (code.includes('require(')) throw new Error('the generated validator still uses require()');
  return `// ${HEADER}\n${code}\n`;
}

function validatorTypes(crds: Crd[]): string {
  return [
    `// ${HEADER}`,
    "import type { ValidateFunction } from 'ajv';",
    ...crds.map((crd) => `export const validate${crd.spec.names.kind}: ValidateFunction;`),
    '',
  ].join('\n');
}
