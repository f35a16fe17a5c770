/** Step 2, resolve: a request becomes the call as it will be made – alias, route, provider, price, output cap. */
import type { AgentKind } from '../agents/agent.ts';
import type { Payer } from '../ledger/checks.ts';
import type { Price } from '../money/price.ts';
import { findPrice } from '../money/price-list.ts';
import type { Profile } from '../policy/profile.ts';
import type { ProviderSpec } from '../policy/provider.ts';
import type { Snapshot } from '../policy/snapshot.ts';
import type { Endpoint, RequestView } from '../wire/wire.ts';
import { type Refusal, refusal } from './refusals.ts';

export interface Call {
  readonly view: RequestView;
  readonly agent: AgentKind;
  readonly payer: Payer;
  readonly snapshot: Snapshot;
  readonly provider: ProviderSpec;
  /** As the agent asked; undefined where no model is named. */
  readonly requestedModel: string | undefined;
  /** As the provider will be asked. */
  readonly model: string | undefined;
  /** Undefined when no price is known. */
  readonly price: Price | undefined;
  /** The output cap before the budget lowers it, tokens. */
  readonly cap: number;
}

/**
 * @param now epoch ms: some prices change on a date
 * @returns the call, and after it the calls to fall back to when it gets no answer; or why there is none
 */
export function resolve(
  view: RequestView,
  agent: AgentKind,
  payer: Payer,
  snapshot: Snapshot,
  now: number,
): readonly [Call, ...Call[]] | Refusal {
  const { profiles } = snapshot;
  const first = view.model === undefined ? undefined : aliased(profiles, view.model);
  const models = [first, ...(first === undefined ? [] : fallbacksOf(profiles, first))];
  const calls: Call[] = [];
  for (const model of models) {
    const provider = providerOf(snapshot, view.endpoint, model);
    if ('code' in provider) return provider;
    const price = model === undefined ? undefined : priceAt(provider, model, now);
    const cap = capOf(view, profiles);
    calls.push({ view, agent, payer, snapshot, provider, requestedModel: view.model, model, price, cap });
  }
  return calls as [Call, ...Call[]];
}

/** @returns the model that a profile puts in the place of the one that was asked for */
export function aliased(profiles: readonly Profile[], model: string): string {
  for (const profile of profiles) {
    const target = profile.aliases.get(model);
    if (target !== undefined) return target;
  }
  return model;
}

function fallbacksOf(profiles: readonly Profile[], model: string): readonly string[] {
  for (const { fallbacks } of profiles) {
    const fallback = fallbacks.find(({ matches }) => matches(model));
    if (fallback) return fallback.to;
  }
  return [];
}

/** The profile's route decides; else the provider that the agent's path names; else there is only one. */
export function providerOf(
  snapshot: Pick<Snapshot, 'profiles' | 'providers'>,
  { wire, wires, prefix }: Pick<Endpoint, 'wire' | 'wires' | 'prefix'>,
  model: string | undefined,
): ProviderSpec | Refusal {
  const able = snapshot.providers.filter((provider) => wires.some((one) => provider.wires.includes(one)));
  const shown = model ?? '(none named)';
  for (const { routes } of model === undefined ? [] : snapshot.profiles) {
    const route = routes.find(({ matches }) => matches(model ?? ''));
    if (!route) continue;
    const provider = able.find(({ name }) => name === route.provider);
    return (
      provider ?? refusal('no_provider', { model: shown, detail: `${route.provider} does not speak ${wire}` })
    );
  }
  const named = able.find(({ name }) => prefix.includes(name));
  if (named) return named;
  const [only, ...more] = able;
  if (only && more.length === 0) return only;
  const names = able.map(({ name }) => name).join(', ');
  const detail = only
    ? `several speak ${wire} (${names}) and neither a route nor the path names one`
    : `none speaks ${wire}`;
  return refusal('no_provider', { model: shown, detail });
}

/** @returns what a model costs at a provider: its manifest goes before the price list; undefined when neither says */
export function priceAt(provider: ProviderSpec, model: string, now: number): Price | undefined {
  const own = provider.prices.find(({ matches }) => matches(model));
  return own?.price ?? findPrice(provider.priceList, model, now);
}

/** A ceiling lowers what was asked for; a profile that is not enforced changes nothing. */
function capOf({ capped, askedCap }: RequestView, profiles: readonly Profile[]): number {
  if (!capped) return 0;
  const asked = askedCap ?? profiles[0]?.defaultOutputTokens ?? Number.MAX_SAFE_INTEGER;
  const ceilings = profiles
    .filter(({ enforce }) => enforce)
    .map(({ maxOutputTokens }) => maxOutputTokens ?? asked);
  return Math.min(asked, ...ceilings);
}
