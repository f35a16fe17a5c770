/** For tests: manifests from their specs, and the snapshot that they make. */
import { builtInManifests } from './built-in.ts';
import { type LoadedManifest, readManifests } from './manifests.ts';
import { formatProblem } from './problem.ts';
import { buildSnapshot, type Snapshot, type SnapshotInput, type Workload } from './snapshot.ts';

export const WORKLOAD: Workload = { namespace: 'local', name: 'claude', labels: { team: 'red' } };

export interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
}

/** JSON is YAML, so this is also the text of a file. */
export function manifest(kind: string, spec: object, metadata: Metadata = {}): string {
  return JSON.stringify({
    apiVersion: 'tollgate.dev/v1alpha1',
    kind,
    metadata: { name: 'x', ...metadata },
    spec,
  });
}

const LIMIT = { name: 'day', window: 'day', usd: 1 };

export const budget = (spec: object = { limits: [LIMIT] }, metadata?: Metadata): string =>
  manifest('BudgetPolicy', spec, metadata);
export const profile = (spec: object = {}, metadata?: Metadata): string =>
  manifest('ToolProfile', spec, metadata);
export const provider = (spec: object = {}, metadata?: Metadata): string =>
  manifest('Provider', { url: 'https://api.example', wires: ['anthropic-messages'], ...spec }, metadata);

/** @returns each problem on a line of its own, as `check` says it */
export function problemsOf(...texts: readonly string[]): string[] {
  return readManifests(texts.map((text, i) => ({ path: `f${i}`, text }))).problems.map(formatProblem);
}

/** @returns the manifests, all of which must be valid */
export function load(...texts: readonly string[]): LoadedManifest[] {
  const problems = problemsOf(...texts);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return readManifests(texts.map((text, i) => ({ path: `f${i}`, text }))).manifests;
}

export function trySnapshot(
  texts: readonly string[],
  input: Partial<SnapshotInput> = {},
): Snapshot | { readonly error: string } {
  return buildSnapshot({
    manifests: load(...texts),
    // Not the built-in budget: a test is judged by the limits that it names.
    builtIn: builtInManifests().filter(({ manifest }) => manifest.kind !== 'BudgetPolicy'),
    workload: WORKLOAD,
    ...input,
  });
}

export function snapshotOf(texts: readonly string[], input: Partial<SnapshotInput> = {}): Snapshot {
  const snapshot = trySnapshot(texts, input);
  if ('error' in snapshot) throw new Error(snapshot.error);
  return snapshot;
}
