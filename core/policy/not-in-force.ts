/** What the manifests ask for and nothing here honours: said by `check`, at start, and in every record. */
import type { LoadedManifest } from './manifests.ts';
import { formatPath } from './problem.ts';
import { crdSchemas } from './schema.generated.ts';
import { CLUSTER_ONLY, type SchemaNode } from './schema.ts';
import { SYSTEM_NAMESPACE, type Workload } from './snapshot.ts';
import { NOT_BUILT } from './tiers.ts';
import type { BudgetPolicy, Manifest } from './types.generated.ts';

export interface NotInForce {
  /** Stands in every record: a stage's name, or kind/name and field. */
  readonly code: string;
  readonly sentence: string;
  /** Where it is asked for; absent where a tier's default asks. */
  readonly place?: string;
}

/** @param used the manifests that went into the snapshot */
export function outOfForce(
  all: readonly LoadedManifest[],
  used: readonly LoadedManifest[],
  workload: Workload,
): NotInForce[] {
  const notes: NotInForce[] = NOT_BUILT.map(({ code, sentence }) => ({ code, sentence }));
  for (const loaded of all) {
    const { kind, metadata } = loaded.manifest;
    const name = `${kind}/${metadata.name}`;
    const place = `${loaded.file}:${loaded.line}`;
    if (crdSchemas()[kind]?.schema.description?.startsWith(CLUSTER_ONLY)) {
      notes.push({ code: name, sentence: `${name}: ${kind}s run in a cluster only`, place });
      continue;
    }
    if (!used.includes(loaded)) {
      notes.push({
        code: name,
        sentence: `${kind} ${metadata.name} is not for ${workload.namespace}/${workload.name}: ${whyNot(loaded.manifest, used, workload)}`,
        place,
      });
      continue;
    }
    for (const path of clusterOnlyFields(loaded)) {
      notes.push({ code: `${name} ${path}`, sentence: `${name}: only a cluster can honour ${path}`, place });
    }
    if (loaded.manifest.kind !== 'BudgetPolicy' || workload.runner !== undefined) continue;
    for (const { name: limit, per } of [...loaded.manifest.spec.limits, ...loaded.manifest.spec.rates]) {
      if (per !== 'runner') continue;
      notes.push({
        code: `${name} ${limit}`,
        sentence: `${name}: ${limit} is per runner, and this workload is of none (they exist in a cluster only)`,
        place,
      });
    }
  }
  return notes;
}

function whyNot(manifest: Manifest, used: readonly LoadedManifest[], workload: Workload): string {
  const { namespace = workload.namespace } = manifest.metadata;
  if (namespace !== workload.namespace && namespace !== SYSTEM_NAMESPACE) return `it is in ${namespace}`;
  if (manifest.kind === 'BudgetPolicy') return `it is for ${selection(manifest)}`;
  const chosen = used.find((other) => other.manifest.kind === manifest.kind)?.manifest.metadata.name;
  return `the profile is ${chosen} (--profile chooses another)`;
}

/** @returns what a budget's selector asks for, as people say it */
function selection({ spec: { selector } }: BudgetPolicy): string {
  const names = selector?.workloads;
  const labels = Object.entries(selector?.labels ?? {}).map(([name, value]) => `${name}=${value}`);
  if (names?.length === 0) return 'no workload';
  const named = names === undefined ? '' : ` named ${names.join(' or ')}`;
  const labelled =
    labels.length === 0 ? '' : ` with the ${labels.length === 1 ? 'label' : 'labels'} ${labels.join(', ')}`;
  return `workloads${named}${labelled}`;
}

/** The topmost fields that are set and marked in the CRD as the cluster's alone. */
function clusterOnlyFields({ manifest }: LoadedManifest): string[] {
  const found: string[] = [];
  const walk = (schema: SchemaNode | undefined, value: unknown, path: string[]): void => {
    if (!schema || typeof value !== 'object' || value === null || Array.isArray(value)) return;
    for (const [name, item] of Object.entries(value)) {
      const property = schema.properties?.[name];
      if (property?.description?.startsWith(CLUSTER_ONLY)) found.push(formatPath([...path, name]));
      else walk(property, item, [...path, name]);
    }
  };
  walk(crdSchemas()[manifest.kind]?.schema, { spec: manifest.spec }, []);
  return found;
}
