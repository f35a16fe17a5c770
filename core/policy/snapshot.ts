/**
 * All manifests that apply to one workload → its snapshot: merged, compiled, frozen, hashed.
 *
 *   BudgetPolicies ── selected ──────────> budgets    all of them apply; the built-in one where there is none at all
 *   ToolProfiles ──── chosen + cluster's ─> profiles  each is asked, and one refusal is enough; the built-in one likewise
 *   Providers ────────────────────────────> providers the built-in ones only for wires that no manifest speaks
 */
import { createHash } from 'node:crypto';
import { type Budget, compileBudget, selects } from './budget.ts';
import { canonical } from './canonical.ts';
import { type Choice, chooseProfiles } from './choose-profiles.ts';
import { specWithoutDefaults } from './defaults.ts';
import type { LoadedManifest } from './manifests.ts';
import { type NotInForce, outOfForce } from './not-in-force.ts';
import { type PodRules, podRules } from './pod-rules.ts';
import { compileProfile, type Profile } from './profile.ts';
import { compileProvider, type ProviderSpec } from './provider.ts';
import type { BudgetPolicy, Manifest, Provider, ToolProfile } from './types.generated.ts';

/** Who pays, with what selectors look at. */
export interface Workload {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The AgentRunner that it is of, in a cluster. */
  readonly runner?: string;
}

export interface Snapshot extends PodRules {
  /** SHA-256 over the manifests that all the rest is made of, without their defaults (defaults.ts), in hex. */
  readonly hash: string;
  readonly budgets: readonly Budget[];
  /** The workload's own profile first. */
  readonly profiles: readonly Profile[];
  readonly providers: readonly ProviderSpec[];
  readonly notInForce: readonly NotInForce[];
}

export interface SnapshotInput extends Choice {
  readonly manifests: readonly LoadedManifest[];
  /** Used where no BudgetPolicy or ToolProfile is in reach of the workload, or no Provider speaks the wire. */
  readonly builtIn: readonly LoadedManifest[];
  readonly workload: Workload;
}

type Reaching = { readonly kind: string; readonly metadata: { readonly namespace?: string | undefined } };

/** Manifests in this namespace apply to the whole cluster. */
export const SYSTEM_NAMESPACE = 'tollgate-system';

/** @returns the snapshot, or a sentence that says why these manifests do not make one */
export function buildSnapshot(input: SnapshotInput): Snapshot | { readonly error: string } {
  const { workload } = input;
  const inReach = input.manifests.filter(({ manifest }) => reaches(manifest, workload.namespace));
  const twins = findTwins(inReach, workload.namespace);
  if (twins) return twins;
  const chosen = chooseProfiles(
    ofKind<ToolProfile>(inReach, 'ToolProfile'),
    ofKind<ToolProfile>(input.builtIn, 'ToolProfile'),
    input,
  );
  if ('error' in chosen) return chosen;

  const budgets = chooseBudgets(ofKind<BudgetPolicy>(inReach, 'BudgetPolicy'), input);
  const providers = chooseProviders(ofKind<Provider>(inReach, 'Provider'), input.builtIn);
  const names = new Set(providers.map(({ manifest }) => manifest.metadata.name));
  for (const { manifest } of chosen.profiles) {
    const lost = manifest.spec.models.routes.find((route) => !names.has(route.provider));
    if (lost)
      return {
        error: `ToolProfile ${manifest.metadata.name} routes ${lost.model} to an unknown Provider ${lost.provider}`,
      };
  }
  const used = [...budgets, ...chosen.profiles, ...providers];
  const profiles = chosen.profiles.map(({ manifest }) => profileOf(manifest));
  return Object.freeze({
    hash: hashOf(used, workload),
    ...podRules(profiles),
    budgets: budgets.map(({ manifest }) =>
      compileBudget(manifest, workload.namespace, workload.runner !== undefined),
    ),
    profiles,
    providers: providers.map(({ manifest }) => compileProvider(manifest)),
    notInForce: outOfForce(input.manifests, used, workload),
  });
}

/** @returns whether a manifest is for workloads of this namespace; one that names none is of theirs */
export function reaches({ kind, metadata }: Reaching, namespace: string): boolean {
  if (kind === 'Provider') return true;
  const own = metadata.namespace ?? namespace;
  return own === namespace || own === SYSTEM_NAMESPACE;
}

/** One that names the workload's namespace and one that names none are the same object, and would share counters. */
function findTwins(manifests: readonly LoadedManifest[], namespace: string): { error: string } | undefined {
  const seen = new Map<string, LoadedManifest>();
  for (const loaded of manifests) {
    const { kind, metadata } = loaded.manifest;
    if (kind === 'Provider') continue;
    const id = `${kind} ${metadata.namespace ?? namespace}/${metadata.name}`;
    const first = seen.get(id);
    if (first) return { error: `${id} is there twice, at ${place(first)} and ${place(loaded)}` };
    seen.set(id, loaded);
  }
  return undefined;
}

function place({ file, line }: LoadedManifest): string {
  return `${file}:${line}`;
}

function ofKind<M extends Manifest>(
  manifests: readonly LoadedManifest[],
  kind: M['kind'],
): LoadedManifest<M>[] {
  return manifests.filter(({ manifest }) => manifest.kind === kind) as LoadedManifest<M>[];
}

/** A budget that is for others says that somebody has thought of budgets: then the built-in one stays away. */
function chooseBudgets(
  budgets: readonly LoadedManifest<BudgetPolicy>[],
  { builtIn, workload }: SnapshotInput,
): LoadedManifest<BudgetPolicy>[] {
  const candidates = budgets.length === 0 ? ofKind<BudgetPolicy>(builtIn, 'BudgetPolicy') : budgets;
  return candidates.filter(({ manifest }) => selects(manifest, workload));
}

/** @returns all that there are, and the built-in ones for wires that none of them speaks */
export function chooseProviders(
  providers: readonly LoadedManifest<Provider>[],
  builtIn: readonly LoadedManifest[],
): LoadedManifest<Provider>[] {
  const spoken = new Set(providers.flatMap(({ manifest }) => manifest.spec.wires));
  const added = ofKind<Provider>(builtIn, 'Provider').flatMap((loaded) => {
    const { manifest } = loaded;
    const wires = manifest.spec.wires.filter((wire) => !spoken.has(wire));
    return wires.length === 0
      ? []
      : [{ ...loaded, manifest: { ...manifest, spec: { ...manifest.spec, wires } } }];
  });
  return [...providers, ...added];
}

/** What of a manifest alone follows is made once: in a cluster a thousand workloads have the same. */
function oncePerManifest<M extends Manifest, T>(make: (manifest: M) => T): (manifest: M) => T {
  const made = new WeakMap<M, T>();
  return (manifest) => {
    const before = made.get(manifest);
    if (before !== undefined) return before;
    const now = make(manifest);
    made.set(manifest, now);
    return now;
  };
}

const profileOf = oncePerManifest(compileProfile);
const partOf = oncePerManifest(({ kind, metadata, spec }: Manifest) =>
  canonical({
    kind,
    name: metadata.name,
    namespace: metadata.namespace ?? null,
    spec: specWithoutDefaults(kind, spec),
  }),
);

function hashOf(used: readonly LoadedManifest[], workload: Workload): string {
  const parts = used.map(({ manifest }) => partOf(manifest));
  return createHash('sha256').update(canonical(workload)).update(parts.sort().join('\n')).digest('hex');
}
