/**
 * Which Secrets of Tollgate's namespace are for control: keys of providers and what signs warnings, each named by a
 * manifest. Control has the right to read these alone.
 */
import { CA_SECRET, TLS_SECRETS } from './names.ts';

interface Manifest {
  readonly kind?: string | undefined;
  readonly metadata: { readonly namespace?: string | undefined; readonly name: string };
  readonly spec?: unknown;
}

interface Spec {
  /** Of a Provider. */
  readonly auth?: { readonly secretRef?: { readonly name?: unknown } };
  /** Of a BudgetPolicy. */
  readonly warnings?: { readonly webhook?: { readonly secretRef?: { readonly name?: unknown } } };
}

/** Whoever has these can pass for Tollgate itself, so that they are for nothing else, whatever a manifest says. */
const OWN: ReadonlySet<string> = new Set([CA_SECRET, ...Object.values(TLS_SECRETS)]);
/** What helm keeps of each release has all of its values. */
const HELM = 'sh.helm.release.';

/** Names in order, each once. */
export interface NamedByManifests {
  /** Of keys of providers. */
  readonly credentials: readonly string[];
  /** Of what signs warnings. */
  readonly webhooks: readonly string[];
  /** Manifests that name a Secret which is for nobody, such as `Provider anthropic: tollgate-ca`. */
  readonly refused: readonly string[];
}

/** @param objects manifests of any kind, as the API server has them */
export function namedSecrets(objects: Iterable<Manifest>): NamedByManifests {
  const [credentials, webhooks, refused] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const { kind, metadata, spec } of objects) {
    const { auth, warnings } = (spec ?? {}) as Spec;
    const isProvider = kind === 'Provider';
    if (!isProvider && kind !== 'BudgetPolicy') continue;
    const name = isProvider ? auth?.secretRef?.name : warnings?.webhook?.secretRef?.name;
    if (typeof name !== 'string' || name === '') continue;
    const who = isProvider ? metadata.name : `${metadata.namespace}/${metadata.name}`;
    if (OWN.has(name) || name.startsWith(HELM)) refused.add(`${kind} ${who}: ${name}`);
    else (isProvider ? credentials : webhooks).add(name);
  }
  return {
    credentials: [...credentials].sort(),
    webhooks: [...webhooks].sort(),
    refused: [...refused].sort(),
  };
}
