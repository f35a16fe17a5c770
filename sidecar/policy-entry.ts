/** The entry that says which policy is in force for a workload from now on. */
import type { PolicyInForce } from '../core/audit/entry.ts';
import type { Snapshot, Workload } from '../core/policy/snapshot.ts';

/** @param mark what stands behind the names of Providers, where somebody else answers in their place */
export function policyEntry(
  { hash, budgets, profiles, providers, notInForce }: Snapshot,
  { namespace, name }: Pick<Workload, 'namespace' | 'name'>,
  mark = '',
): PolicyInForce {
  return {
    kind: 'policy',
    at: Date.now(),
    workload: `${namespace}/${name}`,
    snapshot: hash,
    policies: [
      ...budgets.map((budget) => `BudgetPolicy/${budget.name}`),
      ...profiles.map((profile) => `ToolProfile/${profile.name}`),
      ...providers.map((provider) => `Provider/${provider.name}${mark}`),
    ],
    notInForce: notInForce.map(({ code }) => code),
  };
}
