/** Policies for tests, as objects: JSON is YAML. */
export type Spec = Readonly<Record<string, unknown>>;

const made = (kind: string, name: string, spec: Spec) => ({
  apiVersion: 'tollgate.dev/v1alpha1',
  kind,
  metadata: { name },
  spec,
});

/** @param spec limits, rates, onDisconnect, … */
export const budget = (spec: Spec, name = 'test') => made('BudgetPolicy', name, spec);
export const profile = (spec: Spec, name = 'test') =>
  made('ToolProfile', name, { tier: 'full_vm_tools', ...spec });
/** Named after its price list; at an address of this machine. */
export const provider = (url: string, spec: Spec = {}, name = 'anthropic') =>
  made('Provider', name, { url, wires: ['anthropic-messages'], privateAddresses: true, ...spec });

/** A limit on the workload's spend that never resets. */
export const usd = (amount: number | string, more: Spec = {}) => ({
  name: 'all',
  window: 'lifetime',
  usd: typeof amount === 'number' ? amount.toFixed(9) : amount,
  ...more,
});

export const requests = (amount: number, more: Spec = {}) => ({
  name: 'calls',
  window: 'lifetime',
  requests: amount,
  ...more,
});

/** More than any test spends. */
export const PLENTY = budget({ limits: [usd('1000')] }, 'plenty');

export function policyText(manifests: readonly object[]): string {
  return manifests.map((manifest) => JSON.stringify(manifest, null, 2)).join('\n---\n');
}
