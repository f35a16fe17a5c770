/**
 * What control and the gateway know of the cluster: governed pods and who owns them, and policies; each kept as the API
 * server last said.
 *
 *   watch ──> pods ── owners ──> caller      watch ──> manifests ──> policies
 */

import { agentNamed } from '../../core/agents/agents.ts';
import { AGENT, GOVERNED_LABEL, NETWORK_LABEL, PHASE_LABEL, TOOL_PROFILE } from '../../core/cluster/names.ts';
import { lostRunner, type Owned, type OwnerRef, ownerOf, ownersOf } from '../../core/cluster/workload.ts';
import type { PolicyObject } from '../../core/policy/objects.ts';
import type { KubeClient } from '../kube/client.ts';
import { type Resource, resource } from '../kube/object.ts';
import { Reflector } from '../kube/reflector.ts';
import type { ReflectorHooks, ReflectorTimes } from '../kube/reflector-options.ts';
import type { Caller } from '../tokens/tokens.ts';
import type { SidecarCaller } from './caller.ts';
import { BY_NAMESPACE, type KeptFence, NETWORK_POLICIES, slimFence, Widenings } from './fences.ts';
import {
  type Any,
  isItsOwn,
  isSameOwner,
  isSamePolicy,
  killOf,
  type Pod,
  slimOwner,
  slimPod,
  slimPolicy,
} from './slim.ts';

const PODS = resource<Pod>('v1 Pod', 'pods');
/** Kinds that may own a pod. */
export const OWNERS = [
  resource<Any>('apps/v1 ReplicaSet', 'replicasets'),
  resource<Any>('apps/v1 Deployment', 'deployments'),
  resource<Any>('apps/v1 StatefulSet', 'statefulsets'),
  resource<Any>('apps/v1 DaemonSet', 'daemonsets'),
  resource<Any>('batch/v1 Job', 'jobs'),
  resource<Any>('batch/v1 CronJob', 'cronjobs'),
  resource<Any>('tollgate.dev/v1alpha1 AgentRunner', 'agentrunners'),
];
const POLICIES = [
  resource<Any>('tollgate.dev/v1alpha1 BudgetPolicy', 'budgetpolicies'),
  resource<Any>('tollgate.dev/v1alpha1 ToolProfile', 'toolprofiles'),
  resource<Any>('tollgate.dev/v1alpha1 Provider', 'providers', false),
];

export interface ClusterOptions {
  readonly client: KubeClient;
  readonly hooks: (resource: Resource) => ReflectorHooks;
  onPolicies(objects: readonly PolicyObject[]): void;
  /** A pod has gone, or a kill switch has changed; in this namespace. */
  onChange?(namespace: string): void;
  /** This pod has come, has changed, or has gone. */
  onPod?(uid: string): void;
  /** Who owns which pods of this namespace may be another, or a kill switch, or what fences them. */
  onOwners?(namespace: string): void;
  /** Kinds to be watched, where not all matter; each asks for rights of its own. */
  readonly kinds?: ReadonlySet<string>;
  readonly times?: Partial<ReflectorTimes>;
}

/** A governed pod, as it is now. */
export interface KnownPod {
  readonly caller: SidecarCaller;
  /** As admission labelled it. */
  readonly phase: string | undefined;
  readonly door: string | undefined;
  /** As its kubelet says them; none until it has. */
  readonly addresses: readonly string[];
  /** All its containers have ended, for good. */
  readonly ended: boolean;
}

const RUNNERS = 'tollgate.dev/v1alpha1 AgentRunner';
const UID = 'uid';

export class Cluster {
  readonly #pods: Reflector<Pod>;
  readonly #owners: ReadonlyMap<string, Reflector<Any>>;
  readonly #policies: readonly Reflector<Any>[];
  readonly #fences: Reflector<KeptFence>;
  readonly #widenings: Widenings;
  readonly #all: readonly Pick<Reflector<Any>, 'start' | 'stop' | 'synced' | 'lastEventAgeMs'>[];
  readonly #options: ClusterOptions;
  #isWhole = false;
  #telling: NodeJS.Immediate | undefined;

  constructor(options: ClusterOptions) {
    this.#options = options;
    const { client, hooks, kinds, times = {} } = options;
    const wanted = ({ kind }: Resource) => kinds?.has(kind) ?? true;
    this.#pods = new Reflector(client, PODS, {
      labelSelector: `${GOVERNED_LABEL}=true`,
      slim: slimPod,
      indexers: {
        [UID]: ({ metadata }) => [metadata.uid],
        [BY_NAMESPACE]: ({ metadata }) => [metadata.namespace ?? ''],
      },
      hooks: hooks(PODS),
      times,
    });
    this.#owners = new Map(
      OWNERS.filter(wanted).map((of) => [
        `${of.group}/${of.version} ${of.kind}`,
        new Reflector(client, of, { slim: slimOwner, hooks: hooks(of), times }),
      ]),
    );
    this.#policies = POLICIES.filter(wanted).map(
      (of) => new Reflector(client, of, { slim: slimPolicy, hooks: hooks(of), times }),
    );
    this.#fences = new Reflector(client, NETWORK_POLICIES, {
      slim: slimFence,
      indexers: { [BY_NAMESPACE]: ({ metadata }) => [metadata.namespace ?? ''] },
      hooks: hooks(NETWORK_POLICIES),
      times,
    });
    this.#widenings = new Widenings(this.#fences);
    this.#all = [this.#pods, ...this.#owners.values(), ...this.#policies, this.#fences];
  }

  /** @returns when everything has been read once, or it was stopped */
  async start(): Promise<void> {
    for (const reflector of this.#all) reflector.start();
    const read = await Promise.all(this.#all.map((reflector) => reflector.synced()));
    if (!read.every(Boolean)) return;
    this.#tellPolicies();
    this.#isWhole = true;
    const { onChange, onPod, onOwners } = this.#options;
    const pod = ({ metadata: { uid } }: Pod) => onPod?.(uid);
    this.#pods.on({ add: pod, update: pod, delete: pod });
    const changed = ({ metadata: { namespace = '' } }: Any) => onChange?.(namespace);
    const owned = ({ metadata: { namespace = '' } }: Any) => onOwners?.(namespace);
    const killed = (now: Any, old: Any) => {
      if (killOf(now) !== killOf(old)) changed(now);
    };
    this.#pods.on({ update: killed, delete: changed });
    const fenced = (policy: Any) => {
      owned(policy);
      changed(policy);
    };
    this.#fences.on({ add: fenced, update: fenced, delete: fenced });
    const policies = () => this.#tellSoon();
    const policy = (now: Any, old: Any) => {
      if (!isSamePolicy(now, old)) policies();
    };
    for (const reflector of this.#policies) reflector.on({ add: policies, update: policy, delete: policies });
    for (const reflector of this.#owners.values())
      reflector.on({
        add: owned,
        update: (now, old) => {
          if (!isSameOwner(now, old)) owned(now);
          killed(now, old);
        },
        delete: owned,
      });
  }

  async stop(): Promise<void> {
    clearImmediate(this.#telling);
    await Promise.all(this.#all.map((reflector) => reflector.stop()));
  }

  /**
   * Until when nothing can have been missed but what is under way: the last news, a bookmark at least, of the resource
   * that was silent for longest.
   *
   * @returns epoch ms; undefined: not everything was read yet
   */
  heardAt(): number | undefined {
    if (!this.#isWhole) return undefined;
    return Date.now() - Math.max(...this.#all.map(({ lastEventAgeMs }) => lastEventAgeMs));
  }

  /** @returns who asks; undefined when there is no such pod, or it is not governed */
  caller({ namespace, name, uid, serviceAccount }: Caller): SidecarCaller | undefined {
    const pod = this.#pods.store.get(`${namespace}/${name}`);
    if (pod === undefined || pod.metadata.uid !== uid) return undefined;
    const caller = this.#callerOf(pod);
    return caller.serviceAccount === serviceAccount ? caller : undefined;
  }

  /** @returns the UIDs of its governed pods */
  podsOf(namespace: string): string[] {
    return this.#pods.store.find(BY_NAMESPACE, namespace).map(({ metadata: { uid } }) => uid);
  }

  /** @returns undefined when no governed pod has this UID */
  pod(uid: string): KnownPod | undefined {
    const [pod] = this.#pods.store.find(UID, uid);
    if (pod === undefined) return undefined;
    const { labels = {} } = pod.metadata;
    return {
      caller: this.#callerOf(pod),
      phase: labels[PHASE_LABEL],
      door: labels[NETWORK_LABEL],
      addresses: (pod.status?.podIPs ?? []).flatMap(({ ip }) => (ip === undefined ? [] : [ip])),
      ended: pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed',
    };
  }

  #callerOf(pod: Pod): SidecarCaller {
    const { namespace = '', name, uid, labels = {}, annotations = {} } = pod.metadata;
    const serviceAccount = pod.spec?.serviceAccountName ?? 'default';
    const owner = ownerOf(pod, serviceAccount, (ref) => this.#find(namespace, ref));
    const { runner } = owner;
    const session = this.#session(namespace, runner) ?? uid;
    const workload = { namespace, name: owner.workload, labels: ownLabels(labels) };
    return {
      pod: { namespace, name, uid },
      serviceAccount,
      payer: { workload: runner === undefined ? workload : { ...workload, runner }, session },
      runner,
      agent: agentNamed(annotations[AGENT] ?? ''),
      profile: annotations[TOOL_PROFILE],
    };
  }

  /**
   * @returns why no call of it may be made: in the words of who used the kill switch, or because its network has become
   *   wider than its fence; undefined: calls may be made
   */
  killed({ pod: { namespace, name, uid } }: SidecarCaller): string | undefined {
    const pod = this.#pods.store.get(`${namespace}/${name}`);
    if (pod === undefined || pod.metadata.uid !== uid) return undefined;
    const find = (ref: OwnerRef) => this.#find(namespace, ref);
    const lost = lostRunner(pod, find);
    if (lost !== undefined)
      return `This pod was made for the AgentRunner ${lost}, which does not own it: it is gone, or owners or labels were changed.`;
    const owners = ownersOf(pod, find) as Any[];
    const killed = [pod, ...owners.filter(isItsOwn)].map(killOf).findLast((reason) => reason !== undefined);
    if (killed !== undefined) return killed;
    const wider = this.#widenings.of(namespace, pod.metadata.labels ?? {});
    return wider === undefined ? undefined : `The network of this pod is wider than its fence: ${wider}.`;
  }

  /** All BudgetPolicies, ToolProfiles and Providers as they are now, with their status. */
  policies(): Any[] {
    return this.#policies.flatMap(({ store }) => [...store.list()]);
  }

  #session(namespace: string, runner: string | undefined): string | undefined {
    if (runner === undefined) return undefined;
    return this.#runner(namespace, runner)?.metadata.uid;
  }

  #runner(namespace: string, name: string): Any | undefined {
    return this.#owners.get(RUNNERS)?.store.get(`${namespace}/${name}`);
  }

  #find(namespace: string, { apiVersion, kind, name }: OwnerRef): Owned | undefined {
    return this.#owners.get(`${apiVersion} ${kind}`)?.store.get(`${namespace}/${name}`);
  }

  /** Many come at once, and each telling tells all. */
  #tellSoon(): void {
    clearImmediate(this.#telling);
    this.#telling = setImmediate(() => this.#tellPolicies());
  }

  #tellPolicies(): void {
    this.#options.onPolicies(this.policies() as unknown as PolicyObject[]);
  }
}

/** Labels that Kubernetes or Tollgate puts on pods say nothing of the workload, and some change with each rollout. */
function ownLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  const foreign =
    /^(?:[\w.-]*\.)?(?:kubernetes\.io|k8s\.io|tollgate\.dev)\/|^(?:pod-template-hash|controller-revision-hash|controller-uid|job-name)$/;
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !foreign.test(name)));
}
