/**
 * For tests: a cluster in memory. It has what of the API server matters here (names that are taken, versions, finalizers,
 * deletion in the foreground, owners), and as small a Job controller, Deployment controller, kubelet and garbage collector
 * as will do. After every change it looks whether the promises are kept.
 */
import { type Answer, failed, statusError } from '../../adapters/kube/answer.ts';
import type { KubeObject, ObjectMeta, Resource } from '../../adapters/kube/object.ts';
import type { Place } from '../../adapters/kube/paths.ts';
import { Store } from '../../adapters/kube/store.ts';
import { RUNNER_LABEL } from '../../core/cluster/names.ts';
import type { Claim, Deployment, Job, Pod, Runner } from './kinds.ts';
import { isOver } from './seen.ts';
import { BY_RUNNER, type RunnerViews } from './stores.ts';
import { Promises } from './testing-promises.ts';
import type { RunnerClient } from './write.ts';

export type Any = KubeObject & { readonly spec?: unknown; readonly status?: unknown };
type Given = { readonly metadata: Partial<ObjectMeta> & { readonly name: string } };

export const NAMESPACE = 'team';
export const START = Date.parse('2026-11-23T08:00:00Z');

/** What happens to the next write: it is not made, or made and its answer is lost. */
export type Fault = 'before' | 'after';

export class Cluster {
  now = START;
  readonly #objects = new Map<string, Any>();
  readonly promises = new Promises();
  /** No kubelet ends a pod any more. */
  nodeLost = false;
  /** How far behind the stores are, in changes. */
  lag = 0;
  /** Writes so far, those of the operator alone. */
  writes = 0;
  fault: { readonly at: number; readonly kind: Fault } | undefined;
  /** The API server says no to these. */
  refuse: ((verb: string, plural: string) => Answer<never> | undefined) | undefined;
  version = 100;
  #uids = 0;
  #log: (() => void)[] = [];
  readonly #stores = {
    agentrunners: storeOf<Runner>(),
    jobs: storeOf<Job>(),
    pods: storeOf<Pod>(),
    persistentvolumeclaims: storeOf<Claim>(),
    deployments: storeOf<Deployment>(),
  };

  readonly views: RunnerViews = {
    runners: { store: this.#stores.agentrunners },
    jobs: { store: this.#stores.jobs },
    pods: { store: this.#stores.pods },
    claims: { store: this.#stores.persistentvolumeclaims },
    deployments: { store: this.#stores.deployments },
  };

  /** As the operator has it. */
  readonly client = {
    get: (of: Resource, place: Place) => {
      const object = this.find(of.plural, place.name ?? '');
      return Promise.resolve(object === undefined ? no(404, 'NotFound') : { ok: true, value: object });
    },
    list: () => Promise.resolve({ ok: true, value: { items: [], resourceVersion: '1', continue: '' } }),
    create: (of: Resource, body: object) =>
      this.#write('create', of, () => this.create(of.plural, body as Given)),
    apply: (of: Resource, body: object) =>
      this.#write('apply', of, () => {
        const given = body as Given;
        const old = this.find(of.plural, given.metadata.name);
        return old === undefined
          ? this.create(of.plural, given)
          : yes(this.put(of.plural, { ...old, ...given, metadata: { ...old.metadata, ...given.metadata } }));
      }),
    applyStatus: (of: Resource, object: KubeObject, status: object, options: { resourceVersion?: string }) =>
      this.#write('applyStatus', of, () => {
        const old = this.find(of.plural, object.metadata.name);
        if (old === undefined) return no(404, 'NotFound');
        if (old.metadata.resourceVersion !== options.resourceVersion) return no(409, 'Conflict');
        const { spend } = (old.status ?? {}) as { spend?: object };
        return yes(this.put(of.plural, { ...old, status: { ...status, ...(spend && { spend }) } }));
      }),
    merge: (of: Resource, place: Place, patch: { metadata: Record<string, unknown> }) =>
      this.#write('patch', of, () => {
        const old = this.find(of.plural, place.name ?? '');
        const { uid, resourceVersion, ...metadata } = patch.metadata;
        if (old === undefined) return no(404, 'NotFound');
        if (uid !== old.metadata.uid) return no(409, 'Conflict');
        if (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion)
          return no(409, 'Conflict');
        const merged = { ...old.metadata, ...metadata };
        const kept = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
        return yes(this.put(of.plural, { ...old, metadata: kept as unknown as ObjectMeta }));
      }),
    delete: (of: Resource, place: Place, options: { uid?: string; propagation?: string }) =>
      this.#write('delete', of, () => {
        const old = this.find(of.plural, place.name ?? '');
        if (old === undefined) return no(404, 'NotFound');
        if (options.uid !== undefined && options.uid !== old.metadata.uid) return no(409, 'Conflict');
        return yes(this.remove(of.plural, old.metadata.name, options.propagation));
      }),
  } as unknown as RunnerClient;

  find<T extends Any>(plural: string, name: string): T | undefined {
    return this.#objects.get(`${plural}/${name}`) as T | undefined;
  }

  all<T extends Any>(plural: string): T[] {
    return [...this.#objects].flatMap(([key, object]) => (key.startsWith(`${plural}/`) ? [object as T] : []));
  }

  create(plural: string, { metadata, ...rest }: Given): Answer<Any> {
    if (this.find(plural, metadata.name) !== undefined) return no(409, 'AlreadyExists');
    const made = {
      ...rest,
      metadata: {
        namespace: NAMESPACE,
        ...metadata,
        uid: `uid-${++this.#uids}`,
        generation: 1,
        creationTimestamp: this.time,
        resourceVersion: '0',
      },
    };
    return yes(this.put(plural, made));
  }

  /** Writes an object as it is; one that is going and has no finalizer left is gone. */
  put(plural: string, object: Any): Any {
    const key = `${plural}/${object.metadata.name}`;
    const next = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.version) } };
    const { deletionTimestamp, finalizers = [] } = next.metadata;
    const gone = deletionTimestamp !== undefined && finalizers.length === 0;
    if (gone) this.#objects.delete(key);
    else this.#objects.set(key, next);
    this.promises.changed(plural, next, gone, this);
    const stores = this.#stores as unknown as Readonly<Record<string, Store<Any>>>;
    // The operator watches what has its label.
    if (plural !== 'agentrunners' && next.metadata.labels?.[RUNNER_LABEL] === undefined) return next;
    this.#log.push(() => (gone ? stores[plural]?.delete(next) : stores[plural]?.put(next)));
    this.deliver(this.lag);
    return next;
  }

  remove(plural: string, name: string, propagation = 'Background'): Any | undefined {
    const old = this.find(plural, name);
    if (old === undefined) return undefined;
    const { finalizers = [], deletionTimestamp } = old.metadata;
    // A kubelet ends a pod before it goes, and a claim goes when no pod has it.
    const waits = plural === 'persistentvolumeclaims' || (plural === 'pods' && !isOver(old as Pod));
    const more =
      (waits || propagation === 'Foreground') && !finalizers.includes(FOREGROUND) ? [FOREGROUND] : [];
    if (deletionTimestamp !== undefined && more.length === 0) return old;
    const metadata = {
      ...old.metadata,
      deletionTimestamp: deletionTimestamp ?? this.time,
      finalizers: [...finalizers, ...more],
    };
    return this.put(plural, { ...old, metadata });
  }

  /** Lets the stores know all but the last changes. @returns whether there were any */
  deliver(but = 0): boolean {
    const late = this.#log.length > but;
    while (this.#log.length > but) this.#log.shift()?.();
    return late;
  }

  /** For names that nobody has yet. */
  number(): number {
    return ++this.#uids;
  }

  get time(): string {
    return `${new Date(Math.floor(this.now / 1000) * 1000).toISOString().slice(0, -5)}Z`;
  }

  #write(verb: string, of: Resource, make: () => Answer<unknown>): Promise<Answer<unknown>> {
    this.writes++;
    const refused = this.refuse?.(verb, of.plural);
    if (refused !== undefined) return Promise.resolve(refused);
    if (this.fault?.at === this.writes) {
      if (this.fault.kind === 'after') make();
      return Promise.reject(new Crash('the operator dies here'));
    }
    return Promise.resolve(make());
  }
}

/** The operator is killed in the middle of a write. */
export class Crash extends Error {}

export const FOREGROUND = 'foregroundDeletion';

function storeOf<T extends KubeObject>(): Store<T> {
  const by = ({ metadata }: KubeObject) => {
    const name = metadata.labels?.[RUNNER_LABEL];
    return name === undefined ? [] : [`${metadata.namespace}/${name}`];
  };
  return new Store<T>({ [BY_RUNNER]: by }, (error) => {
    throw error;
  });
}

function yes<T>(value: T): Answer<T> {
  return { ok: true, value };
}

export function no(code: number, reason: string, message = reason): Answer<never> {
  return failed(statusError('test', code, { kind: 'Status', reason, message }));
}
