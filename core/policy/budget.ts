/** BudgetPolicy → the limits and rates that the ledger checks. */
import type { WarningRule } from '../ledger/warnings.ts';
import { parseUsd } from '../money/amount.ts';
import { anyGlob } from './glob.ts';
import type { Workload } from './snapshot.ts';
import type { BudgetPolicy } from './types.generated.ts';

type LimitSpec = BudgetPolicy['spec']['limits'][number];
type WebhookSpec = NonNullable<BudgetPolicy['spec']['warnings']['webhook']>;
export type Per = LimitSpec['per'];
export type LimitWindow = LimitSpec['window'];
export type Unit = 'usd' | 'tokens' | 'requests';

export interface Limit {
  /** namespace/policy/limit: the count belongs to this name. */
  readonly id: string;
  readonly per: Per;
  readonly window: LimitWindow;
  readonly timeZone: string;
  readonly unit: Unit;
  /** nano-USD, tokens or requests. */
  readonly amount: number;
  /** Whether a call that does not fit is refused, or only recorded. */
  readonly refuse: boolean;
  /** Absent where nothing is counted. */
  readonly warns?: WarningRule;
}

export interface Rate {
  readonly id: string;
  readonly per: Per;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  readonly concurrent?: number;
  readonly refuse: boolean;
}

/** Where warnings are sent. */
export interface Webhook {
  readonly url: string;
  /** Variable that holds the signing secret. */
  readonly secretEnv: string;
  /** Where it is in a cluster, in Tollgate's namespace. */
  readonly secretRef?: { readonly name: string; readonly key: string };
  /** Whether the URL may name a private address itself. */
  readonly privateAddresses: boolean;
}

export interface Budget {
  readonly name: string;
  readonly enforce: boolean;
  readonly limits: readonly Limit[];
  readonly rates: readonly Rate[];
  readonly minOutputTokens: number;
  readonly onDisconnect: 'drain' | 'cancel';
  readonly webhook?: Webhook;
}

/** @returns whether the policy is for this workload */
export function selects({ spec: { selector } }: BudgetPolicy, workload: Workload): boolean {
  const { workloads, labels } = selector ?? {};
  if (workloads && !anyGlob(workloads)(workload.name)) return false;
  return Object.entries(labels ?? {}).every(([name, value]) => workload.labels[name] === value);
}

/**
 * @param namespace where a policy without a namespace belongs
 * @param isOfRunner whether it is for a workload of an AgentRunner: for others, limits and rates per runner are not in force
 */
export function compileBudget(
  { metadata, spec }: BudgetPolicy,
  namespace: string,
  isOfRunner: boolean,
): Budget {
  const name = `${metadata.namespace ?? namespace}/${metadata.name}`;
  const isInForce = ({ per }: { readonly per: Per }) => per !== 'runner' || isOfRunner;
  const { at, webhook } = spec.warnings;
  const percents = at.toSorted((a, b) => a - b);
  return {
    name,
    enforce: spec.enforce,
    limits: spec.limits.filter(isInForce).map((limit) => ({
      id: `${name}/${limit.name}`,
      per: limit.per,
      window: limit.window,
      timeZone: spec.timeZone,
      ...amountOf(limit),
      refuse: spec.enforce && limit.atLimit === 'deny',
      ...(limit.window === 'request' ? {} : { warns: warningRule(limit, percents, webhook !== undefined) }),
    })),
    rates: spec.rates.filter(isInForce).map((rate) => ({
      id: `${name}/${rate.name}`,
      per: rate.per,
      ...(rate.requestsPerMinute === undefined ? {} : { requestsPerMinute: rate.requestsPerMinute }),
      ...(rate.tokensPerMinute === undefined ? {} : { tokensPerMinute: rate.tokensPerMinute }),
      ...(rate.concurrent === undefined ? {} : { concurrent: rate.concurrent }),
      refuse: spec.enforce,
    })),
    minOutputTokens: spec.minOutputTokens,
    onDisconnect: spec.onDisconnect,
    ...(webhook === undefined ? {} : { webhook: webhookOf(webhook) }),
  };
}

function warningRule(limit: LimitSpec, percents: readonly number[], send: boolean): WarningRule {
  return { amount: amountOf(limit).amount, percents, send };
}

function webhookOf({ url, secretEnv, secretRef, privateAddresses }: WebhookSpec): Webhook {
  return { url, secretEnv, ...(secretRef && { secretRef }), privateAddresses };
}

function amountOf(limit: LimitSpec): { unit: Unit; amount: number } {
  if (limit.usd !== undefined) return { unit: 'usd', amount: parseUsd(limit.usd) };
  if (limit.tokens !== undefined) return { unit: 'tokens', amount: limit.tokens };
  return { unit: 'requests', amount: limit.requests ?? 0 };
}
