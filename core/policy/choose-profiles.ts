/** Which ToolProfiles apply: the one that is named or goes without saying, and beside it those of the whole cluster. */
import type { LoadedManifest } from './manifests.ts';
import { SYSTEM_NAMESPACE } from './snapshot.ts';
import type { ToolProfile } from './types.generated.ts';

type Loaded = LoadedManifest<ToolProfile>;

export interface Choice {
  /** Name of the ToolProfile that is asked for. */
  readonly profile?: string;
  /**
   * Which one goes without saying beside one called `default`: the only one there is, or none. In a cluster it is none:
   * who may use which profile is a right there, and saying nothing must open no profile that naming it would not.
   */
  readonly unsaid?: 'only' | 'default';
}

/** As it is in a cluster; whoever makes something of the same manifests there has to choose alike. */
export const CLUSTER_CHOICE = { unsaid: 'default' } as const;

/**
 * The named profile, else the one called `default`, else the only one of the namespace where that goes without saying;
 * those of the whole cluster apply in any case, so that naming one of them is to ask for no other.
 *
 * @param profiles all that reach the namespace
 * @param builtIn used where none applies
 * @returns the workload's own first; or a sentence that says why there is no choice
 */
export function chooseProfiles(
  profiles: readonly Loaded[],
  builtIn: readonly Loaded[],
  { profile, unsaid = 'only' }: Choice,
): { profiles: readonly Loaded[] } | { error: string } {
  const everywhere = profiles.filter(({ manifest }) => manifest.metadata.namespace === SYSTEM_NAMESPACE);
  const own = profiles.filter((one) => !everywhere.includes(one));
  const wanted =
    profile ?? (own.length === 1 && unsaid === 'only' ? own[0]?.manifest.metadata.name : 'default');
  const mine = named(own, wanted) ?? (profile === undefined ? undefined : named(everywhere, profile));
  if (mine) return { profiles: [mine, ...everywhere.filter((one) => one !== mine)] };
  const names = own.map(({ manifest }) => manifest.metadata.name).join(', ');
  if (profile !== undefined)
    return { error: `there is no ToolProfile ${profile}${names === '' ? '' : ` (there are ${names})`}` };
  if (own.length > 0 && unsaid === 'only')
    return {
      error: `which ToolProfile? There are ${names}: name one with --profile, or call one of them default`,
    };
  return { profiles: everywhere.length > 0 ? everywhere : builtIn };
}

function named(profiles: readonly Loaded[], name: string | undefined): Loaded | undefined {
  return profiles.find(({ manifest }) => manifest.metadata.name === name);
}
