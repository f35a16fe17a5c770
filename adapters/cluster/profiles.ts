/**
 * What the ToolProfiles of the cluster ask of pods, by namespace and by the profile that a pod names: its workload does
 * not matter. Admission and the egress gateway go by this, and come to what the workload's snapshot says.
 *
 *   API server ── watch ──> ToolProfiles ──> those in reach of a namespace ── chosen as for a snapshot ──> tier, network
 *
 * Where the profiles make no answer, the last good one is told beside the reason, as for snapshots (policies.ts).
 */
import { clusterBuiltIn } from '../../core/policy/built-in.ts';
import { CLUSTER_CHOICE, chooseProfiles } from '../../core/policy/choose-profiles.ts';
import type { LoadedManifest } from '../../core/policy/manifests.ts';
import { type PolicyObject, policyObject, readObjects } from '../../core/policy/objects.ts';
import { type PodRules, podRules } from '../../core/policy/pod-rules.ts';
import { formatProblem } from '../../core/policy/problem.ts';
import { compileProfile, type Profile } from '../../core/policy/profile.ts';
import { reaches } from '../../core/policy/snapshot.ts';
import type { ToolProfile } from '../../core/policy/types.generated.ts';

export type PodRulesAnswer =
  | { readonly rules: PodRules; readonly problem?: undefined }
  /** The last good ones, if there were any. */
  | { readonly rules: PodRules | undefined; readonly problem: string };

interface Kept {
  readonly generation: number;
  readonly answer: PodRulesAnswer;
}

type Loaded = LoadedManifest<ToolProfile>;

/** Anybody's pod may name any profile; what nobody asks for any longer is forgotten in turn. */
const MOST_KEPT = 20_000;

export class ClusterProfiles {
  #objects: readonly PolicyObject[] = [];
  #generation = 0;
  readonly #kept = new Map<string, Kept>();
  /** By the object itself, so that a profile that has not changed is read once. */
  readonly #read = new WeakMap<PolicyObject, Loaded | string>();
  readonly #compiled = new WeakMap<ToolProfile, Profile>();
  readonly #builtIn = clusterBuiltIn().filter(isProfile);

  /** All ToolProfiles of the cluster, as they are now; other kinds are left out. */
  replace(objects: readonly PolicyObject[]): void {
    this.#objects = objects.filter(({ kind }) => kind === 'ToolProfile');
    this.#generation++;
  }

  /** @param profile name of the ToolProfile that a pod asks for; undefined: none */
  of(namespace: string, profile: string | undefined): PodRulesAnswer {
    const id = JSON.stringify([namespace, profile ?? null]);
    const before = this.#kept.get(id);
    if (before?.generation === this.#generation) return before.answer;
    const made = this.#make(namespace, profile);
    const answer: PodRulesAnswer =
      typeof made === 'string' ? { rules: before?.answer.rules, problem: made } : { rules: made };
    this.#kept.delete(id);
    this.#kept.set(id, { generation: this.#generation, answer });
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value ?? '');
    return answer;
  }

  /** @returns a sentence where there is no answer */
  #make(namespace: string, profile: string | undefined): PodRules | string {
    const read = this.#objects
      .filter((object) => reaches(object, namespace))
      .map((object) => this.#manifest(object));
    const problem = read.find((one) => typeof one === 'string');
    if (problem !== undefined) return problem;
    const chosen = chooseProfiles(
      read.filter((one) => typeof one !== 'string'),
      this.#builtIn,
      { ...CLUSTER_CHOICE, ...(profile === undefined ? {} : { profile }) },
    );
    if ('error' in chosen) return `${chosen.error} (namespace ${namespace})`;
    return podRules(chosen.profiles.map(({ manifest }) => this.#compile(manifest)));
  }

  /** @returns a sentence where this release does not understand it */
  #manifest(object: PolicyObject): Loaded | string {
    const known = this.#read.get(object);
    if (known !== undefined) return known;
    const { manifests, problems } = readObjects([policyObject(object)]);
    const [first] = manifests.filter(isProfile);
    const read = problems.length > 0 || first === undefined ? problems.map(formatProblem).join('\n') : first;
    this.#read.set(object, read);
    return read;
  }

  #compile(manifest: ToolProfile): Profile {
    const known = this.#compiled.get(manifest);
    if (known !== undefined) return known;
    const profile = compileProfile(manifest);
    this.#compiled.set(manifest, profile);
    return profile;
  }
}

function isProfile(loaded: LoadedManifest): loaded is Loaded {
  return loaded.manifest.kind === 'ToolProfile';
}
