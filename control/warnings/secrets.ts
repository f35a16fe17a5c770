/**
 * Signing secrets of webhooks: Secrets in Tollgate's own namespace, each for the BudgetPolicies of the one namespace that
 * its label names, so that nobody signs with what is another's, or with a provider's key.
 */
import { WEBHOOK_LABEL } from '../../core/cluster/names.ts';
import { NamedSecrets, type NamedSecretsOptions, textOf } from '../named-secrets.ts';

export class WebhookSecrets extends NamedSecrets {
  constructor(options: Omit<NamedSecretsOptions, 'labelSelector'>) {
    super({ ...options, labelSelector: WEBHOOK_LABEL });
  }

  /**
   * @param from namespace of the policy that names it
   * @returns undefined where there is none for that namespace
   */
  find(from: string, name: string, key: string): string | undefined {
    const secret = this.get(name);
    if (secret?.metadata.labels?.[WEBHOOK_LABEL] !== from) return undefined;
    const text = textOf(secret, key);
    return text.trim() === '' ? undefined : text;
  }
}
