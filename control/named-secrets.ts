/**
 * Secrets of Tollgate's own namespace that manifests name, kept as the API server last said.
 *
 * Each is watched by its name: that is all the right that control has, and the operator writes it down when a manifest
 * names a Secret, so that the first try may come a moment too early.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '../adapters/kube/client.ts';
import { type KubeObject, resource } from '../adapters/kube/object.ts';
import { Reflector } from '../adapters/kube/reflector.ts';
import type { ReflectorHooks } from '../adapters/kube/reflector-options.ts';

export type Secret = KubeObject & { readonly data?: Readonly<Record<string, string>> };

const SECRETS = resource<Secret>('v1 Secret', 'secrets');
/** A right that has just been given should not be waited for longer than this, ms. */
const CAP_MS = 3_000;

export interface NamedSecretsOptions {
  readonly client: KubeClient;
  /** Tollgate's. */
  readonly namespace: string;
  readonly hooks: ReflectorHooks;
  /** Those without it are for something else. */
  readonly labelSelector: string;
  onChange?(): void;
}

export class NamedSecrets {
  readonly #options: NamedSecretsOptions;
  readonly #watched = new Map<string, Reflector<Secret>>();
  readonly #stopping = new Set<Promise<void>>();

  constructor(options: NamedSecretsOptions) {
    this.#options = options;
  }

  /** @param names of all that are to be known from now on */
  watch(names: readonly string[]): void {
    const wanted = new Set(names);
    for (const [name, reflector] of this.#watched)
      if (!wanted.has(name)) {
        this.#watched.delete(name);
        this.#end(reflector);
      }
    for (const name of wanted) if (!this.#watched.has(name)) this.#watched.set(name, this.#begin(name));
  }

  get(name: string): Secret | undefined {
    return this.#watched.get(name)?.store.get(`${this.#options.namespace}/${name}`);
  }

  /** @returns when all have been read once, or after so long: one may never be allowed */
  async synced(ms: number): Promise<void> {
    const over = new AbortController();
    const read = Promise.all([...this.#watched.values()].map((reflector) => reflector.synced()));
    await Promise.race([read, sleep(ms, undefined, { signal: over.signal }).catch(() => undefined)]);
    over.abort();
  }

  async stop(): Promise<void> {
    this.watch([]);
    await Promise.all(this.#stopping);
  }

  #begin(name: string): Reflector<Secret> {
    const { client, namespace, hooks, labelSelector, onChange } = this.#options;
    const fieldSelector = `metadata.name=${name}`;
    const times = { capMs: CAP_MS };
    const reflector = new Reflector(client, SECRETS, {
      namespace,
      labelSelector,
      fieldSelector,
      hooks,
      times,
    });
    const changed = () => onChange?.();
    reflector.on({ add: changed, update: changed, delete: changed });
    reflector.start();
    return reflector;
  }

  #end(reflector: Reflector<Secret>): void {
    const ended = reflector.stop().finally(() => this.#stopping.delete(ended));
    this.#stopping.add(ended);
  }
}

/** @returns the text of one of its keys */
export function textOf(secret: Secret | undefined, key: string): string {
  return Buffer.from(secret?.data?.[key] ?? '', 'base64').toString();
}
