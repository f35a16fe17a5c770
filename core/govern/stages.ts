/**
 * The six stages through which every call passes, and the order in which their verdicts count.
 *
 *   rate limit ─┐
 *   budget ─────┴─ one call to the ledger, sent first
 *   data          PII and secrets          not built yet
 *   security      injection, exfiltration  not built yet
 *   tools         model, output cap, unknown fields, provider capabilities; tool calls follow in the reply
 *   approval      a person decides         not built yet
 *
 * The verdict is the first refusal in this order. A stage that is not built lets everything pass and is named in every
 * record as not in force.
 */
import type { Grant, Reservation } from '../ports.ts';
import { budgetRefusal, type Demand, demandOf, rateRefusal } from './budget.ts';
import type { Call } from './call.ts';
import { judgeModel } from './model.ts';
import { type Refusal, refusal } from './refusals.ts';
import { type Permit, permit, STAGES, type StageName, type Verdict } from './verdict.ts';

/** One of each: what forwarding asks for. */
export interface Permits {
  readonly rate_limit: Permit<'rate_limit'>;
  readonly budget: Permit<'budget'> & { readonly grant: Grant };
  readonly data: Permit<'data'>;
  readonly security: Permit<'security'>;
  readonly tools: Permit<'tools'>;
  readonly approval: Permit<'approval'>;
}

/** How the ledger answered, and how long the call had waited for it. */
export interface LedgerAnswer {
  readonly reservation: Reservation | { readonly unavailable: Refusal };
  readonly waitedMs: number;
}

export type Governed =
  | { readonly permits: Permits; readonly observed: readonly string[] }
  | { readonly refusal: Refusal; readonly grant: Grant | undefined /** to be released */ };

/**
 * Judges one call.
 * @param now epoch ms
 * @param reserve asks the ledger, with as much patience as the shortage deserves; `observed` is what other stages would
 *   have refused, for the `opened` entry that is written with the reservation
 */
export async function govern(
  call: Call,
  now: number,
  reserve: (demand: Demand, observed: readonly string[]) => Promise<LedgerAnswer>,
): Promise<Governed> {
  const demand = demandOf(call, now);
  const tools = judgeModel(call);
  const toolsObserved = 'permit' in tools ? tools.observed : [];
  const answer = 'code' in demand ? undefined : await reserve(demand, [...demand.observed, ...toolsObserved]);
  const [rate, budget] = ledgerVerdicts(demand, answer);
  const verdicts: { [S in StageName]: Verdict<Permits[S]> } = {
    rate_limit: rate,
    budget,
    data: notBuilt('data'),
    security: notBuilt('security'),
    tools,
    approval: notBuilt('approval'),
  };
  const grant = 'permit' in budget ? budget.permit.grant : undefined;
  for (const stage of STAGES) {
    const verdict = verdicts[stage];
    if ('refusal' in verdict) return { refusal: verdict.refusal, grant };
  }
  const permits: Permits = {
    rate_limit: permitOf(verdicts.rate_limit),
    budget: permitOf(verdicts.budget),
    data: permitOf(verdicts.data),
    security: permitOf(verdicts.security),
    tools: permitOf(verdicts.tools),
    approval: permitOf(verdicts.approval),
  };
  const paidFor = 'code' in demand ? [] : demand.observed;
  return { permits, observed: [...paidFor, ...toolsObserved, ...(grant?.over ?? [])] };
}

/** Of a verdict that is known not to be a refusal. */
function permitOf<P>(verdict: Verdict<P>): P {
  return (verdict as { readonly permit: P }).permit;
}

function notBuilt<S extends StageName>(stage: S): Verdict<Permit<S>> {
  return { permit: permit(stage, {}), observed: [] };
}

function ledgerVerdicts(
  demand: Demand | Refusal,
  answer: LedgerAnswer | undefined,
): [Verdict<Permits['rate_limit']>, Verdict<Permits['budget']>] {
  const within: Verdict<Permits['rate_limit']> = { permit: permit('rate_limit', {}), observed: [] };
  if ('code' in demand) return [within, { refusal: demand }];
  const { reservation, waitedMs } = answer as LedgerAnswer;
  if ('unavailable' in reservation) return [within, { refusal: reservation.unavailable }];
  if ('granted' in reservation) {
    const { granted } = reservation;
    return [within, { permit: permit('budget', { grant: granted }), observed: granted.over }];
  }
  const { refused } = reservation;
  if (refused.kind === 'stopped') {
    const stopped: Verdict<never> = { refusal: refusal('killed', { reason: refused.reason }) };
    return [stopped, stopped];
  }
  if (refused.kind !== 'rate') return [within, { refusal: budgetRefusal(refused) }];
  const tooFast: Verdict<never> = { refusal: rateRefusal(refused, waitedMs) };
  return [tooFast, tooFast];
}
