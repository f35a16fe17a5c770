/**
 * Certificates that somebody else issues, such as cert-manager: which authorities are to be trusted.
 *
 * Each server's Secret names its own in ca.crt. One that is named no more stays for a while, since servers show what was
 * in the Secret before until the kubelet brings them what is in it now. That is remembered in this process alone, and
 * that a new authority is known before its first certificate is in force is the issuer's to see to.
 */
import type { Server } from '../../core/cluster/names.ts';
import { bundleOf, type Decision, type Held, type Problem, type Terms, unique } from './decide.ts';
import { type Data, readAuthorities, readCertificate, type Trusted } from './read.ts';

export interface Remembered extends Trusted {
  /** When it was last named, epoch ms. */
  readonly namedAt: number;
}

export type ExternalDecision = Decision & { readonly remembered: readonly Remembered[] };

export function decideExternal(
  { servers }: Held,
  before: readonly Remembered[],
  { now, times }: Terms,
): ExternalDecision {
  const problems: Problem[] = [];
  const ends: Partial<Record<Server, number>> = {};
  const named: Trusted[] = [];
  for (const [server, data] of Object.entries(servers) as [Server, Data][]) {
    const own = readAuthorities(data['ca.crt'] ?? '', now);
    named.push(...own);
    if (own.length === 0) problems.push({ about: server, what: 'ca.crt has no certificate of an authority' });
    const leaf = readCertificate(data['tls.crt'] ?? '');
    if (leaf !== undefined) ends[server] = leaf.validToDate.getTime();
  }
  const still = before.filter(({ namedAt, until }) => now - namedAt < times.lagMs && until > now);
  const trusted = unique([...named, ...still]);
  const isNamed = ({ id }: Trusted) => named.some((one) => one.id === id);
  return {
    bundle: bundleOf(trusted),
    steps: [],
    problems,
    ends,
    remembered: trusted.map((one) => ({
      ...one,
      namedAt: isNamed(one) ? now : (still.find(({ id }) => id === one.id)?.namedAt ?? now),
    })),
  };
}
