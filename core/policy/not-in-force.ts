/** What the manifests ask for and nothing here honours: said by `check`, at start, and in every record. */
import type { LoadedManifest } from './manifests.ts';
import { formatPath } from './problem.ts';
import { crdSchemas } from './schema.generated.ts';
import { CLUSTER_ONLY, type SchemaNode } from './schema.ts';
import type { Workload } from './snapshot.ts';
import { NOT_BUILT } from './tiers.ts';

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
  const notes: NotInForce[] = [...NOT_BUILT];
  for (const loaded of all) {
    const { kind, metadata } = loaded.manifest;
    const name = `${kind}/${metadata.name}`;
    const place = `${loaded.file}:${loaded.line}`;
    if (!used.includes(loaded)) {
      notes.push({
        code: name,
        sentence: `${kind} ${metadata.name} is not for ${workload.namespace}/${workload.name}`,
        place,
      });
      continue;
    }
    for (const path of clusterOnlyFields(loaded)) {
      notes.push({ code: `${name} ${path}`, sentence: `${name}: only a cluster can honour ${path}`, place });
    }
    if (loaded.manifest.kind !== 'BudgetPolicy') continue;
    for (const { name: limit, per } of [...loaded.manifest.spec.limits, ...loaded.manifest.spec.rates]) {
      if (per !== 'runner') continue;
      notes.push({
        code: `${name} ${limit}`,
        sentence: `${name}: ${limit} is per runner, and runners exist in a cluster only`,
        place,
      });
    }
  }
  return notes;
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
