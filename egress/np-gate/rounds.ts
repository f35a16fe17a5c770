/**
 * What a row of rounds means. A round is good when the gateway answers and, at the same time, nothing else does: without
 * the first, an empty network would pass for a closed one.
 */

import type { Link } from './link.ts';
import type { Outcome } from './probe.ts';
import { type LinkPort, type Plan, placeText } from './targets.ts';

/** Outcomes in the plan's order. */
export interface Round {
  readonly gateway: readonly Outcome[];
  readonly canary: Outcome;
  readonly closed: readonly Outcome[];
  /** Of UDP and TCP each. */
  readonly dns: readonly (readonly [udp: Outcome, tcp: Outcome])[];
  readonly warn: readonly Outcome[];
  /** Undefined where the link is not asked for. */
  readonly link?: LinkRound;
}

export interface LinkRound extends Pick<Link, 'on' | 'neighbours'> {
  /** It may be open soon, and can't be tried yet. */
  readonly unsettled: boolean;
  /** Who answered, by whatever protocol. */
  readonly reached: readonly { readonly neighbour: string; readonly port: LinkPort }[];
}

export interface Judged {
  readonly good: boolean;
  /** What is wrong, in a few words each. */
  readonly problems: readonly string[];
  /** What could be reached and need not be closed. */
  readonly warnings: readonly string[];
}

export function judgeRound(plan: Plan, round: Round): Judged {
  const problems = [
    ...plan.gateway.flatMap((place, n) =>
      round.gateway[n] === 'reached' ? [] : [`the egress gateway ${placeText(place)} does not answer`],
    ),
    ...(round.canary === 'reached'
      ? [`the canary ${placeText(plan.canary)} can be reached: no NetworkPolicy holds for this pod`]
      : []),
    ...plan.closed.flatMap((place, n) =>
      round.closed[n] === 'reached' ? [`${placeText(place)} can be reached`] : [],
    ),
    ...plan.dns.flatMap((place, n) => {
      const [udp, tcp] = round.dns[n] ?? [];
      const ways = [udp === 'reached' ? 'UDP' : '', tcp === 'reached' ? 'TCP' : ''].filter(Boolean);
      return ways.length === 0
        ? []
        : [`the name server ${placeText(place)} can be reached by ${ways.join(' and ')}`];
    }),
    ...linkProblems(round),
  ];
  const warnings = [...nodeWarnings(plan, round), ...linkWarnings(round)];
  return { good: problems.length === 0, problems, warnings };
}

function nodeWarnings(plan: Plan, round: Round): string[] {
  return plan.warn.flatMap((place, n) =>
    round.warn[n] === 'reached'
      ? [`${placeText(place)} can be reached, and this network engine does not close it`]
      : [],
  );
}

/** An engine that leaves the pod's own node open over IPv4 can't be asked to close it over IPv6. */
function isNodeOpen({ warn }: Round): boolean {
  return warn.includes('reached');
}

function linkProblems(round: Round): string[] {
  const { link } = round;
  if (link === undefined) return [];
  if (link.unsettled) return ["the pod's addresses of IPv6 are not settled yet"];
  const open = isNodeOpen(round);
  const reached = link.reached.filter(({ port }) => !(open && port.ofNode));
  if (reached.length === 0) return [];
  return [
    `${said(reached)} can be reached over IPv6 on the pod's own link: the network engine filters IPv4 alone. Have it filter IPv6 too, or switch IPv6 off in pods (CNI plugin tuning, net.ipv6.conf.eth0.disable_ipv6)`,
  ];
}

function linkWarnings(round: Round): string[] {
  const { link } = round;
  if (link === undefined || link.unsettled) return [];
  // Whom the pod has not spoken to, the kernel does not know.
  const spoke = round.gateway.includes('reached');
  if (link.on && spoke && link.neighbours.length === 0)
    return [
      "the pod has IPv6 on its link, and its node's address there can't be found out, so that it was not tried",
    ];
  const reached = isNodeOpen(round) ? link.reached.filter(({ port }) => port.ofNode) : [];
  return reached.length === 0
    ? []
    : [
        `${said(reached)} can be reached over IPv6 on the link, and this network engine does not close the node`,
      ];
}

function said(reached: LinkRound['reached']): string {
  return reached
    .map(({ neighbour, port: { port, name } }) => `${name} at ${placeText({ address: neighbour, port })}`)
    .join(', ');
}
