/**
 * Which models agents would ask for here, when their users name none, that have no price: under a limit in US dollars each
 * of these calls would be refused (price_unknown).
 */
import type { DefaultModel } from '../agents/agent.ts';
import { AGENTS } from '../agents/agents.ts';
import { hasPriceList } from '../money/price-list.ts';
import type { ProviderSpec } from '../policy/provider.ts';
import type { Snapshot } from '../policy/snapshot.ts';
import { aliased, priceAt, providerOf } from './call.ts';

export interface Unpriced {
  /** Ids of the agents that ask for it. */
  readonly agents: readonly string[];
  /** As the provider would be asked: an alias has been followed. */
  readonly model: string;
  readonly provider: ProviderSpec;
  /** What the agents ask for. */
  readonly asked: DefaultModel;
}

/**
 * @param now epoch ms: some prices change on a date
 * @returns each model and provider once. Hosts whose price list is another's than the model's maker are left out: nobody
 *   asks them for it.
 */
export function unpricedDefaults(
  snapshot: Pick<Snapshot, 'profiles' | 'providers'>,
  now: number,
): readonly Unpriced[] {
  const found = new Map<string, Unpriced>();
  for (const { id, defaultModels } of AGENTS) {
    for (const asked of defaultModels) {
      const model = aliased(snapshot.profiles, asked.model);
      if (!isAllowed(snapshot, model)) continue;
      for (const provider of providersFor(snapshot, asked, model)) {
        if (priceAt(provider, model, now) !== undefined) continue;
        const key = JSON.stringify([provider.name, provider.wires, model]);
        const agents = [...(found.get(key)?.agents ?? []), id];
        found.set(key, { agents: [...new Set(agents)], model, provider, asked });
      }
    }
  }
  return [...found.values()];
}

/** A model that is refused anyway needs no price. */
function isAllowed({ profiles }: Pick<Snapshot, 'profiles'>, model: string): boolean {
  return profiles.every(({ enforce, models }) => !enforce || models === undefined || models.matches(model));
}

/** The one that would be asked; where the path decides, as at a gateway, all that it can name. */
function providersFor(
  snapshot: Pick<Snapshot, 'profiles' | 'providers'>,
  { wire, maker }: DefaultModel,
  model: string,
): readonly ProviderSpec[] {
  const one = providerOf(snapshot, { wire, wires: [wire], prefix: [] }, model);
  const able = snapshot.providers.filter(({ wires }) => wires.includes(wire));
  const asked = 'code' in one ? able : [one];
  return asked.filter(({ priceList }) => priceList === maker || !hasPriceList(priceList));
}
