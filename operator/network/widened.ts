/**
 * Tells people when the network of governed pods has become wider than its fence: control and the gateway stop such pods,
 * and the webhook lets no new one in.
 *
 *   NetworkPolicies, governed pods ── changed ──> key: the namespace ──> wider than before, or otherwise?
 *                                                    │ yes: once ──┬── Event EgressWidened on the pods' owner
 *                                                    │             ├── log
 *                                                    │             └── metric: how many pods
 *                                                    └─ no longer ──> Event EgressNarrowed
 *
 * A policy that was there for a moment alone is told of too: connections that were made meanwhile stay.
 */
import { createHash } from 'node:crypto';
import { Gauge, type Registry } from 'prom-client';
import { BY_NAMESPACE, type KeptFence } from '../../adapters/cluster/fences.ts';
import { type Pod, slimPod } from '../../adapters/cluster/slim.ts';
import type { KubeClient } from '../../adapters/kube/client.ts';
import type { Regarding } from '../../adapters/kube/event-record.ts';
import type { EventRecorder } from '../../adapters/kube/events.ts';
import { resource } from '../../adapters/kube/object.ts';
import { type QueueHooks, WorkQueue } from '../../adapters/kube/queue.ts';
import { Reflector } from '../../adapters/kube/reflector.ts';
import type { ReflectorHooks } from '../../adapters/kube/reflector-options.ts';
import type { Log } from '../../adapters/telemetry/log.ts';
import { type Widening, wideningsOf } from '../../core/cluster/fences.ts';
import { FENCES, GOVERNED_LABEL } from '../../core/cluster/names.ts';
import { topmost } from './owner.ts';

const PODS = resource<Pod>('v1 Pod', 'pods');
const FENCE_NAMES: ReadonlySet<string> = new Set(Object.values(FENCES));
/** Policies that are named to people; there may be thousands. */
const MOST_NAMED = 10;
/** Policies of a namespace that are kept until it is looked at. */
const MOST_PASSING = 100;

export interface WidenedOptions {
  readonly client: KubeClient;
  /** All that there are, found by `namespace`. */
  readonly policies: Pick<Reflector<KeptFence>, 'store' | 'on'>;
  readonly events: Pick<EventRecorder, 'record'>;
  readonly log: Log;
  readonly registry: Registry;
  readonly podHooks: ReflectorHooks;
  readonly queueHooks: QueueHooks;
}

/** An owner whose pods are let out, as it was told. */
interface Told {
  readonly about: Regarding;
  readonly pods: ReadonlySet<string>;
  readonly widenings: string;
}

export class WidenedWatch {
  readonly #options: WidenedOptions;
  readonly #pods: Reflector<Pod>;
  readonly #queue: WorkQueue;
  /** By namespace: policies as they have been since it was looked at last. */
  readonly #passing = new Map<string, KeptFence[]>();
  /** By namespace, then by the owner's UID. */
  readonly #told = new Map<string, ReadonlyMap<string, Told>>();

  constructor(options: WidenedOptions) {
    this.#options = options;
    const { client, podHooks, queueHooks, registry } = options;
    this.#pods = new Reflector(client, PODS, {
      labelSelector: `${GOVERNED_LABEL}=true`,
      slim: slimPod,
      indexers: { [BY_NAMESPACE]: ({ metadata }) => [metadata.namespace ?? ''] },
      hooks: podHooks,
    });
    this.#queue = new WorkQueue((namespace, signal) => this.#reconcile(namespace, signal), {
      workers: 2,
      hooks: queueHooks,
    });
    const widened = () => [...this.#told.values()].flatMap((owners) => [...owners.values()]);
    new Gauge({
      name: 'tollgate_egress_widened_pods',
      help: 'Governed pods whose network is wider than its fence, by another NetworkPolicy.',
      registers: [registry],
      collect() {
        this.set(widened().reduce((pods, told) => pods + told.pods.size, 0));
      },
    });
  }

  /** For the leader, after the policies were read. @returns true once it works; false if it was stopped before */
  async start(): Promise<boolean> {
    this.#pods.start();
    if (!(await this.#pods.synced())) return false;
    const { policies } = this.#options;
    const pod = ({ metadata }: Pod) => this.#queue.add(metadata.namespace ?? '');
    const changed = (policy: KeptFence) => this.#changed(policy);
    policies.on({ add: changed, update: changed, delete: (policy) => this.#gone(policy) });
    this.#pods.on({ add: pod, update: pod, delete: pod });
    this.#queue.start();
    return true;
  }

  async stop(graceMs: number): Promise<void> {
    await this.#queue.stop(graceMs);
    await this.#pods.stop();
  }

  #changed(policy: KeptFence): void {
    const { namespace = '' } = policy.metadata;
    const passing = this.#passing.get(namespace) ?? [];
    this.#passing.set(namespace, [...passing, policy].slice(-MOST_PASSING));
    this.#queue.add(namespace);
  }

  /** Without its fence a pod may go anywhere; every other policy that goes only closes. */
  #gone(policy: KeptFence): void {
    const { namespace = '', name } = policy.metadata;
    if (FENCE_NAMES.has(name)) this.#changed({ metadata: policy.metadata });
    else this.#queue.add(namespace);
  }

  async #reconcile(namespace: string, signal: AbortSignal): Promise<undefined> {
    const passed = this.#passing.get(namespace) ?? [];
    this.#passing.delete(namespace);
    const now = this.#options.policies.store.find(BY_NAMESPACE, namespace);
    const pods = this.#pods.store
      .find(BY_NAMESPACE, namespace)
      .filter(({ status }) => !hasEnded(status?.phase));
    try {
      const before = this.#told.get(namespace) ?? new Map<string, Told>();
      const old = passed.filter((one) => !now.some((is) => isSame(is, one)));
      const ever = old.length === 0 ? before : await this.#tell(pods, [...now, ...old], before, signal);
      this.#narrowed(pods, ever, await this.#tell(pods, now, ever, signal), namespace);
    } catch (error) {
      this.#passing.set(namespace, [...passed, ...(this.#passing.get(namespace) ?? [])]);
      throw error;
    }
  }

  /** @returns the owners whose pods are let out now, each of them told, unless it was before */
  async #tell(
    pods: readonly Pod[],
    policies: readonly KeptFence[],
    before: ReadonlyMap<string, Told>,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Told>> {
    const owners = new Map<string, { about: Regarding; pods: Set<string>; by: Map<string, Widening> }>();
    // Pods of one workload have the same labels, most of them.
    const known = new Map<string, readonly Widening[]>();
    const widens = (labels: Readonly<Record<string, string>>) => {
      const print = JSON.stringify(labels);
      const found = known.get(print) ?? wideningsOf(labels, policies);
      known.set(print, found);
      return found;
    };
    for (const pod of pods) {
      const widenings = widens(pod.metadata.labels ?? {});
      if (widenings.length === 0) continue;
      const { uid } = pod.metadata;
      const told = [...before.values()].find((one) => one.pods.has(uid))?.about;
      const about = told ?? (await topmost(this.#options.client, pod, signal));
      const owner = about.object.metadata.uid;
      const all = owners.get(owner) ?? { about, pods: new Set(), by: new Map() };
      all.pods.add(uid);
      for (const widening of widenings) all.by.set(printOf(widening), widening);
      owners.set(owner, all);
    }
    return new Map(
      [...owners].map(([owner, { about, pods: uids, by }]) => {
        const widenings = [...by.keys()].toSorted().join();
        if (before.get(owner)?.widenings !== widenings) this.#widened(about, [...by.values()], widenings);
        return [owner, { about, pods: uids, widenings }];
      }),
    );
  }

  #widened(about: Regarding, by: readonly Widening[], widenings: string): void {
    const { events, log } = this.#options;
    const named = by.slice(0, MOST_NAMED).map(({ why: text, by: policy }) => {
      const { opens = '' } = policy ?? {};
      return opens === '' ? text : `${text}: to ${opens}`;
    });
    const why = by.length > MOST_NAMED ? [...named, `and ${by.length - MOST_NAMED} more`] : named;
    const note = `the network of its pods is wider than its fence: ${why.join('; ')}. While that is so no call of them is made, their tunnels are cut, and no new pod is let in.`;
    const { kind } = about.of;
    const { namespace, name, uid } = about.object.metadata;
    log.warn(
      { namespace, owner: `${kind}/${name}`, why },
      'the network of governed pods is wider than its fence',
    );
    // What is not there has no name by which it could be told from the next time.
    const once = by.every(({ by: policy }) => policy !== undefined)
      ? { once: hash(`${uid} ${widenings}`) }
      : {};
    events.record(about, { type: 'Warning', reason: 'EgressWidened', action: 'Fence', note, ...once });
  }

  #narrowed(
    pods: readonly Pod[],
    before: ReadonlyMap<string, Told>,
    now: ReadonlyMap<string, Told>,
    namespace: string,
  ): void {
    const { events, log } = this.#options;
    const live = new Set(pods.map(({ metadata: { uid } }) => uid));
    for (const [owner, told] of before) {
      if (now.has(owner) || ![...told.pods].some((uid) => live.has(uid))) continue;
      const { name } = told.about.object.metadata;
      log.info(
        { namespace, owner: `${told.about.of.kind}/${name}` },
        'the network of governed pods is as narrow as its fence',
      );
      const note = 'the network of its pods is as narrow as its fence again: calls are made';
      events.record(told.about, { type: 'Normal', reason: 'EgressNarrowed', action: 'Fence', note });
    }
    if (now.size === 0) this.#told.delete(namespace);
    else this.#told.set(namespace, now);
  }
}

function hasEnded(phase: string | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

function isSame({ metadata: a }: KeptFence, { metadata: b }: KeptFence): boolean {
  return a.uid === b.uid && a.resourceVersion === b.resourceVersion;
}

/** The policy as it is now: one that was changed, or made anew, is another. */
function printOf({ why, by }: Widening): string {
  const { uid, generation, resourceVersion } = (by?.metadata ?? {}) as Partial<KeptFence['metadata']>;
  return uid === undefined ? why : `${uid} ${generation ?? resourceVersion}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
