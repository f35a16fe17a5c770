/** Where the warnings of each BudgetPolicy of a cluster are sent, or why they can't be. */
import { type Target, targetWith } from '../../adapters/webhooks/target.ts';
import { WEBHOOK_LABEL } from '../../core/cluster/names.ts';
import type { Budget } from '../../core/policy/budget.ts';
import { SYSTEM_NAMESPACE } from '../../core/policy/snapshot.ts';
import type { WebhookSecrets } from './secrets.ts';

/**
 * @returns undefined for a budget without a webhook; a sentence says why it can't be told, and never has the secret
 */
export function targetOf(budget: Budget, secrets: Pick<WebhookSecrets, 'find'>): Target | string | undefined {
  const { name, webhook } = budget;
  if (webhook === undefined) return undefined;
  const [namespace = ''] = name.split('/');
  const not = `BudgetPolicy ${name}: its webhook is not told`;
  // What control reaches inside the cluster is not for whoever may write a policy.
  if (webhook.privateAddresses && namespace !== SYSTEM_NAMESPACE)
    return `${not}: in a cluster privateAddresses is for policies in ${SYSTEM_NAMESPACE} alone. Send it to a public address, or have the policy put there.`;
  const { secretRef } = webhook;
  if (secretRef === undefined)
    return `${not}: it has no secretRef, and without a secret nothing can be signed. Name a Secret in ${SYSTEM_NAMESPACE} with the label ${WEBHOOK_LABEL}=${namespace}.`;
  const where = `the key ${secretRef.key} of Secret ${SYSTEM_NAMESPACE}/${secretRef.name}`;
  return targetWith(budget, {
    text: secrets.find(namespace, secretRef.name, secretRef.key),
    where,
    missing: `${where} is not there, or the Secret has not the label ${WEBHOOK_LABEL}=${namespace}`,
    remedy: 'Set it',
  });
}
