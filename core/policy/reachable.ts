/**
 * Which Providers a workload can call by its profiles: those alone does it need the keys of.
 *
 *   models that every enforced profile allows ──┬── each has a route ──> the Providers of those routes
 *                                               └── one has none ──────> all: its path may name any of them
 *
 * The rules of who answers are in core/govern/call.ts (docs/providers.md). Where patterns do not tell, a Provider counts as
 * reachable: what can be called must be callable.
 */
import { compileGlob } from './glob.ts';
import type { Profile } from './profile.ts';
import type { ProviderSpec } from './provider.ts';

type Models = Pick<Profile, 'enforce' | 'models' | 'routes'>;

/** @param profiles of one snapshot, in its order @returns those of its Providers that a model can be asked of */
export function reachableProviders(
  profiles: readonly Models[],
  providers: readonly ProviderSpec[],
): readonly ProviderSpec[] {
  const routes = profiles.flatMap((profile) => profile.routes);
  const allowed = profiles.flatMap(({ enforce, models }) => (enforce && models ? [models.patterns] : []));
  const isRouted = (pattern: string) => routes.some((route) => covers(route.pattern, pattern));
  const everyModelIsRouted = isRouted('*') || allowed.some((patterns) => patterns.every(isRouted));
  if (!everyModelIsRouted) return providers;
  const named = new Set(
    routes
      .filter(({ pattern }, i) => !routes.slice(0, i).some((before) => covers(before.pattern, pattern)))
      .filter(({ pattern }) => allowed.every((some) => some.some((one) => overlap(one, pattern))))
      .map(({ provider }) => provider),
  );
  return providers.filter(({ name }) => named.has(name));
}

/** @returns whether all that the other matches is matched: its stars can only be where there is one here */
function covers(pattern: string, other: string): boolean {
  return compileGlob(pattern)(other);
}

/** @returns whether some text is matched by both */
function overlap(a: string, b: string): boolean {
  // reached[j]: what stands before i in one and before j in the other can match the same text.
  let reached = Array.from({ length: b.length + 1 }, (_, j) => /^\**$/.test(b.slice(0, j)));
  for (const char of a) {
    const next: boolean[] = [];
    for (let j = 0; j <= b.length; j++) {
      const other = b[j - 1];
      const bothStep = j > 0 && reached[j - 1] === true && (char === other || char === '*' || other === '*');
      const aIsAny = char === '*' && (reached[j] === true || (j > 0 && next[j - 1] === true));
      const bIsAny = other === '*' && (next[j - 1] === true || reached[j] === true);
      next.push(bothStep || aIsAny || bIsAny);
    }
    reached = next;
  }
  return reached[b.length] === true;
}
