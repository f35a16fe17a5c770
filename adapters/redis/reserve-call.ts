/**
 * A reservation as the function `reserve` is asked for it, and what it answers.
 *
 * The function decides on the output cap, so the `opened` entry is handed to it as if all that is wanted were granted;
 * whoever reads it puts in what was (opened.ts).
 */
import type { CounterUse, OpenedDraft } from '../../core/audit/entry.ts';
import type { LimitCheck, RateCheck } from '../../core/ledger/checks.ts';
import { type Amounts, amountsAt, type Shortage } from '../../core/ledger/fit.ts';
import type { RateShortage } from '../../core/ledger/rate.ts';
import { nextWarning, type WarningRule } from '../../core/ledger/warnings.ts';
import type { Grant, LeaseFacts, ReserveRequest } from '../../core/ports.ts';

export interface ReserveOptions {
  /** Unique for each try. */
  readonly attempt: string;
  readonly chain: string;
  readonly ttlMs: number;
  /** With so many entries of this chain that nobody has fetched, no more calls are let through. */
  readonly mostEntries: number;
}

/** What a reservation is asked with beside its request. */
export interface Asked {
  readonly args: readonly (string | number)[];
  readonly draft: OpenedDraft;
  readonly counters: readonly CounterUse[];
}

/** @throws RangeError for a bound that is none; Error for an `opened` that does not say what was granted */
export function reserveArgs(request: ReserveRequest, options: ReserveOptions): Asked {
  const { lease, facts, bound, limits, rates } = request;
  const wanted = amountsAt(bound, bound.cap);
  const least = amountsAt(bound, bound.minCap);
  const draft = openedDraft(request, wanted);
  const counters = limits.flatMap(useOf);
  const scopes = killScopes(facts);
  const args = [
    ...[lease, options.attempt, options.chain, options.ttlMs, options.mostEntries],
    ...[scopes.length, ...scopes],
    ...[bound.inputTokens, bound.rates?.input ?? '', bound.rates?.output ?? '', bound.cap, bound.minCap],
    ...[bound.choices ?? 1, bound.requests],
    ...[wanted.usd, wanted.tokens, wanted.requests, least.usd, least.tokens, least.requests],
    ...[JSON.stringify(draft), JSON.stringify(counters), JSON.stringify(rates.map(({ key }) => key))],
    ...[facts.exchange, `${facts.namespace}/${facts.workload}`, facts.session],
    ...[limits.length, ...limits.flatMap(limitArgs)],
    ...[rates.length, ...rates.flatMap(rateArgs)],
  ];
  return { args, draft, counters };
}

/** Whom the kill switch may be thrown for so that it stops this call. */
export function killScopes({ namespace, workload, session }: LeaseFacts): string[] {
  return ['cluster', `namespace:${namespace}`, `workload:${namespace}/${workload}`, `session:${session}`];
}

/** @returns the grant, and when it was made: epoch ms on Redis' clock */
export function readGrant(lease: string, answer: readonly unknown[]): { grant: Grant; at: number } {
  const [opened, cap, usd, tokens, requests] = answer.slice(2, 7).map(Number) as [number, ...number[]];
  const amounts = { usd, tokens, requests } as Amounts;
  const over = JSON.parse(String(answer[7])) as string[];
  return { grant: { lease, cap: cap as number, amounts, over }, at: opened };
}

export function readShortage(
  answer: readonly unknown[],
  { limits, rates }: Pick<ReserveRequest, 'limits' | 'rates'>,
): Shortage | RateShortage {
  const [kind, , index, what, first, second] = answer;
  if (kind === 'rate') {
    const check = rates[Number(index) - 1] as RateCheck;
    return { kind, check, what: what as RateShortage['what'], retryAfterMs: Number(first) };
  }
  const limit = limits[Number(index) - 1] as LimitCheck;
  return { kind: what as Shortage['kind'], limit, left: Number(first), needed: Number(second) };
}

function openedDraft(request: ReserveRequest, wanted: Amounts): OpenedDraft {
  const { lease, bound } = request;
  const draft = request.opened({ lease, cap: bound.cap, amounts: wanted, over: [] });
  const { usd, tokens, requests } = draft.reserved;
  const isWanted = usd === wanted.usd && tokens === wanted.tokens && requests === wanted.requests;
  if (draft.lease === lease && draft.cap === bound.cap && isWanted) return draft;
  throw new Error(`The opened entry of ${lease} does not say what was granted: lease, cap and reserved.`);
}

function useOf({ counter, unit, resetsAt }: LimitCheck): CounterUse[] {
  return counter === undefined ? [] : [[counter, unit, endOf(resetsAt) || null]];
}

function limitArgs(limit: LimitCheck): (string | number)[] {
  const { id, counter, unit, amount, refuse, startsAt = 0, resetsAt, warns } = limit;
  const facts = [unit, amount, refuse ? 1 : 0, JSON.stringify(id)];
  if (counter === undefined) return [...facts, ''];
  return [...facts, counter, startsAt, endOf(resetsAt), warns ? ruleText(warns) : ''];
}

function endOf(resetsAt: number | undefined): number | '' {
  return resetsAt === undefined || resetsAt === Number.POSITIVE_INFINITY ? '' : resetsAt;
}

/** "amount send percent:least …": each threshold with the least spend that reaches it. */
function ruleText(rule: WarningRule): string {
  const none = new Set<number>();
  const thresholds = rule.percents.map((percent) => {
    return `${percent}:${nextWarning({ ...rule, percents: [percent] }, none)}`;
  });
  return [rule.amount, rule.send ? 1 : 0, ...thresholds].join(' ');
}

function rateArgs(rate: RateCheck): (string | number)[] {
  const { id, key, refuse, requestsPerMinute = '', tokensPerMinute = '', concurrent = '' } = rate;
  return [JSON.stringify(id), key, refuse ? 1 : 0, requestsPerMinute, tokensPerMinute, concurrent];
}
