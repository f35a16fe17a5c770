/**
 * Which Secrets of Tollgate's namespace hold keys of providers: those that a Provider names, and no other. Control has the
 * right to read these alone.
 */
import { CA_SECRET, TLS_SECRETS } from './names.ts';

interface Manifest {
  readonly kind?: string | undefined;
  readonly metadata: { readonly name: string };
  readonly spec?: unknown;
}

/** Whoever has these can pass for Tollgate itself, so that they are nobody's key, whatever a Provider says. */
const OWN: ReadonlySet<string> = new Set([CA_SECRET, ...Object.values(TLS_SECRETS)]);

export interface CredentialSecrets {
  /** In order, each once. */
  readonly names: readonly string[];
  /** Providers that name a Secret which is Tollgate's own, as PROVIDER: SECRET. */
  readonly refused: readonly string[];
}

/** @param objects manifests of any kind, as the API server has them */
export function credentialSecrets(objects: Iterable<Manifest>): CredentialSecrets {
  const names = new Set<string>();
  const refused: string[] = [];
  for (const { kind, metadata, spec } of objects) {
    if (kind !== 'Provider') continue;
    const { auth } = (spec ?? {}) as { auth?: { secretRef?: { name?: unknown } } };
    const name = auth?.secretRef?.name;
    if (typeof name !== 'string' || name === '') continue;
    if (OWN.has(name)) refused.push(`${metadata.name}: ${name}`);
    else names.add(name);
  }
  return { names: [...names].sort(), refused: refused.sort() };
}
