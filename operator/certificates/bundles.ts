/**
 * Where the bundle of trusted authorities stands, and how it gets there:
 *
 *   bundle ──┬──> ConfigMap in Tollgate's namespace, each enabled one, and those that once were: pods there still run
 *            └──> caBundle of each webhook, by which the API server knows the operator
 *
 * Each place is compared with what was last heard of it, and written only where it differs.
 */
import type { V1ConfigMap, V1MutatingWebhookConfiguration } from '@kubernetes/client-node';
import type { KubeClient } from '../../adapters/kube/client.ts';
import type { Regarding } from '../../adapters/kube/event-record.ts';
import { type KubeObject, type Resource, resource, type Stored } from '../../adapters/kube/object.ts';
import { Reflector } from '../../adapters/kube/reflector.ts';
import type { ReflectorHooks } from '../../adapters/kube/reflector-options.ts';
import { MANAGED_BY, OPERATOR, TRUST_KEY } from '../../core/cluster/names.ts';

type ConfigMap = Stored<V1ConfigMap>;
/** Of a validating one the same is read and written. */
type WebhookConfiguration = Stored<V1MutatingWebhookConfiguration>;

const CONFIG_MAPS = resource<ConfigMap>('v1 ConfigMap', 'configmaps');
const API = 'admissionregistration.k8s.io/v1';
const MUTATING = resource<WebhookConfiguration>(
  `${API} MutatingWebhookConfiguration`,
  'mutatingwebhookconfigurations',
  false,
);
const VALIDATING = resource<WebhookConfiguration>(
  `${API} ValidatingWebhookConfiguration`,
  'validatingwebhookconfigurations',
  false,
);

export interface BundlesOptions {
  readonly client: KubeClient;
  /** Tollgate's. */
  readonly namespace: string;
  readonly configMap: string;
  /** What else stands in the ConfigMap. */
  readonly more?: Readonly<Record<string, string>>;
  readonly webhooks: { readonly mutating: readonly string[]; readonly validating: readonly string[] };
  /** Namespaces that are enabled. */
  readonly namespaces: Reflector<KubeObject>;
  readonly hooks?: (of: Resource) => ReflectorHooks;
  /** Asked before each write. */
  readonly leads: () => boolean;
}

/** A place that could not be written to. */
export interface Missed {
  readonly about: Regarding | undefined;
  /** For people. */
  readonly why: string;
}

const ADDED_BY = Object.entries(MANAGED_BY);

export class Bundles {
  readonly #options: BundlesOptions;
  readonly #maps: Reflector<ConfigMap>;
  readonly #webhooks: readonly {
    readonly of: Resource<WebhookConfiguration>;
    readonly read: Reflector<WebhookConfiguration>;
  }[];

  constructor(options: BundlesOptions) {
    this.#options = options;
    const { client, configMap, webhooks, hooks } = options;
    const named = <T extends KubeObject>(of: Resource<T>, name: string) =>
      new Reflector(client, of, {
        fieldSelector: `metadata.name=${name}`,
        ...(hooks === undefined ? {} : { hooks: hooks(of) }),
      });
    this.#maps = named(CONFIG_MAPS, configMap);
    this.#webhooks = [
      ...webhooks.mutating.map((name) => ({ of: MUTATING, read: named(MUTATING, name) })),
      ...webhooks.validating.map((name) => ({ of: VALIDATING, read: named(VALIDATING, name) })),
    ];
  }

  /** @param changed called when a place may have become another @returns when all places have been read */
  async start(changed: () => void): Promise<void> {
    const handler = { add: changed, update: changed, delete: changed };
    this.#options.namespaces.on(handler);
    for (const reflector of this.#all) {
      reflector.on(handler);
      reflector.start();
    }
    await Promise.all([...this.#all, this.#options.namespaces].map((reflector) => reflector.synced()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((reflector) => reflector.stop()));
  }

  /** Writes it wherever it does not stand. @returns where it could not be written */
  async publish(bundle: string, signal: AbortSignal): Promise<Missed[]> {
    const missed: Missed[] = [];
    for (const namespace of this.#places()) {
      const why = await this.#publishTo(namespace, bundle, signal);
      if (why !== undefined) missed.push(why);
    }
    for (const { of, read } of this.#webhooks) {
      for (const object of read.store.list()) {
        const why = await this.#publishIn(of, object, bundle, signal);
        if (why !== undefined) missed.push(why);
      }
    }
    return missed;
  }

  get #all(): readonly (Reflector<ConfigMap> | Reflector<WebhookConfiguration>)[] {
    return [this.#maps, ...this.#webhooks.map(({ read }) => read)];
  }

  #places(): Set<string> {
    const { namespace, namespaces, configMap } = this.#options;
    const enabled = [...namespaces.store.list()].filter(
      ({ metadata }) => metadata.deletionTimestamp === undefined,
    );
    const ours = [...this.#maps.store.list()].filter((map) => map.metadata.name === configMap && isOurs(map));
    return new Set([
      namespace,
      ...enabled.map(({ metadata }) => metadata.name),
      ...ours.flatMap(({ metadata }) => metadata.namespace ?? []),
    ]);
  }

  async #publishTo(namespace: string, bundle: string, signal: AbortSignal): Promise<Missed | undefined> {
    const { client, configMap: name, more = {}, namespace: own, namespaces, leads } = this.#options;
    const data = { ...more, [TRUST_KEY]: bundle };
    const is = this.#maps.store.get(`${namespace}/${name}`);
    // The chart labels the one in Tollgate's namespace.
    const labelled = namespace === own || (is !== undefined && isOurs(is));
    if (labelled && Object.entries(data).every(([key, value]) => is?.data?.[key] === value)) return undefined;
    if (!leads()) return { about: undefined, why: 'another leads' };
    const labels = namespace === own ? {} : { labels: MANAGED_BY };
    const intent = { metadata: { name, namespace, ...labels }, data };
    const answer = await client.apply(CONFIG_MAPS, intent, { manager: OPERATOR, force: true, signal });
    // Where none is enabled any more, none is waited for.
    const object = namespace === own ? is : namespaces.store.get(namespace);
    if (answer.ok || (object === undefined && namespace !== own)) return undefined;
    const of = namespace === own ? CONFIG_MAPS : NAMESPACES;
    return { about: object && { of, object }, why: answer.error.message };
  }

  async #publishIn(
    of: Resource<WebhookConfiguration>,
    object: WebhookConfiguration,
    bundle: string,
    signal: AbortSignal,
  ): Promise<Missed | undefined> {
    const caBundle = Buffer.from(bundle).toString('base64');
    const webhooks = (object.webhooks ?? []).map(({ name }) => ({ name, clientConfig: { caBundle } }));
    if ((object.webhooks ?? []).every(({ clientConfig }) => clientConfig.caBundle === caBundle))
      return undefined;
    if (!this.#options.leads()) return { about: undefined, why: 'another leads' };
    const intent = { metadata: { name: object.metadata.name }, webhooks };
    const { uid } = object.metadata;
    // With the UID, so that one that was deleted meanwhile is not made by this.
    const answer = await this.#options.client.apply(of, intent, {
      manager: OPERATOR,
      force: true,
      uid,
      signal,
    });
    return answer.ok ? undefined : { about: { of, object }, why: answer.error.message };
  }
}

const NAMESPACES = resource<KubeObject>('v1 Namespace', 'namespaces', false);

function isOurs({ metadata: { labels = {} } }: KubeObject): boolean {
  return ADDED_BY.every(([name, value]) => labels[name] === value);
}
