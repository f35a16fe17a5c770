/**
 * The policy of a pod, as it comes down from control: made into a snapshot here, by the same rules, and in force only when
 * it comes to the same hash. One that this release can't make is not half followed: calls are refused.
 *
 *   policy event ── manifests ── snapshot ── same hash? ── yes ──> in force, recorded, reported
 *                                                └── no ──> calls are refused; control is told why
 */
import type { KillEvent, PolicyEvent, ReportMessage, WorkloadMessage } from '../../control-api/messages.ts';
import type { PolicyInForce } from '../../core/audit/entry.ts';
import { type Refusal, refusal } from '../../core/govern/refusals.ts';
import { clusterBuiltIn } from '../../core/policy/built-in.ts';
import { CLUSTER_CHOICE } from '../../core/policy/choose-profiles.ts';
import { type PolicyObject, readObjects } from '../../core/policy/objects.ts';
import { formatProblem } from '../../core/policy/problem.ts';
import { buildSnapshot, type Snapshot, type Workload } from '../../core/policy/snapshot.ts';
import { policyEntry } from '../policy-entry.ts';

export interface PodPolicyOptions {
  /** Each snapshot that comes into force. */
  onSnapshot(snapshot: Snapshot, entry: PolicyInForce): void;
  onReport(report: ReportMessage): void;
  /** The kill switch was put on. */
  onKill(reason: string): void;
}

export class PodPolicy {
  readonly #options: PodPolicyOptions;
  readonly #builtIn = clusterBuiltIn();
  #snapshot: Snapshot | undefined;
  #problem = 'control has not said which policy is in force';
  #killed: string | undefined;

  constructor(options: PodPolicyOptions) {
    this.#options = options;
  }

  /** Why no call can be judged, whoever asks; undefined: calls can be. */
  get problem(): string | undefined {
    return this.#snapshot === undefined ? this.#problem : undefined;
  }

  /** @returns the policy in force, or why no call can be judged now */
  of(): Snapshot | Refusal {
    if (this.#killed !== undefined) return refusal('killed', { reason: this.#killed });
    return this.#snapshot ?? refusal('not_ready', { detail: this.#problem });
  }

  kill({ reason }: KillEvent): void {
    const before = this.#killed;
    this.#killed = reason ?? undefined;
    if (reason !== null && before === undefined) this.#options.onKill(reason);
  }

  /** Control has no policy for this pod. One that is in force stays so: control refuses calls as long as that lasts. */
  explain(problem: string | null): void {
    if (problem !== null) this.#problem = `no policy fits this pod: ${problem}`;
  }

  take(event: PolicyEvent): void {
    const { onSnapshot, onReport } = this.#options;
    const made = this.#make(event);
    if (typeof made === 'string') {
      this.#snapshot = undefined;
      this.#problem = made;
      onReport({ snapshot: null, problem: made });
      return;
    }
    this.#snapshot = made;
    onSnapshot(made, policyEntry(made, event.workload));
    onReport({ snapshot: made.hash, problem: null });
  }

  /** @returns a sentence where there is none */
  #make({ hash, manifests, workload, profile }: PolicyEvent): Snapshot | string {
    const { manifests: read, problems } = readObjects(manifests as readonly PolicyObject[]);
    if (problems.length > 0)
      return `this release does not understand the policy in force:\n${problems.map(formatProblem).join('\n')}`;
    const snapshot = buildSnapshot({
      manifests: read,
      builtIn: this.#builtIn,
      workload: workloadOf(workload),
      ...CLUSTER_CHOICE,
      ...(profile === null ? {} : { profile }),
    });
    if ('error' in snapshot) return snapshot.error;
    if (snapshot.hash === hash) return snapshot;
    return 'this release makes another policy of the manifests than control does: it is of another version';
  }
}

/** What of the message makes the snapshot, and nothing that a later release may add to it. */
export function workloadOf({ namespace, name, labels, runner }: WorkloadMessage): Workload {
  return { namespace, name, labels, ...(runner === undefined ? {} : { runner }) };
}
