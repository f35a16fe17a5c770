/**
 * Policy files → manifests that are valid, and a problem for each one that is not.
 *
 *   text ── YAML ── schema (fills in defaults) ── the CRD's CEL rules ── what a schema cannot say ──> Manifest
 *
 * The same rules hold in a cluster, where the API server checks schema and CEL rules.
 */
import type { ValidateFunction } from 'ajv';
import { type ManifestDocument, type PolicyFile, readDocuments } from './documents.ts';
import { explainUnknown, schemaProblem } from './explain.ts';
import { meaningProblems } from './meaning.ts';
import type { PolicyProblem } from './problem.ts';
import { brokenRules } from './rules.ts';
import { crdSchemas } from './schema.generated.ts';
import type { Manifest } from './types.generated.ts';
import {
  validateAgentRunner,
  validateBudgetPolicy,
  validateProvider,
  validateToolProfile,
} from './validators.generated.js';

export interface LoadedManifest<M extends Manifest = Manifest> {
  readonly manifest: M;
  readonly file: string;
  readonly line: number;
}

export interface ReadResult {
  readonly manifests: LoadedManifest[];
  readonly problems: PolicyProblem[];
  /** Documents that are not Tollgate's: file:line and what they are. */
  readonly foreign: string[];
}

const GROUP = 'tollgate.dev';
const VALIDATORS: Readonly<Record<Manifest['kind'], ValidateFunction>> = {
  BudgetPolicy: validateBudgetPolicy,
  ToolProfile: validateToolProfile,
  Provider: validateProvider,
  AgentRunner: validateAgentRunner,
};

/** @returns all manifests of the files that are valid, and all problems of the others */
export function readManifests(files: readonly PolicyFile[]): ReadResult {
  const result: ReadResult = { manifests: [], problems: [], foreign: [] };
  for (const file of files) {
    const { documents, problems } = readDocuments(file);
    result.problems.push(...problems);
    for (const document of documents) readDocument(document, result);
  }
  refuseTwins(result);
  return result;
}

function readDocument(document: ManifestDocument, result: ReadResult): void {
  const { value } = document;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    result.problems.push(document.problem([], 'not a manifest: it has no apiVersion and kind'));
    return;
  }
  const { apiVersion, kind } = value as { apiVersion?: unknown; kind?: unknown };
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    result.problems.push(document.problem([], 'not a manifest: it has no apiVersion and kind'));
    return;
  }
  if (!apiVersion.startsWith(`${GROUP}/`)) {
    result.foreign.push(`${document.file}:${document.lineOf([])} ${kind} (${apiVersion})`);
    return;
  }
  if (!Object.hasOwn(VALIDATORS, kind)) {
    const fix = explainUnknown(kind, Object.keys(VALIDATORS));
    result.problems.push(document.problem(['kind'], `unknown kind ${JSON.stringify(kind)}`, fix));
    return;
  }
  const validate = VALIDATORS[kind as Manifest['kind']];
  const schema = crdSchemas()[kind]?.schema ?? {};
  const errors = validate(value) ? [] : (validate.errors ?? []);
  // Authors see everything at once: what fits its schema is looked at further, whatever stands beside it.
  const faults = errors.map(({ instancePath }) => `${instancePath}/`);
  const problems = [
    ...errors.map((error) => schemaProblem(document, schema, error)),
    ...brokenRules(schema, value, (path) => faults.some((fault) => fault.startsWith(pointerOf(path)))).map(
      ({ path, message }) => document.problem(path, message),
    ),
    ...meaningProblems(document, kind as Manifest['kind'], (path) => faults.includes(pointerOf(path))),
  ];
  result.problems.push(...problems);
  if (problems.length === 0) {
    const manifest = value as unknown as Manifest;
    result.manifests.push({ manifest, file: document.file, line: document.lineOf([]) });
  }
}

/** @returns a path as a validator writes it, with a slash at its end */
function pointerOf(path: readonly (string | number)[]): string {
  return path
    .map((step) => `/${step}`)
    .join('')
    .concat('/');
}

/** Two manifests of one kind and name would be one object in a cluster: the later would silently replace the earlier. */
function refuseTwins(result: ReadResult): void {
  const seen = new Map<string, LoadedManifest>();
  for (const loaded of result.manifests) {
    const { kind, metadata } = loaded.manifest;
    const namespace = crdSchemas()[kind]?.scope === 'Cluster' ? undefined : metadata.namespace;
    const id = `${kind} ${namespace ?? ''}/${metadata.name}`;
    const first = seen.get(id);
    seen.set(id, loaded);
    if (!first) continue;
    const message = `${kind} ${metadata.name} is there already, at ${first.file}:${first.line}`;
    result.problems.push({
      file: loaded.file,
      line: loaded.line,
      field: 'metadata.name',
      message,
      fix: 'Rename one.',
    });
  }
}
