/**
 * The policy of each workload, from the manifests of the cluster.
 *
 *   API server ── watch ──> manifests ──> those in reach of a workload ──> its snapshot: budgets are checked here,
 *                                                       └── the manifests themselves go down to its sidecars
 *
 * Where the manifests make no snapshot for a workload, its last good one stays in force, and the reason is told.
 */
import { clusterBuiltIn } from '../../core/policy/built-in.ts';
import { CLUSTER_CHOICE } from '../../core/policy/choose-profiles.ts';
import { reduced } from '../../core/policy/defaults.ts';
import type { LoadedManifest, ReadResult } from '../../core/policy/manifests.ts';
import { type PolicyObject, policyObject, readObjects } from '../../core/policy/objects.ts';
import { formatProblem } from '../../core/policy/problem.ts';
import { buildSnapshot, reaches, type Snapshot, type Workload } from '../../core/policy/snapshot.ts';

/** What a workload's sidecar needs to make the same snapshot. */
export interface WorkloadPolicy {
  readonly snapshot: Snapshot;
  readonly objects: readonly PolicyObject[];
}

export type PolicyAnswer =
  | { readonly policy: WorkloadPolicy; readonly problem?: string }
  | { readonly problem: string };

interface Kept {
  readonly generation: number;
  readonly answer: PolicyAnswer;
}

/** A manifest of the cluster, read once: a thousand workloads may be in its reach. */
interface ReadObject {
  readonly object: PolicyObject;
  /** As sidecars are told it: older ones too know all that it has, unless somebody uses what is new. */
  readonly sent: PolicyObject;
  readonly read: ReadResult;
}

/** Policies of workloads that nobody asks for any longer are forgotten in turn. */
const MOST_KEPT = 20_000;

export class ClusterPolicies {
  /** By what they say: those that stay as they were are not read again. */
  #objects: ReadonlyMap<string, ReadObject> = new Map();
  #generation = 0;
  readonly #kept = new Map<string, Kept>();
  readonly #builtIn = clusterBuiltIn();

  /** All BudgetPolicies, ToolProfiles and Providers of the cluster, as they are now. */
  replace(objects: readonly PolicyObject[]): void {
    const before = this.#objects;
    this.#objects = new Map(
      objects.map((whole) => {
        const object = policyObject(whole);
        const text = JSON.stringify(object);
        return [text, before.get(text) ?? { object, sent: reduced(object), read: readObjects([object]) }];
      }),
    );
    this.#generation++;
  }

  /** @param profile name of the ToolProfile that the pod asks for */
  of(workload: Workload, profile: string | undefined): PolicyAnswer {
    const id = JSON.stringify([workload, profile ?? null]);
    const before = this.#kept.get(id);
    if (before?.generation === this.#generation) return before.answer;
    const answer = this.#make(workload, profile, before?.answer);
    this.#kept.delete(id);
    this.#kept.set(id, { generation: this.#generation, answer });
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value ?? '');
    return answer;
  }

  #make(workload: Workload, profile: string | undefined, before: PolicyAnswer | undefined): PolicyAnswer {
    const reaching = [...this.#objects.values()].filter(({ object }) => reaches(object, workload.namespace));
    const problems = reaching.flatMap(({ read }) => read.problems);
    const manifests = reaching.flatMap(({ read }) => read.manifests);
    const made =
      problems.length > 0
        ? problems.map(formatProblem).join('\n')
        : this.#build(manifests, workload, profile);
    if (typeof made !== 'string')
      return { policy: { snapshot: made, objects: reaching.map(({ sent }) => sent) } };
    return before !== undefined && 'policy' in before
      ? { policy: before.policy, problem: made }
      : { problem: made };
  }

  /** @returns a sentence where there is none */
  #build(
    manifests: readonly LoadedManifest[],
    workload: Workload,
    profile: string | undefined,
  ): Snapshot | string {
    const asked = {
      manifests,
      builtIn: this.#builtIn,
      workload,
      ...CLUSTER_CHOICE,
      ...(profile === undefined ? {} : { profile }),
    };
    const snapshot = buildSnapshot(asked);
    return 'error' in snapshot ? snapshot.error : snapshot;
  }
}
