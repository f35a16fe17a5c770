/** The hosts of all Providers of the cluster, and of the built-in ones where no other speaks their wire. */
import type { Place } from '../../core/egress/judge.ts';
import { type ProviderUrl, providerPlace } from '../../core/egress/provider-place.ts';
import type { LoadedManifest } from '../../core/policy/manifests.ts';
import { type PolicyObject, policyObject, readObjects } from '../../core/policy/objects.ts';
import { formatProblem } from '../../core/policy/problem.ts';
import { compileProvider } from '../../core/policy/provider.ts';
import { chooseProviders } from '../../core/policy/snapshot.ts';
import type { Provider } from '../../core/policy/types.generated.ts';

export interface ProviderPlaces {
  readonly places: readonly Place[];
  /** Sentences: which Provider is not opened as it was meant, and why. */
  readonly problems: readonly string[];
}

/** @param objects of any kind; those that are no Providers are left out */
export function providerPlaces(
  objects: readonly PolicyObject[],
  builtIn: readonly LoadedManifest[],
): ProviderPlaces {
  const { manifests, problems } = readObjects(
    objects.filter(({ kind }) => kind === 'Provider').map(policyObject),
  );
  const understood = chooseProviders(manifests.filter(isProvider), builtIn);
  const urls: ProviderUrl[] = understood.map(({ manifest }) => compileProvider(manifest));
  const known = new Set(urls.map(({ name }) => name));
  // One of another release: its sidecars may not follow it, but it is no host for agents all the same.
  const others = objects.flatMap((object) =>
    object.kind === 'Provider' && !known.has(object.metadata.name) ? bareUrl(object) : [],
  );
  const places = [...urls, ...others].map(providerPlace);
  return {
    places: places.filter((place) => typeof place !== 'string'),
    problems: [...problems.map(formatProblem), ...places.filter((place) => typeof place === 'string')],
  };
}

function isProvider(loaded: LoadedManifest): loaded is LoadedManifest<Provider> {
  return loaded.manifest.kind === 'Provider';
}

function bareUrl({ metadata: { name }, spec }: PolicyObject): ProviderUrl[] {
  const { url, privateAddresses } = (spec ?? {}) as { url?: unknown; privateAddresses?: unknown };
  const read = typeof url === 'string' ? URL.parse(url) : null;
  if (read === null || !/^https?:$/.test(read.protocol)) return [];
  return [{ name, origin: read.origin, privateAddresses: privateAddresses === true }];
}
