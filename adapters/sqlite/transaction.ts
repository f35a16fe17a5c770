/**
 * What one batch does inside its transaction: counters are read once, decided on in memory by core's rules, and
 * written back once at the end.
 *
 *   lease:  open ──> settled | charged | released          by its process, once
 *             └────> expired ──> settled | charged | released      charged by whoever finds it; a late end replaces that
 */
import { advance, type ChainedEntry, type ChainState, link } from '../../core/audit/chain.ts';
import { type ChainEnd, type CounterUse, type EntryDraft, isApart } from '../../core/audit/entry.ts';
import type { LeaseState } from '../../core/audit/source.ts';
import { type Amounts, amountsAt, fit, NOTHING } from '../../core/ledger/fit.ts';
import type { Grant, Reservation, ReserveRequest, Settlement } from '../../core/ports.ts';
import { Counters } from './counters.ts';
import { chargedOf, type LeaseRow, reservedOf } from './lease-row.ts';
import { type LeaseRates, Rates } from './rates.ts';
import type { Statements } from './statements.ts';
import { type Recorded, type Spender, Warnings, type WatchedCounters } from './warnings.ts';

/** What is known of a lease that is about to end. */
export interface EndingLease {
  readonly id: string;
  readonly state: LeaseState;
  readonly reserved: Amounts;
  readonly charged: Amounts;
  /** Kept with it, because policies change. */
  readonly counters: readonly CounterUse[];
  readonly rates: LeaseRates;
  readonly by: Spender;
}

/** Leases that this process opened and has not ended: spares reading them. What the database says goes before it. */
export type OpenHere = Map<string, EndingLease>;

/** What this process remembers between its transactions. */
export interface Known {
  readonly openHere: OpenHere;
  readonly watched: WatchedCounters;
}

/** How many expired leases one transaction charges: it must not hold the lock for long. */
export const EXPIRED_AT_ONCE = 100;

export class Transaction {
  readonly #sql: Statements;
  readonly #ttlMs: number;
  readonly #openHere: OpenHere;
  readonly #counters: Counters;
  readonly #rates: Rates;
  readonly #warnings: Warnings;
  readonly now: number;
  readonly entries: ChainedEntry[] = [];
  chain: ChainState;

  constructor(sql: Statements, chain: ChainState, known: Known, now: number, ttlMs: number) {
    this.#sql = sql;
    this.#ttlMs = ttlMs;
    this.#openHere = known.openHere;
    this.#counters = new Counters(sql);
    this.#rates = new Rates(sql, now);
    this.#warnings = new Warnings(known.watched, now);
    this.now = now;
    this.chain = chain;
  }

  /** Begins this process' chain. */
  start(facts: { readonly version: string; readonly command: string }): void {
    const predecessor = (this.#sql.latestEnd.get() as unknown as ChainEnd | undefined) ?? null;
    this.#sql.putChain.run(this.chain.chain);
    this.append({ kind: 'started', at: this.now, ...facts, predecessor: predecessor && { ...predecessor } });
  }

  /** @throws Error when the lease has ended: there is nothing left that a call could stand on */
  reserve(request: ReserveRequest): Reservation {
    const known = this.#lease(request.lease);
    if (known) return { granted: grantOf(known) };
    const { bound, limits, rates } = request;
    const { tokens } = amountsAt(bound, bound.cap);
    const over: string[] = [];
    for (const rate of rates) {
      const shortage = this.#rates.shortage(rate, { requests: bound.requests, tokens });
      if (shortage && rate.refuse) return { refused: shortage };
      if (shortage) over.push(rate.id);
    }
    const fitted = fit(bound, limits, (key) => this.#counters.of(key));
    if ('short' in fitted) return { refused: fitted.short };
    const grant: Grant = {
      lease: request.lease,
      cap: fitted.cap,
      amounts: fitted.amounts,
      over: [...over, ...fitted.over],
    };
    this.#open(request, grant);
    return { granted: grant };
  }

  /**
   * Does nothing when the lease has ended already; the charge of an expired lease is replaced.
   * @throws RangeError for amounts that are not whole numbers >= 0
   */
  settle(id: string, settlement: Settlement, closed: EntryDraft): void {
    const open = this.#openHere.get(id);
    this.#openHere.delete(id);
    if (open && this.#close(open, settlement.outcome, realAmounts(settlement, open.reserved), closed)) return;
    const lease = this.#lease(id);
    if (!lease) {
      // The database was put away under a running process. The money is unknown here; what happened is still recorded.
      this.append(closed);
      return;
    }
    if (lease.state !== 'open' && lease.state !== 'expired') return;
    const real = realAmounts(settlement, reservedOf(lease));
    this.#close(endingOf(lease), settlement.outcome, real, closed);
  }

  extend(id: string): void {
    this.#sql.extendLease.run(this.now + this.#ttlMs, id);
  }

  /**
   * Charges leases that expired, in full, and records their exchanges as incomplete.
   * @returns how many; EXPIRED_AT_ONCE when there may be more
   */
  chargeExpired(): number {
    const leases = this.#sql.expired.all(this.now, EXPIRED_AT_ONCE) as unknown as LeaseRow[];
    for (const lease of leases) {
      const amounts = reservedOf(lease);
      const { id, exchange } = lease;
      const entry = { kind: 'incomplete', at: this.now, exchange, lease: id, amounts } as const;
      this.#close(endingOf(lease), 'expired', amounts, entry);
    }
    return leases.length;
  }

  dropOldRates(): void {
    this.#rates.sweep();
  }

  append(draft: EntryDraft): void {
    const entry = link(this.chain, draft);
    const { at, kind } = draft;
    const exchange = 'exchange' in draft ? draft.exchange : null;
    const apart = isApart(draft) ? 1 : null;
    this.#sql.putEntry.run(this.chain.chain, entry.seq, at, kind, exchange, apart, entry.text, entry.hash);
    this.entries.push(entry);
    this.chain = advance(this.chain, entry);
  }

  /** Writes back what changed. */
  finish(): void {
    this.#counters.write();
    this.#rates.write();
  }

  /** What it wrote is committed. @returns the warnings among it */
  committed(): readonly Recorded[] {
    this.#warnings.committed();
    return this.#warnings.recorded;
  }

  #lease(id: string): LeaseRow | undefined {
    return this.#sql.lease.get(id) as unknown as LeaseRow | undefined;
  }

  #open({ facts, limits, rates, opened }: ReserveRequest, grant: Grant): void {
    const { usd, tokens, requests } = grant.amounts;
    const counters: CounterUse[] = [];
    for (const limit of limits) {
      const { counter, unit, resetsAt } = limit;
      if (counter === undefined) continue;
      this.#counters.reserve(counter, grant.amounts[unit], resetsAt);
      const ends = resetsAt === undefined || resetsAt === Number.POSITIVE_INFINITY ? null : resetsAt;
      counters.push([counter, unit, ends]);
      this.#warnings.watch(limit, ends);
    }
    const paced = this.#rates.count(rates, grant.amounts);
    const lease = { id: grant.lease, state: 'open', reserved: grant.amounts, charged: NOTHING } as const;
    const by = { workload: `${facts.namespace}/${facts.workload}`, session: facts.session };
    this.#openHere.set(grant.lease, { ...lease, counters, rates: paced, by });
    this.append({ ...opened(grant), at: this.now, counters, rates: paced.keys });
    this.#sql.putLease.run(
      grant.lease,
      this.now,
      this.now + this.#ttlMs,
      facts.exchange,
      facts.namespace,
      facts.workload,
      facts.session,
      facts.provider,
      facts.model,
      grant.cap,
      usd,
      tokens,
      requests,
      JSON.stringify(counters),
      JSON.stringify(paced),
      JSON.stringify(grant.over),
      this.chain.chain,
      this.chain.seq,
    );
  }

  /**
   * @param entry says so in the log
   * @returns false, with nothing done, when the lease is in another state by now
   */
  #close(lease: EndingLease, state: Exclude<LeaseState, 'open'>, real: Amounts, entry: EntryDraft): boolean {
    const { usd, tokens, requests } = real;
    const { chain, seq } = this.chain;
    const known = [lease.id, lease.state];
    const ended = this.#sql.closeLease.run(state, this.now, usd, tokens, requests, chain, seq + 1, ...known);
    if (ended.changes === 0) return false;
    this.append({ ...entry, at: this.now });
    const isOpen = lease.state === 'open';
    const reserved = isOpen ? lease.reserved : NOTHING;
    for (const [key, unit, resetsAt] of lease.counters) {
      this.#counters.settle(key, reserved[unit], real[unit] - lease.charged[unit]);
      this.#warnings.spent(key, this.#counters.of(key).spent, resetsAt, lease.by);
    }
    if (isOpen) this.#rates.end(lease.rates, reserved, real);
    return true;
  }
}

function realAmounts(settlement: Settlement, reserved: Amounts): Amounts {
  if (settlement.outcome !== 'settled') return settlement.outcome === 'charged' ? reserved : NOTHING;
  const { usd, tokens, requests } = settlement.amounts;
  if ([usd, tokens, requests].every((amount) => Number.isSafeInteger(amount) && amount >= 0)) {
    return { usd, tokens, requests };
  }
  throw new RangeError(`${JSON.stringify(settlement.amounts)} are not amounts: whole numbers from 0 up.`);
}

function endingOf(lease: LeaseRow): EndingLease {
  return {
    id: lease.id,
    state: lease.state,
    reserved: reservedOf(lease),
    charged: chargedOf(lease),
    counters: JSON.parse(lease.counters),
    rates: JSON.parse(lease.rates),
    by: { workload: `${lease.namespace}/${lease.workload}`, session: lease.session },
  };
}

function grantOf(lease: LeaseRow): Grant {
  if (lease.state !== 'open') throw new Error(`Lease ${lease.id} has ended: it is ${lease.state}.`);
  return { lease: lease.id, cap: lease.cap, amounts: reservedOf(lease), over: JSON.parse(lease.over) };
}
