/**
 * The policy in force for each caller: a snapshot is of one workload, and is made when that first calls, or when the
 * policies have changed. Where changed policies make none for a workload, its last good one stays in force.
 *
 *   policies ── change ──> generation + 1          of(caller) ── of this generation? ── yes ──> the snapshot at hand
 *                                                                        └── no: made anew ──> told of, if it differs
 */
import { type Refusal, refusal } from '../core/govern/refusals.ts';
import type { Snapshot, Workload } from '../core/policy/snapshot.ts';
import { PolicyError, type PolicyWatch } from './policies.ts';
import type { Identity } from './sidecar.ts';

export interface SnapshotsOptions {
  readonly watch: Pick<PolicyWatch, 'snapshotFor'>;
  /** The ToolProfile of those who have none of their own. */
  readonly profile: string | undefined;
  /** What is made of a snapshot before it is in force. */
  readonly adapt: (snapshot: Snapshot) => Snapshot;
  /** Called for each that comes into force. */
  onSnapshot(snapshot: Snapshot, workload: Workload): void;
  /** The policies make none for this workload. @param last whether an older one stays in force */
  onProblem(error: PolicyError, workload: Workload, last: boolean): void;
}

interface InForce {
  readonly generation: number;
  readonly made: { readonly snapshot: Snapshot } | { readonly error: PolicyError };
}

export class Snapshots {
  readonly #options: SnapshotsOptions;
  /** By what makes a snapshot another one: no more than there ever were keys. */
  readonly #inForce = new Map<string, InForce>();
  #generation = 0;

  constructor(options: SnapshotsOptions) {
    this.#options = options;
  }

  /** @returns the policy in force now, or why no call of this caller can be judged */
  of(identity: Identity): Snapshot | Refusal {
    const made = this.#current(identity);
    if ('snapshot' in made) return made.snapshot;
    return refusal('not_ready', { detail: `no policy fits its workload (${made.error.message})` });
  }

  /** @returns the policy in force now; @throws PolicyError when there is none */
  snapshotOf(identity: Identity): Snapshot {
    const made = this.#current(identity);
    if ('snapshot' in made) return made.snapshot;
    throw made.error;
  }

  /** The policies have changed. */
  changed(): void {
    this.#generation++;
  }

  #current(identity: Identity): InForce['made'] {
    const { workload } = identity.payer;
    const name = nameOf(identity);
    const before = this.#inForce.get(name);
    if (before?.generation === this.#generation) return before.made;
    const made = this.#make(identity);
    const last = before && 'snapshot' in before.made ? before.made : undefined;
    if ('error' in made) this.#options.onProblem(made.error, workload, last !== undefined);
    else if (made.snapshot.hash !== last?.snapshot.hash) this.#options.onSnapshot(made.snapshot, workload);
    const inForce = 'error' in made && last ? last : made;
    this.#inForce.set(name, { generation: this.#generation, made: inForce });
    return inForce;
  }

  #make({ payer, profile = this.#options.profile }: Identity): InForce['made'] {
    try {
      const snapshot = this.#options.watch.snapshotFor({ workload: payer.workload, profile });
      return { snapshot: this.#options.adapt(snapshot) };
    } catch (error) {
      // Whatever it is, it concerns this caller, and must not end the process that others use.
      return { error: error instanceof PolicyError ? error : new PolicyError([String(error)]) };
    }
  }
}

function nameOf({ payer: { workload }, profile }: Identity): string {
  return JSON.stringify([workload.namespace, workload.name, workload.labels, profile ?? null]);
}
