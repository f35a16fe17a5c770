/**
 * Signing secrets of webhooks: Secrets in Tollgate's own namespace, each for the BudgetPolicies of the one namespace that
 * its label names, so that nobody signs with what is another's, or with a provider's key.
 */
import type { KubeClient } from '../../adapters/kube/client.ts';
import { type KubeObject, resource } from '../../adapters/kube/object.ts';
import { Reflector } from '../../adapters/kube/reflector.ts';
import type { ReflectorHooks } from '../../adapters/kube/reflector-options.ts';
import { WEBHOOK_LABEL } from '../../core/cluster/names.ts';

type Secret = KubeObject & { readonly data?: Readonly<Record<string, string>> };
const SECRETS = resource<Secret>('v1 Secret', 'secrets');

export class WebhookSecrets {
  readonly #namespace: string;
  readonly #secrets: Reflector<Secret>;

  constructor(client: KubeClient, namespace: string, hooks: ReflectorHooks) {
    this.#namespace = namespace;
    this.#secrets = new Reflector(client, SECRETS, { namespace, labelSelector: WEBHOOK_LABEL, hooks });
  }

  async start(): Promise<void> {
    this.#secrets.start();
    await this.#secrets.synced();
  }

  stop(): Promise<void> {
    return this.#secrets.stop();
  }

  /**
   * @param from namespace of the policy that names it
   * @returns undefined where there is none for that namespace
   */
  find(from: string, name: string, key: string): string | undefined {
    const secret = this.#secrets.store.get(`${this.#namespace}/${name}`);
    if (secret?.metadata.labels?.[WEBHOOK_LABEL] !== from) return undefined;
    const text = Buffer.from(secret.data?.[key] ?? '', 'base64').toString();
    return text.trim() === '' ? undefined : text;
  }
}
