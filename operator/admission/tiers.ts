/** What a ToolProfile's tier asks of the pod itself, where the pod is silent. */
import type { Tier } from '../../core/policy/tiers.ts';

export interface PodTier {
  readonly nonRoot: boolean;
  readonly readOnlyRoot: boolean;
  readonly readOnlyWorkspace: boolean;
}

export const POD_TIERS: Readonly<Record<Tier, PodTier>> = {
  locked: { nonRoot: true, readOnlyRoot: true, readOnlyWorkspace: true },
  web_automation: { nonRoot: true, readOnlyRoot: true, readOnlyWorkspace: false },
  full_vm_tools: { nonRoot: true, readOnlyRoot: false, readOnlyWorkspace: false },
};
