/** What the profile of a pod that is being created means for it: the pod has no name yet, and its workload is not known. */
import type { ClusterProfiles } from '../../adapters/cluster/profiles.ts';
import { doorOf } from '../../core/policy/network.ts';
import type { ReviewOptions } from './review.ts';
import { POD_TIERS } from './tiers.ts';

/**
 * The pod's port of the gateway is the narrow one where its phase may reach nothing, and it keeps it for its life: a
 * profile that is widened later opens no more to it. A last good answer is no reason to let a new pod in.
 */
export function profileFor(profiles: Pick<ClusterProfiles, 'of'>): ReviewOptions['profileFor'] {
  return (namespace, profile, phase) => {
    const answer = profiles.of(namespace, profile);
    if (answer.problem !== undefined) return { problem: answer.problem };
    const { tier, network } = answer.rules;
    return { network: doorOf(network[phase]), tier: POD_TIERS[tier] };
  };
}
