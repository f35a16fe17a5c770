/**
 * What a ledger should do, said in the plainest way: nothing is kept but the list of all calls, every number is counted
 * anew from it, every output cap is tried one by one. Shares no code with what it is compared with.
 */
import type { LimitCheck, RateCheck } from '../core/ledger/checks.ts';
import type { Amounts, Bound } from '../core/ledger/fit.ts';
import type { RateShortage } from '../core/ledger/rate.ts';
import type { Reservation, Settlement } from '../core/ports.ts';

interface Call {
  readonly lease: string;
  state: 'open' | 'expired' | 'settled' | 'charged' | 'released';
  readonly cap: number;
  readonly reserved: Amounts;
  charged: Amounts;
  expiresAt: number;
  readonly over: readonly string[];
  readonly limits: readonly LimitCheck[];
  readonly rateKeys: readonly string[];
  /** Epoch second in which it was reserved. */
  readonly second: number;
  /** Tokens that count against rates. */
  paced: number;
}

/** An entry by what it is about. */
export type EntryFacts = readonly [kind: string, lease: string, outcome: string, amounts: Amounts];

/** What a set of histories has to reach to be worth anything. */
export const SITUATIONS = [
  'granted',
  'granted with a lower cap',
  'granted beyond a limit that records',
  'granted beyond a rate that records',
  'granted again',
  'refused: lease has ended',
  'refused: spent',
  'refused: reserved',
  'refused: request',
  'refused: rate of requests',
  'refused: rate of tokens',
  'refused: rate of concurrent',
  'settled',
  'charged',
  'released',
  'settled above its reservation',
  'settled twice',
  'settled after it expired',
  'extended',
  'expired',
] as const;
export type Situation = (typeof SITUATIONS)[number];

export interface CounterValues {
  spent: number;
  reserved: number;
}

const ZERO: Amounts = { usd: 0, tokens: 0, requests: 0 };

export class ReferenceLedger {
  readonly #ttlMs: number;
  readonly #calls: Call[] = [];
  readonly #reached: (situation: Situation) => void;
  readonly entries: EntryFacts[] = [];
  now: number;

  /** @param reached told of each situation that a history brings about */
  constructor(now: number, ttlMs: number, reached: (situation: Situation) => void = () => undefined) {
    this.now = now;
    this.#ttlMs = ttlMs;
    this.#reached = reached;
  }

  /** @returns the reservation, or 'ended' when that lease can't be had again */
  reserve(
    lease: string,
    bound: Bound,
    limits: readonly LimitCheck[],
    rates: readonly RateCheck[],
  ): Reservation | 'ended' {
    const known = this.call(lease);
    if (known?.state === 'open') {
      this.#reached('granted again');
      return { granted: { lease, cap: known.cap, amounts: known.reserved, over: known.over } };
    }
    if (known) {
      this.#reached('refused: lease has ended');
      return 'ended';
    }

    const over: string[] = [];
    for (const check of rates) {
      const shortage = this.#paceShortage(check, bound);
      if (shortage && check.refuse) {
        this.#reached(`refused: rate of ${shortage.what}`);
        return { refused: shortage };
      }
      if (shortage) {
        this.#reached('granted beyond a rate that records');
        over.push(check.id);
      }
    }
    for (const limit of limits.filter(({ refuse }) => refuse)) {
      if (takes(bound, bound.cap)[limit.unit] === 0) continue;
      const needed = takes(bound, bound.minCap)[limit.unit];
      const left = this.#left(limit);
      if (needed <= left) continue;
      const withoutRunning = limit.amount - this.#counter(limit).spent;
      const kind = limit.counter === undefined ? 'request' : withoutRunning >= needed ? 'reserved' : 'spent';
      this.#reached(`refused: ${kind}`);
      return { refused: { kind, limit, left, needed } };
    }
    let cap = bound.cap;
    while (limits.some((limit) => limit.refuse && this.#exceeds(limit, takes(bound, cap)))) cap--;
    const reserved = takes(bound, cap);
    const exceeded = limits.filter((limit) => !limit.refuse && this.#exceeds(limit, reserved));
    over.push(...exceeded.map(({ id }) => id));
    this.#reached(cap < bound.cap ? 'granted with a lower cap' : 'granted');
    if (exceeded.length > 0) this.#reached('granted beyond a limit that records');
    const second = Math.floor(this.now / 1000);
    const expiresAt = this.now + this.#ttlMs;
    const rateKeys = rates.map(({ key }) => key);
    const paced = reserved.tokens;
    this.#calls.push({
      lease,
      state: 'open',
      cap,
      reserved,
      charged: ZERO,
      expiresAt,
      over,
      limits,
      rateKeys,
      second,
      paced,
    });
    this.entries.push(['opened', lease, '', reserved]);
    return { granted: { lease, cap, amounts: reserved, over } };
  }

  settle(lease: string, settlement: Settlement): void {
    const call = this.call(lease);
    if (call?.state !== 'open' && call?.state !== 'expired') {
      if (call) this.#reached('settled twice');
      return;
    }
    const charged =
      settlement.outcome === 'settled'
        ? settlement.amounts
        : settlement.outcome === 'charged'
          ? call.reserved
          : ZERO;
    this.#reached(settlement.outcome);
    if (charged.usd > call.reserved.usd) this.#reached('settled above its reservation');
    if (call.state === 'open') call.paced = charged.tokens;
    else this.#reached('settled after it expired');
    call.charged = charged;
    call.state = settlement.outcome;
    this.entries.push(['closed', lease, settlement.outcome, charged]);
  }

  extend(lease: string): void {
    const call = this.call(lease);
    if (call?.state !== 'open') return;
    if (call.expiresAt < this.now + this.#ttlMs) this.#reached('extended');
    call.expiresAt = this.now + this.#ttlMs;
  }

  sweep(): void {
    for (const call of this.#calls) {
      if (call.state !== 'open' || call.expiresAt > this.now) continue;
      this.#reached('expired');
      call.state = 'expired';
      call.charged = call.reserved;
      this.entries.push(['incomplete', call.lease, '', call.reserved]);
    }
  }

  /** All counters that are not zero. */
  counters(): Record<string, CounterValues> {
    const all: Record<string, CounterValues> = {};
    for (const call of this.#calls) {
      for (const limit of call.limits) if (limit.counter) all[limit.counter] ??= this.#counter(limit);
    }
    return Object.fromEntries(
      Object.entries(all).filter(([, { spent, reserved }]) => spent > 0 || reserved > 0),
    );
  }

  /** Leases that have not ended. */
  open(): string[] {
    return this.#calls.filter(({ state }) => state === 'open').map(({ lease }) => lease);
  }

  call(lease: string): Call | undefined {
    return this.#calls.find((call) => call.lease === lease);
  }

  #counter({ counter, unit }: LimitCheck): CounterValues {
    const on = this.#calls.filter((call) => call.limits.some((limit) => limit.counter === counter));
    const open = on.filter(({ state }) => state === 'open');
    return {
      spent: on.reduce((sum, { charged }) => sum + charged[unit], 0),
      reserved: open.reduce((sum, { reserved }) => sum + reserved[unit], 0),
    };
  }

  #left(limit: LimitCheck): number {
    if (limit.counter === undefined) return limit.amount;
    const { spent, reserved } = this.#counter(limit);
    return limit.amount - spent - reserved;
  }

  #exceeds(limit: LimitCheck, amounts: Amounts): boolean {
    return amounts[limit.unit] > 0 && amounts[limit.unit] > this.#left(limit);
  }

  #paceShortage(check: RateCheck, bound: Bound): RateShortage | undefined {
    const on = this.#calls.filter(({ rateKeys }) => rateKeys.includes(check.key));
    const running = on.filter(({ state, reserved }) => state === 'open' && reserved.requests > 0).length;
    if (check.concurrent !== undefined && bound.requests > 0 && running >= check.concurrent) {
      return { kind: 'rate', check, what: 'concurrent', retryAfterMs: 1000 };
    }
    const most = takes(bound, bound.cap);
    for (const what of ['requests', 'tokens'] as const) {
      const limit = what === 'requests' ? check.requestsPerMinute : check.tokensPerMinute;
      if (limit === undefined || most[what] === 0) continue;
      const usedAt = (time: number) =>
        on
          .filter(({ second }) => second + 61 > Math.floor(time / 1000))
          .reduce((sum, call) => sum + (what === 'requests' ? call.reserved.requests : call.paced), 0);
      const fits = (time: number) => usedAt(time) + Math.min(most[what], limit) <= limit;
      if (fits(this.now)) continue;
      const ends = on.map(({ second }) => (second + 61) * 1000 - this.now).filter((wait) => wait > 0);
      const retryAfterMs = ends.sort((a, b) => a - b).find((wait) => fits(this.now + wait)) ?? 61_000;
      return { kind: 'rate', check, what, retryAfterMs };
    }
    return undefined;
  }
}

function takes(bound: Bound, cap: number): Amounts {
  const { input = 0, output = 0 } = bound.rates ?? {};
  return {
    usd: Math.ceil((bound.inputTokens * input + cap * output) / 1_000_000),
    tokens: bound.requests * (bound.inputTokens + cap),
    requests: bound.requests,
  };
}
