/**
 * What each phase of a pod may reach on the network, by its ToolProfiles.
 *
 *   spec.network, or the tier where it is silent ──> one network a profile and phase ── strictest ──> the workload's
 *
 * Between profiles strictest wins: a host is opened at a port when every profile that is enforced opens it. So of two
 * lists what both name is left (`*.example.com` and `git.example.com` leave `git.example.com`), a list beside `full`
 * stays, and one `local` closes all. A profile that only records (`enforce: false`) closes nothing; what it would have
 * closed is said beside it, for the gateway to record.
 */
import { type HostRule, readRule, ruleNames } from '../egress/host.ts';
import { type Network, type Opened, PHASES, type Phase } from '../egress/judge.ts';
import type { Door } from '../egress/names.ts';
import { TIERS } from './tiers.ts';
import type { ToolProfile } from './types.generated.ts';

export type Networks<N extends Opened = Network> = Readonly<Record<Phase, N>>;

interface Asks {
  readonly enforce: boolean;
  readonly network: Networks<Opened>;
}

/**
 * @param spec valid, with its defaults filled in
 * @throws Error for a host that is none: validation refuses those before
 */
export function compileNetwork({ tier, network }: ToolProfile['spec']): Networks<Opened> {
  return eachPhase((phase) => {
    const { access = TIERS[tier].network[phase], hosts = [] } = network?.[phase] ?? {};
    return access === 'local' ? CLOSED : { access, hosts: hosts.map(compileHost) };
  });
}

function compileHost(text: string): HostRule {
  const rule = readRule(text);
  if (rule === undefined) throw new Error(`${JSON.stringify(text)} names no host`);
  return rule;
}

/** @param profiles all that apply to a workload; none opens nothing */
export function strictest(profiles: readonly Asks[]): Networks {
  const enforced = profiles.filter(({ enforce }) => enforce);
  return eachPhase((phase) => {
    const of = ({ network }: Asks) => network[phase];
    const all = profiles.map(of).reduce(both, undefined) ?? CLOSED;
    if (profiles.length === enforced.length) return all;
    // Where nothing is enforced nothing is refused, on the ports that anything is listed with.
    const open: Opened = { access: 'full', hosts: unlike(profiles.flatMap((one) => of(one).hosts)) };
    return { ...(enforced.map(of).reduce(both, undefined) ?? open), ifEnforced: all };
  });
}

/** @returns which of the gateway's ports a pod of this network is given at its birth */
export function doorOf({ access }: Opened): Door {
  return access === 'local' ? 'narrow' : 'wide';
}

const CLOSED: Opened = { access: 'local', hosts: [] };

/** @returns what both open; one that is not there closes nothing */
function both(a: Opened | undefined, b: Opened): Opened {
  if (a === undefined) return b;
  if (a.access === 'local' || b.access === 'local') return CLOSED;
  const named = a.hosts.flatMap((one) => b.hosts.flatMap((other) => narrower(one, other) ?? []));
  const hosts = unlike([...named, ...passedBy(a, b.hosts), ...passedBy(b, a.hosts)]);
  return { access: a.access === 'full' && b.access === 'full' ? 'full' : 'allowlist', hosts };
}

/** @returns what `full` opens of a list: port 443, and no other port that it does not name itself */
function passedBy({ access }: Opened, hosts: readonly HostRule[]): HostRule[] {
  return access === 'full' ? hosts.filter(({ port }) => port === 443) : [];
}

/** @returns the one of two entries that names what both name; names below a host are a tree, so there is no third */
function narrower(a: HostRule, b: HostRule): HostRule | undefined {
  if (a.port !== b.port) return undefined;
  if (covers(a, b)) return b;
  return covers(b, a) ? a : undefined;
}

function covers(wide: HostRule, narrow: HostRule): boolean {
  if (!narrow.below) return ruleNames(wide, narrow.host);
  return wide.below && (wide.host === narrow.host || ruleNames(wide, narrow.host));
}

function unlike(rules: readonly HostRule[]): HostRule[] {
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}

function eachPhase<N extends Opened>(make: (phase: Phase) => N): Networks<N> {
  return Object.fromEntries(PHASES.map((phase) => [phase, make(phase)])) as Record<Phase, N>;
}
