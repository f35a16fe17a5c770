/**
 * A warning as a webhook gets it: a CloudEvent (CloudEvents 1.0, JSON format, structured mode) with an id by which
 * receivers drop what they have had already.
 */
import { createHash } from 'node:crypto';
import { formatUsd } from '../money/amount.ts';
import type { BudgetWarning } from './warnings.ts';

export const WARNING_EVENT_TYPE = 'dev.tollgate.budget.warning';

/**
 * @returns the same for the same warning, however often and by whichever process it is sent. Its time is part of it:
 *   two machines, or a state folder that was begun anew, count under the same names and are not each other's repeats.
 */
export function warningId({ limit, scope, window, unit, percent, at }: BudgetWarning): string {
  const text = JSON.stringify([limit, scope, window, unit, percent, at]);
  return `warning_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}

/** @returns the event as JSON; amounts in US dollars are decimal text, and whole nano-USD beside it */
export function warningEvent(warning: BudgetWarning): string {
  const { policy, limit, scope, window, unit, percent, spent, amount, resetsAt, at } = warning;
  const [namespace = '', name = ''] = policy.split('/');
  return JSON.stringify({
    specversion: '1.0',
    id: warningId(warning),
    source: `/apis/tollgate.dev/v1alpha1/namespaces/${encodeURIComponent(namespace)}/budgetpolicies/${encodeURIComponent(name)}`,
    type: WARNING_EVENT_TYPE,
    subject: limit,
    time: new Date(at).toISOString(),
    datacontenttype: 'application/json',
    data: {
      policy,
      limit,
      per: scope.split(':')[0],
      scope,
      window,
      unit,
      percent,
      ...(unit === 'usd'
        ? { spent: dollars(spent), amount: dollars(amount), spentNanoUsd: spent, amountNanoUsd: amount }
        : { spent, amount }),
      resetsAt: resetsAt === null ? null : new Date(resetsAt).toISOString(),
      workload: warning.workload,
      session: warning.session,
    },
  });
}

/** "12.50" */
function dollars(nano: number): string {
  return formatUsd(nano).slice(1);
}
