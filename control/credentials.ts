/**
 * Keys of Providers, from the Secrets that they name in Tollgate's own namespace; kept as the API server last said, and
 * sent to sidecars alone.
 */
import type { KubeClient } from '../adapters/kube/client.ts';
import { type KubeObject, resource } from '../adapters/kube/object.ts';
import { Reflector } from '../adapters/kube/reflector.ts';
import type { ReflectorHooks } from '../adapters/kube/reflector-options.ts';
import type { ProviderSpec } from '../core/policy/provider.ts';

type Secret = KubeObject & { readonly data?: Readonly<Record<string, string>> };
const SECRETS = resource<Secret>('v1 Secret', 'secrets');
/** Secrets without it are not Tollgate's to read. */
const LABEL = 'tollgate.dev/credential=true';

export class Credentials {
  readonly #secrets: Reflector<Secret>;

  constructor(client: KubeClient, namespace: string, hooks: ReflectorHooks, onChange: () => void) {
    this.#secrets = new Reflector(client, SECRETS, { namespace, labelSelector: LABEL, hooks });
    this.#secrets.on({ add: onChange, update: onChange, delete: onChange });
  }

  async start(): Promise<void> {
    this.#secrets.start();
    await this.#secrets.synced();
  }

  stop(): Promise<void> {
    return this.#secrets.stop();
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
    for (const secret of this.#secrets.store.list()) {
      if (secret.metadata.name !== name) continue;
      const text = Buffer.from(secret.data?.[key] ?? '', 'base64')
        .toString()
        .trim();
      return text === '' ? undefined : text;
    }
    return undefined;
  }
}
