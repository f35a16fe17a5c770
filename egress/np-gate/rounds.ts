/**
 * What a row of rounds means. A round is good when the gateway answers and, at the same time, nothing else does: without
 * the first, an empty network would pass for a closed one.
 */
import type { Outcome } from './probe.ts';
import { type Plan, placeText } from './targets.ts';

/** Outcomes in the plan's order. */
export interface Round {
  readonly gateway: readonly Outcome[];
  readonly canary: Outcome;
  readonly closed: readonly Outcome[];
  /** Of UDP and TCP each. */
  readonly dns: readonly (readonly [udp: Outcome, tcp: Outcome])[];
  readonly warn: readonly Outcome[];
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
  ];
  const warnings = plan.warn.flatMap((place, n) =>
    round.warn[n] === 'reached'
      ? [`${placeText(place)} can be reached, and this network engine does not close it`]
      : [],
  );
  return { good: problems.length === 0, problems, warnings };
}
