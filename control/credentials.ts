/**
 * Keys of Providers, from the Secrets that they name in Tollgate's own namespace; kept as the API server last said, and
 * sent to sidecars alone.
 *
 * Each is watched by its name: that is all the right that control has, and the operator writes it down when a Provider
 * names a Secret, so that the first try may come a moment too early.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '../adapters/kube/client.ts';
import { type KubeObject, resource } from '../adapters/kube/object.ts';
import { Reflector } from '../adapters/kube/reflector.ts';
import type { ReflectorHooks } from '../adapters/kube/reflector-options.ts';
import type { ProviderSpec } from '../core/policy/provider.ts';

type Secret = KubeObject & { readonly data?: Readonly<Record<string, string>> };
const SECRETS = resource<Secret>('v1 Secret', 'secrets');
/** Secrets without it are not Tollgate's to read. */
const LABEL = 'tollgate.dev/credential=true';
/** A right that has just been given should not be waited for longer than this, ms. */
const CAP_MS = 3_000;

export interface CredentialsOptions {
  readonly client: KubeClient;
  /** Tollgate's. */
  readonly namespace: string;
  readonly hooks: ReflectorHooks;
  onChange(): void;
}

export class Credentials {
  readonly #options: CredentialsOptions;
  readonly #watched = new Map<string, Reflector<Secret>>();
  readonly #stopping = new Set<Promise<void>>();

  constructor(options: CredentialsOptions) {
    this.#options = options;
  }

  /** @param names of all Secrets that are to be known from now on */
  watch(names: readonly string[]): void {
    const wanted = new Set(names);
    for (const [name, reflector] of this.#watched)
      if (!wanted.has(name)) {
        this.#watched.delete(name);
        this.#end(reflector);
      }
    for (const name of wanted) if (!this.#watched.has(name)) this.#watched.set(name, this.#begin(name));
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

  /** @returns the keys of those that have one, by their names */
  of(providers: readonly ProviderSpec[]): Record<string, string> {
    return Object.fromEntries(
      providers.flatMap((provider) => {
        const key = this.#keyOf(provider);
        return key === undefined ? [] : [[provider.name, key] as const];
      }),
    );
  }

  #keyOf({ auth }: ProviderSpec): string | undefined {
    if (auth.type === 'none' || auth.secretRef === undefined) return undefined;
    const { name, key } = auth.secretRef;
    const secret = this.#watched.get(name)?.store.get(`${this.#options.namespace}/${name}`);
    const text = Buffer.from(secret?.data?.[key] ?? '', 'base64')
      .toString()
      .trim();
    return text === '' ? undefined : text;
  }

  #begin(name: string): Reflector<Secret> {
    const { client, namespace, hooks, onChange } = this.#options;
    const reflector = new Reflector(client, SECRETS, {
      namespace,
      labelSelector: LABEL,
      fieldSelector: `metadata.name=${name}`,
      hooks,
      times: { capMs: CAP_MS },
    });
    reflector.on({ add: onChange, update: onChange, delete: onChange });
    reflector.start();
    return reflector;
  }

  #end(reflector: Reflector<Secret>): void {
    const ended = reflector.stop().finally(() => this.#stopping.delete(ended));
    this.#stopping.add(ended);
  }
}
