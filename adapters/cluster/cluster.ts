/**
 * What control knows of the cluster: governed pods and who owns them, policies, and the Secrets of Providers; each kept as
 * the API server last said.
 *
 *   watch ──> pods ── owners ──> caller      watch ──> manifests ──> policies      Secret by name, when it is needed
 */

import { agentNamed } from '../../core/agents/agents.ts';
import { AGENT, GOVERNED_LABEL, TOOL_PROFILE } from '../../core/cluster/names.ts';
import { type Owned, type OwnerRef, ownerOf } from '../../core/cluster/workload.ts';
import type { PolicyObject } from '../../core/policy/objects.ts';
import type { KubeClient } from '../kube/client.ts';
import { type KubeObject, type Resource, resource } from '../kube/object.ts';
import { Reflector } from '../kube/reflector.ts';
import type { ReflectorHooks } from '../kube/reflector-options.ts';
import type { Caller } from '../tokens/tokens.ts';
import type { SidecarCaller } from './caller.ts';

type Any = KubeObject & { readonly spec?: object; readonly status?: object };
type Pod = Any & { readonly spec?: { readonly serviceAccountName?: string } };

const PODS = resource<Pod>('v1 Pod', 'pods');
/** Kinds that may own a pod, by apiVersion and kind. */
const OWNERS = [
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
  /** A pod, an owner or a kill switch has changed. */
  onChange(): void;
}

const RUNNERS = 'tollgate.dev/v1alpha1 AgentRunner';

export class Cluster {
  readonly #pods: Reflector<Pod>;
  readonly #owners: ReadonlyMap<string, Reflector<Any>>;
  readonly #policies: readonly Reflector<Any>[];
  readonly #options: ClusterOptions;

  constructor(options: ClusterOptions) {
    this.#options = options;
    const { client, hooks } = options;
    this.#pods = new Reflector(client, PODS, {
      labelSelector: `${GOVERNED_LABEL}=true`,
      slim: slimPod,
      hooks: hooks(PODS),
    });
    this.#owners = new Map(
      OWNERS.map((of) => [
        `${of.group}/${of.version} ${of.kind}`,
        new Reflector(client, of, { slim: slimOwner, hooks: hooks(of) }),
      ]),
    );
    this.#policies = POLICIES.map((of) => new Reflector(client, of, { hooks: hooks(of) }));
  }

  /** @returns when everything has been read once */
  async start(): Promise<void> {
    const all = [this.#pods, ...this.#owners.values(), ...this.#policies];
    for (const reflector of all) reflector.start();
    await Promise.all(all.map((reflector) => reflector.synced()));
    this.#tellPolicies();
    const changed = () => this.#options.onChange();
    const policies = () => this.#tellPolicies();
    this.#pods.on({ delete: changed });
    for (const reflector of this.#policies)
      reflector.on({ add: policies, update: policies, delete: policies });
    this.#owners.get(RUNNERS)?.on({ update: changed });
  }

  async stop(): Promise<void> {
    await Promise.all(
      [this.#pods, ...this.#owners.values(), ...this.#policies].map((reflector) => reflector.stop()),
    );
  }

  /** @returns who asks; undefined when there is no such pod, or it is not governed */
  caller({ namespace, name, uid, serviceAccount }: Caller): SidecarCaller | undefined {
    const pod = this.#pods.store.get(`${namespace}/${name}`);
    if (pod === undefined || pod.metadata.uid !== uid) return undefined;
    if ((pod.spec?.serviceAccountName ?? 'default') !== serviceAccount) return undefined;
    const { labels = {}, annotations = {} } = pod.metadata;
    const owner = ownerOf(pod, serviceAccount, (ref) => this.#find(namespace, ref));
    const session = this.#session(namespace, owner.runner) ?? uid;
    return {
      pod: { namespace, name, uid },
      serviceAccount,
      payer: { workload: { namespace, name: owner.workload, labels: ownLabels(labels) }, session },
      runner: owner.runner,
      agent: agentNamed(annotations[AGENT] ?? ''),
      profile: annotations[TOOL_PROFILE],
    };
  }

  /** @returns why no call of it may be made, in its author's words; undefined: calls may be made */
  killed({ payer, runner }: SidecarCaller): string | undefined {
    if (runner === undefined) return undefined;
    const found = this.#runner(payer.workload.namespace, runner);
    const { kill } = (found?.spec ?? {}) as { kill?: string };
    return kill || undefined;
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

  #tellPolicies(): void {
    this.#options.onPolicies(
      this.#policies.flatMap(({ store }) => [...store.list()]) as unknown as PolicyObject[],
    );
  }
}

/** Labels that Kubernetes or Tollgate puts on pods say nothing of the workload, and some change with each rollout. */
function ownLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  const foreign =
    /^(?:[\w.-]*\.)?(?:kubernetes\.io|k8s\.io|tollgate\.dev)\/|^(?:pod-template-hash|controller-revision-hash|controller-uid|job-name)$/;
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !foreign.test(name)));
}

function slimPod({ apiVersion, kind, metadata, spec }: Pod): Pod {
  const { serviceAccountName } = spec ?? {};
  return {
    ...head(apiVersion, kind),
    metadata,
    spec: serviceAccountName === undefined ? {} : { serviceAccountName },
  };
}

/** Of an owner: whom it selects, which Jobs it has, and whether it was killed. */
function slimOwner({ apiVersion, kind, metadata, spec, status }: Any): Any {
  const { selector, kill } = (spec ?? {}) as { selector?: object; kill?: string };
  const { active } = (status ?? {}) as { active?: unknown };
  return {
    ...head(apiVersion, kind),
    metadata,
    spec: { ...(selector === undefined ? {} : { selector }), ...(kill === undefined ? {} : { kill }) },
    status: Array.isArray(active) ? { active } : {},
  };
}

function head(apiVersion: string | undefined, kind: string | undefined) {
  return { ...(apiVersion === undefined ? {} : { apiVersion }), ...(kind === undefined ? {} : { kind }) };
}
