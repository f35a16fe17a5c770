/** What the operator keeps of the cluster, each kind read once for all who decide by it. */
import { BY_NAMESPACE, type KeptFence, NETWORK_POLICIES, slimFence } from '../adapters/cluster/fences.ts';
import { slimPolicy } from '../adapters/cluster/slim.ts';
import type { KubeClient } from '../adapters/kube/client.ts';
import { type KubeObject, type Resource, resource } from '../adapters/kube/object.ts';
import { Reflector } from '../adapters/kube/reflector.ts';
import type { ReflectorHooks } from '../adapters/kube/reflector-options.ts';
import { ENABLED_LABEL } from '../core/cluster/names.ts';

const TOOL_PROFILES = resource<KubeObject>('tollgate.dev/v1alpha1 ToolProfile', 'toolprofiles');
const BUDGET_POLICIES = resource<KubeObject>('tollgate.dev/v1alpha1 BudgetPolicy', 'budgetpolicies');
const PROVIDERS = resource<KubeObject>('tollgate.dev/v1alpha1 Provider', 'providers', false);
const NAMESPACES = resource<KubeObject>('v1 Namespace', 'namespaces', false);

export class Stores {
  /** Those that are enabled. */
  readonly namespaces: Reflector<KubeObject>;
  readonly networkPolicies: Reflector<KeptFence>;
  readonly toolProfiles: Reflector<KubeObject>;
  readonly providers: Reflector<KubeObject>;
  readonly budgetPolicies: Reflector<KubeObject>;

  constructor(client: KubeClient, hooks: (of: Resource) => ReflectorHooks) {
    this.namespaces = new Reflector(client, NAMESPACES, {
      labelSelector: `${ENABLED_LABEL} in (true, enforce)`,
      hooks: hooks(NAMESPACES),
    });
    this.networkPolicies = new Reflector(client, NETWORK_POLICIES, {
      slim: slimFence,
      indexers: { [BY_NAMESPACE]: ({ metadata }) => [metadata.namespace ?? ''] },
      hooks: hooks(NETWORK_POLICIES),
    });
    const policies = (of: Resource<KubeObject>) =>
      new Reflector(client, of, { slim: slimPolicy, hooks: hooks(of) });
    this.toolProfiles = policies(TOOL_PROFILES);
    this.providers = policies(PROVIDERS);
    this.budgetPolicies = policies(BUDGET_POLICIES);
  }

  /** @returns when each has been read once */
  async start(): Promise<void> {
    for (const reflector of this.#all) reflector.start();
    await Promise.all(this.#all.map((reflector) => reflector.synced()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((reflector) => reflector.stop()));
  }

  get #all(): readonly (Reflector<KubeObject> | Reflector<KeptFence>)[] {
    return [this.namespaces, this.networkPolicies, this.toolProfiles, this.providers, this.budgetPolicies];
  }
}
