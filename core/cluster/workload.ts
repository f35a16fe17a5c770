/**
 * Who pays for a pod: its topmost owner, followed live and believed only where that owner itself says so, since anyone
 * who may create a pod may write whatever owner into it.
 *
 *   pod ── ReplicaSet ── Deployment      each selects the pod by its labels, and has the UID that the reference names
 *       ── Job ── CronJob                the CronJob lists the Job among its own
 *       ── Job ── AgentRunner            the pod has its label too, which admission gives to nobody but controllers
 *       ── whatever else                 the ServiceAccount pays
 *
 * Names, never UIDs: deleting something and creating it again resets nothing.
 */

import { RUNNER_LABEL } from './names.ts';

export interface Owned {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly OwnerRef[];
  };
  readonly spec?: object;
  readonly status?: object;
}

export interface OwnerRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

/** @returns the object of this kind and name in the pod's namespace, as the API server has it now */
export type FindOwner = (ref: OwnerRef) => Owned | undefined;

export interface PodOwner {
  /** "deployment/triage", "agentrunner/nightly"; "serviceaccount/default" where no owner is believed. */
  readonly workload: string;
  /** The AgentRunner's name, when it is of one. */
  readonly runner?: string;
}

/** Kinds that are believed, and what has to own them in turn. */
const SELECTING: ReadonlySet<string> = new Set([
  'apps/v1 ReplicaSet',
  'apps/v1 Deployment',
  'apps/v1 StatefulSet',
  'apps/v1 DaemonSet',
  'batch/v1 Job',
]);
const DEEPEST = 4;

/** @param serviceAccount of the pod */
export function ownerOf(pod: Owned, serviceAccount: string, find: FindOwner): PodOwner {
  const { owners, isWhole } = follow(pod, find);
  const top = owners.at(-1);
  // A chain that can't be followed to its end has an end that nobody vouches for.
  return isWhole && top !== undefined ? nameOf(top.ref) : { workload: `serviceaccount/${serviceAccount}` };
}

/**
 * A pod of an AgentRunner that is not under it any longer would have left its budgets and its kill switch.
 *
 * @returns the AgentRunner that the pod was made for, where that does not own it; undefined: all is well
 */
export function lostRunner(pod: Owned, find: FindOwner): string | undefined {
  const runner = pod.metadata.labels?.[RUNNER_LABEL];
  return runner === undefined || ownerOf(pod, '', find).runner === runner ? undefined : runner;
}

/** @returns those that own the pod and are believed, the topmost last; also where the chain goes on and can't be followed */
export function ownersOf(pod: Owned, find: FindOwner): Owned[] {
  return follow(pod, find).owners.map(({ owner }) => owner);
}

interface Chain {
  readonly owners: readonly { readonly ref: OwnerRef; readonly owner: Owned }[];
  /** Its last owner has none. */
  readonly isWhole: boolean;
}

function follow(pod: Owned, find: FindOwner): Chain {
  const owners: { ref: OwnerRef; owner: Owned }[] = [];
  let top = pod;
  for (let depth = 0; depth < DEEPEST; depth++) {
    const ref = top.metadata.ownerReferences?.find(({ controller }) => controller === true);
    if (ref === undefined) return { owners, isWhole: true };
    const owner = find(ref);
    if (owner === undefined || owner.metadata.uid !== ref.uid || !believes(owner, ref, top, pod)) break;
    owners.push({ ref, owner });
    top = owner;
  }
  return { owners, isWhole: false };
}

function believes(owner: Owned, { apiVersion, kind, name }: OwnerRef, owned: Owned, pod: Owned): boolean {
  const type = `${apiVersion} ${kind}`;
  if (SELECTING.has(type)) return selects(owner, pod);
  if (type === 'batch/v1 CronJob') return lists(owner, owned);
  return type === 'tollgate.dev/v1alpha1 AgentRunner' && pod.metadata.labels?.[RUNNER_LABEL] === name;
}

function selects({ spec }: Owned, pod: Owned): boolean {
  const { matchLabels, matchExpressions } = (spec as { selector?: Selector } | undefined)?.selector ?? {};
  const labels = pod.metadata.labels ?? {};
  // An empty selector selects everything, which says nothing.
  if (matchLabels === undefined && matchExpressions === undefined) return false;
  const equal = Object.entries(matchLabels ?? {}).every(([label, value]) => labels[label] === value);
  return equal && (matchExpressions ?? []).every((expression) => holds(expression, labels));
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly Expression[];
}

interface Expression {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

function holds(
  { key, operator, values = [] }: Expression,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

function lists({ status }: Owned, job: Owned): boolean {
  const active = (status as { active?: readonly { uid?: string }[] } | undefined)?.active ?? [];
  return active.some(({ uid }) => uid === job.metadata.uid);
}

function nameOf({ kind, name }: OwnerRef): PodOwner {
  const workload = `${kind.toLowerCase()}/${name}`;
  return kind === 'AgentRunner' ? { workload, runner: name } : { workload };
}
