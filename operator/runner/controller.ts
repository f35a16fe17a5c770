/**
 * Runs AgentRunners: watches them and what is made for them, and takes each a step further whenever something changes.
 *
 *   watch ──> queue ──> gather ──> decide ──> status, then one write ──> the watch tells what came of it
 *                          ^                     │
 *                          └── at a given time ──┘
 */
import { type KeptFence, Widenings } from '../../adapters/cluster/fences.ts';
import type { KubeClient } from '../../adapters/kube/client.ts';
import type { EventRecorder } from '../../adapters/kube/events.ts';
import { type KubeObject, keyOf, type Resource } from '../../adapters/kube/object.ts';
import { type QueueHooks, WorkQueue } from '../../adapters/kube/queue.ts';
import type { Reflector } from '../../adapters/kube/reflector.ts';
import type { ReflectorHooks } from '../../adapters/kube/reflector-options.ts';
import { Reconciler } from './reconcile.ts';
import { RunnerStores } from './stores.ts';

export interface RunnerControllerOptions {
  readonly client: KubeClient;
  readonly events: Pick<EventRecorder, 'record'>;
  /** The enabled ones, watched by others too: who starts and stops it is whoever made it. */
  readonly namespaces: Pick<Reflector<KubeObject>, 'store' | 'on'>;
  /** All NetworkPolicies, watched by others too. */
  readonly networkPolicies: Pick<Reflector<KeptFence>, 'store' | 'on'>;
  /** Undefined: all namespaces. */
  readonly namespace?: string;
  /** ms since the epoch */
  readonly now?: () => number;
  readonly workers?: number;
  readonly hooks?: (of: Resource) => ReflectorHooks;
  readonly queueHooks?: QueueHooks;
}

export class RunnerController {
  readonly #stores: RunnerStores;
  readonly #queue: WorkQueue;

  constructor(options: RunnerControllerOptions) {
    const { client, events, namespace, namespaces, hooks, now = Date.now, workers = 4, queueHooks } = options;
    const stores = new RunnerStores({ client, namespace, ...(hooks === undefined ? {} : { hooks }) });
    const isEnabled = (name: string) => namespaces.store.get(name) !== undefined;
    const { networkPolicies } = options;
    const widenings = new Widenings(networkPolicies);
    const widenedBy = (of: string, labels: Readonly<Record<string, string>>) => widenings.of(of, labels);
    const reconciler = new Reconciler({ client, stores, isEnabled, widened: widenedBy, events, now });
    this.#stores = stores;
    this.#queue = new WorkQueue((key, signal) => reconciler.reconcile(key, signal), {
      workers,
      backoff: { baseMs: 50, capMs: 60_000 },
      ...(queueHooks === undefined ? {} : { hooks: queueHooks }),
    });
    stores.on((key) => this.#queue.add(key));
    const all = () => this.#addAll();
    namespaces.on({ add: all, delete: all });
    const fenced = ({ metadata }: KubeObject) => this.#addAll(metadata.namespace);
    networkPolicies.on({ add: fenced, update: fenced, delete: fenced });
  }

  /** Only the leader may. @returns true once it works; false if it was stopped before */
  async start(): Promise<boolean> {
    if (!(await this.#stores.start())) return false;
    this.#queue.start();
    return true;
  }

  /** @param graceMs for what is under way */
  async stop(graceMs = 5_000): Promise<void> {
    await this.#queue.stop(graceMs);
    await this.#stores.stop();
  }

  /** For metrics: keys that wait. */
  get depth(): number {
    return this.#queue.depth;
  }

  #addAll(namespace?: string): void {
    for (const runner of this.#stores.runners.store.list())
      if (namespace === undefined || runner.metadata.namespace === namespace) this.#queue.add(keyOf(runner));
  }
}
