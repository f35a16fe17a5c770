/**
 * Gives control the right to read the Secrets that Providers and BudgetPolicies name, and takes it back when none does any
 * more.
 *
 *   manifest, or the Role, changes ──> Secrets that are named ──> differs? ──> the rules of that one Role
 *
 * RBAC knows names and no labels, so that somebody has to write the names down. The operator may not read those Secrets
 * itself: its right to `escalate` is for this one Role, which is bound to control alone.
 */
import { isDeepStrictEqual } from 'node:util';
import type { V1PolicyRule, V1Role } from '@kubernetes/client-node';
import type { KubeClient } from '../../adapters/kube/client.ts';
import { type KubeObject, type Resource, resource, type Stored } from '../../adapters/kube/object.ts';
import { type QueueHooks, WorkQueue } from '../../adapters/kube/queue.ts';
import { Reflector } from '../../adapters/kube/reflector.ts';
import type { ReflectorHooks } from '../../adapters/kube/reflector-options.ts';
import type { Log } from '../../adapters/telemetry/log.ts';
import { namedSecrets } from '../../core/cluster/credentials.ts';
import { CREDENTIALS_ROLE } from '../../core/cluster/names.ts';

type Role = Stored<V1Role>;
export const ROLES = resource<Role>('rbac.authorization.k8s.io/v1 Role', 'roles');
const KEY = 'credentials';

export interface CredentialRightsOptions {
  readonly client: KubeClient;
  /** Tollgate's. */
  readonly namespace: string;
  /** Providers and BudgetPolicies, all that there are; somebody else starts them. */
  readonly manifests: readonly Reflector<KubeObject>[];
  readonly log: Pick<Log, 'error'>;
  readonly hooks: (of: Resource) => ReflectorHooks;
  readonly queueHooks: QueueHooks;
}

export class CredentialRights {
  readonly #options: CredentialRightsOptions;
  readonly #role: Reflector<Role>;
  readonly #queue: WorkQueue;
  #said = '';

  constructor(options: CredentialRightsOptions) {
    this.#options = options;
    const { client, namespace, hooks, queueHooks } = options;
    const fieldSelector = `metadata.name=${CREDENTIALS_ROLE}`;
    this.#role = new Reflector(client, ROLES, { namespace, fieldSelector, hooks: hooks(ROLES) });
    this.#queue = new WorkQueue((_, signal) => this.#reconcile(signal), { hooks: queueHooks });
  }

  /** For the leader, after the manifests have been read; returns at once. */
  start(): void {
    const changed = () => this.#queue.add(KEY);
    this.#role.start();
    void this.#role.synced().then((isThere) => {
      if (!isThere) return;
      const handler = { add: changed, update: changed, delete: changed };
      this.#role.on(handler);
      for (const reflector of this.#options.manifests) reflector.on(handler);
      changed();
      this.#queue.start();
    });
  }

  async stop(graceMs: number): Promise<void> {
    await this.#role.stop();
    await this.#queue.stop(graceMs);
  }

  async #reconcile(signal: AbortSignal): Promise<undefined> {
    const { client, namespace, manifests } = this.#options;
    const { credentials, webhooks, refused } = namedSecrets(
      manifests.flatMap(({ store }) => [...store.list()]),
    );
    const names = [...new Set([...credentials, ...webhooks])].sort();
    this.#say(refused);
    const place = { namespace, name: CREDENTIALS_ROLE };
    const is = this.#role.store.get(`${namespace}/${CREDENTIALS_ROLE}`);
    if (is === undefined)
      throw new Error(`the Role ${namespace}/${CREDENTIALS_ROLE} is not there: helm upgrade brings it back`);
    const rules = rulesFor(names);
    if (isDeepStrictEqual(is.rules ?? [], rules)) return;
    const answer = await client.merge(ROLES, place, { rules }, { signal });
    if (!answer.ok) throw new Error(answer.error.message);
  }

  /** Once. */
  #say(refused: readonly string[]): void {
    const said = refused.join(', ');
    if (said !== this.#said && said !== '')
      this.#options.log.error(
        { manifests: said },
        "these name a Secret that is Tollgate's or helm's own: control does not read it; name another in secretRef",
      );
    this.#said = said;
  }
}

/** @param names of Secrets; without any there must be no rule, as one that names none is for all */
export function rulesFor(names: readonly string[]): V1PolicyRule[] {
  if (names.length === 0) return [];
  return [
    {
      apiGroups: [''],
      resources: ['secrets'],
      resourceNames: [...names],
      verbs: ['list', 'watch'],
    },
  ];
}
