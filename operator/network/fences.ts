/**
 * Puts the fences of policies.ts into each enabled namespace, and puts them right again when somebody changes them.
 *
 *   namespace labelled, fence changed or gone ──> key: the namespace ──> differs? ──> applied
 *
 * A namespace that is not enabled any more keeps them: pods that were born under them may still run.
 */
import { isDeepStrictEqual } from 'node:util';
import type { KeptFence } from '../../adapters/cluster/fences.ts';
import type { KubeClient } from '../../adapters/kube/client.ts';
import { type KubeObject, keyOf } from '../../adapters/kube/object.ts';
import { type QueueHooks, WorkQueue } from '../../adapters/kube/queue.ts';
import type { Reflector } from '../../adapters/kube/reflector.ts';
import { FENCES, OPERATOR } from '../../core/cluster/names.ts';
import { type FenceObject, fencesOf, NETWORK_POLICIES } from './policies.ts';

export interface FenceOptions {
  readonly client: KubeClient;
  /** Namespaces that are enabled. */
  readonly namespaces: Reflector<KubeObject>;
  /** All that there are. */
  readonly policies: Pick<Reflector<KeptFence>, 'store' | 'on'>;
  readonly hooks: QueueHooks;
}

const NAMES: ReadonlySet<string> = new Set(Object.values(FENCES));

export class Fences {
  readonly #options: FenceOptions;
  readonly #queue: WorkQueue;

  constructor(options: FenceOptions) {
    this.#options = options;
    this.#queue = new WorkQueue((namespace, signal) => this.#reconcile(namespace, signal), {
      workers: 4,
      // A namespace without its fence takes no governed pod, so it does not wait for long.
      backoff: { baseMs: 50, capMs: 10_000 },
      hooks: options.hooks,
    });
  }

  /** For the leader, after both reflectors have synced. */
  start(): void {
    const { namespaces, policies } = this.#options;
    const enabled = ({ metadata }: KubeObject) => this.#queue.add(metadata.name);
    namespaces.on({ add: enabled, update: enabled });
    const changed = ({ metadata }: KeptFence) => {
      if (NAMES.has(metadata.name) && metadata.namespace !== undefined) this.#queue.add(metadata.namespace);
    };
    policies.on({ update: changed, delete: changed });
    this.#queue.start();
  }

  async stop(graceMs: number): Promise<void> {
    await this.#queue.stop(graceMs);
  }

  async #reconcile(namespace: string, signal: AbortSignal): Promise<undefined> {
    const { namespaces, policies } = this.#options;
    const found = namespaces.store.get(namespace);
    if (found === undefined || found.metadata.deletionTimestamp !== undefined) return;
    for (const fence of fencesOf(namespace)) {
      const is = policies.store.get(keyOf(fence));
      if (is !== undefined && isDeepStrictEqual(is.spec, fence.spec)) continue;
      const answer = await (is === undefined ? this.#make(fence, signal) : this.#putRight(fence, signal));
      if (!answer.ok) throw new Error(answer.error.message);
    }
  }

  #make(fence: FenceObject, signal: AbortSignal) {
    return this.#options.client.apply(NETWORK_POLICIES, fence, { manager: OPERATOR, force: true, signal });
  }

  /**
   * The whole spec: what others added to it, such as one more label to select by, would outlive an apply; and deleted it
   * must never be, not for a moment. What else stands in the object is theirs.
   */
  async #putRight(fence: FenceObject, signal: AbortSignal) {
    const { client } = this.#options;
    const is = await client.get(NETWORK_POLICIES, fence.metadata, { signal });
    if (!is.ok) return is;
    return client.replace(NETWORK_POLICIES, { ...is.value, spec: fence.spec }, { signal });
  }
}
