/**
 * May this pod have this tunnel? Judged before the name is resolved: a look-up is a message to the outside too.
 *
 *   purpose   narrow door                    wide door
 *   control   control's own host             the same
 *   provider  hosts of Providers             the same
 *   agent     nothing                        what the phase's network opens, but never control or a Provider's host
 */
import { type HostRule, ruleNames } from './host.ts';
import type { Door, Purpose } from './names.ts';
import { type EgressCode, type EgressRefusal, egressRefusal } from './refusals.ts';

export const PHASES = ['setup', 'work', 'teardown'] as const;
export type Phase = (typeof PHASES)[number];

export const ACCESS = ['full', 'allowlist', 'local'] as const;

export interface Opened {
  readonly access: (typeof ACCESS)[number];
  /** For allowlist; under full they are ports other than 443. */
  readonly hosts: readonly HostRule[];
}

/** What a pod's own traffic may reach: the network of its profiles in its phase. */
export interface Network extends Opened {
  /** What it would be if those that only record (`enforce: false`) were enforced too; absent: there are none. */
  readonly ifEnforced?: Opened;
}

/** What is judged of a pod. */
export interface PodRights {
  readonly phase: Phase;
  readonly network: Network;
  /** Why it may call nobody any more, in words for people; null: it may. */
  readonly killed: string | null;
}

/** A host of a Provider, or control. */
export interface Place {
  /** In its one form. */
  readonly host: string;
  readonly port: number;
  /** Whether a TLS ClientHello has to come first; false is for http:// providers of one's own. */
  readonly tls: boolean;
  /** Whether it may have a private address. */
  readonly privateAddresses: boolean;
}

export interface Places {
  readonly control: Place;
  readonly providers: readonly Place[];
}

export interface Ask {
  readonly purpose: Purpose;
  readonly door: Door;
  readonly host: string;
  readonly port: number;
}

export interface Opening {
  readonly tls: boolean;
  readonly privateAddresses: boolean;
  /** Why a profile that only records would have refused it; for the record. */
  readonly wouldRefuse?: EgressCode;
}

export type Verdict = { readonly opens: Opening } | { readonly refusal: EgressRefusal };

/** What an agent reaches is TLS, on a public address, without exception. */
const STRICT: Opening = { tls: true, privateAddresses: false };

export function judge(ask: Ask, pod: PodRights, places: Places): Verdict {
  // Control stays: what was spent has to be settled and recorded, and the sidecar has to hear why it was killed.
  if (ask.purpose === 'control') return judgePlace(ask, [places.control], 'not_control');
  if (pod.killed !== null) return refuse('pod_killed', { reason: pod.killed });
  if (ask.purpose === 'provider') return judgePlace(ask, places.providers, 'not_a_provider');
  return judgeAgent(ask, pod, places);
}

function judgePlace(
  { host, port }: Ask,
  places: readonly Place[],
  otherwise: 'not_control' | 'not_a_provider',
): Verdict {
  const same = places.filter((place) => place.host === host && place.port === port);
  if (same.length === 0) return refuse(otherwise, { host, port: String(port) });
  return {
    opens: {
      tls: same.some(({ tls }) => tls),
      privateAddresses: same.some(({ privateAddresses }) => privateAddresses),
    },
  };
}

function judgeAgent({ door, host, port }: Ask, { phase, network }: PodRights, places: Places): Verdict {
  // On any port, in any tier: a call that is not governed is what Tollgate is there to prevent.
  if (places.providers.some((place) => place.host === host)) return refuse('provider_host', { host });
  if (places.control.host === host) return refuse('control_host', { host });
  if (door === 'narrow') return refuse('narrow_door', { host });
  const refusal = judgeNetwork({ host, port }, phase, network);
  if (refusal !== undefined) return { refusal };
  const { ifEnforced } = network;
  const would = ifEnforced === undefined ? undefined : judgeNetwork({ host, port }, phase, ifEnforced);
  return { opens: would === undefined ? STRICT : { ...STRICT, wouldRefuse: would.code } };
}

function judgeNetwork(
  { host, port }: Pick<Ask, 'host' | 'port'>,
  phase: Phase,
  { access, hosts }: Opened,
): EgressRefusal | undefined {
  if (access === 'local') return egressRefusal('phase_local', { phase, host });
  const rules = hosts.filter((rule) => ruleNames(rule, host));
  if (rules.some((rule) => rule.port === port) || (access === 'full' && port === 443)) return undefined;
  return access === 'full' || rules.length > 0
    ? egressRefusal('port_not_allowed', { host, port: String(port) })
    : egressRefusal('host_not_allowed', { host, phase });
}

function refuse(code: EgressRefusal['code'], params: Record<string, string>): Verdict {
  return { refusal: egressRefusal(code, params) };
}
