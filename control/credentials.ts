/** Keys of Providers, from the Secrets that they name in Tollgate's own namespace; sent to sidecars alone. */
import type { ProviderSpec } from '../core/policy/provider.ts';
import { NamedSecrets, type NamedSecretsOptions, textOf } from './named-secrets.ts';

export class Credentials extends NamedSecrets {
  constructor(options: Omit<NamedSecretsOptions, 'labelSelector'>) {
    super({ ...options, labelSelector: 'tollgate.dev/credential=true' });
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
    return textOf(this.get(name), key).trim() || undefined;
  }
}
