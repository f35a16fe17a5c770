/**
 * What a workload's ToolProfiles ask of its pods: their tier, and their network phase by phase. Admission, which knows
 * no workload yet, and the snapshot come to the same here.
 */
import { type Networks, strictest } from './network.ts';
import type { Profile } from './profile.ts';
import { TIERS, type Tier } from './tiers.ts';

export interface PodRules {
  /** The strictest of those that are enforced. */
  readonly tier: Tier;
  readonly network: Networks;
}

/** From the strictest on. */
const ORDER = Object.keys(TIERS) as readonly Tier[];
/** Where nothing is enforced. */
const LOOSEST: Tier = 'full_vm_tools';

/** @param profiles all that apply, as chooseProfiles() has them */
export function podRules(profiles: readonly Pick<Profile, 'enforce' | 'tier' | 'network'>[]): PodRules {
  const tiers = new Set(profiles.filter(({ enforce }) => enforce).map(({ tier }) => tier));
  return { tier: ORDER.find((tier) => tiers.has(tier)) ?? LOOSEST, network: strictest(profiles) };
}
