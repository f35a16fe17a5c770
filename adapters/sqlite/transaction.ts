/**
 * What one batch does inside its transaction: counters are read once, decided on in memory by core's rules, and
 * written back once at the end.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { advance, type ChainedEntry, type ChainState, link } from '../../core/audit/chain.ts';
import type { EntryDraft } from '../../core/audit/entry.ts';
import type { LimitCheck, RateCheck } from '../../core/ledger/checks.ts';
import { type Amounts, fit } from '../../core/ledger/fit.ts';
import { BUCKET_MS, BUCKETS, type Bucket, rateShortage } from '../../core/ledger/rate.ts';
import type { Unit } from '../../core/policy/budget.ts';
import {
  type Grant,
  LEASE_TTL_MS,
  type Reservation,
  type ReserveRequest,
  type Settlement,
} from '../../core/ports.ts';

interface CounterRow {
  spent: number;
  reserved: number;
  resetsAt: number | null;
}

export interface LeaseRow {
  id: string;
  state: 'open' | 'settled' | 'charged' | 'released';
  exchange: string;
  cap: number;
  usd: number;
  tokens: number;
  requests: number;
  charged_usd: number;
  charged_tokens: number;
  charged_requests: number;
  counters: string;
  rates: string;
}

/** Which counters a lease stands on, and in which rates it runs: kept with it, because policies change. */
type LeaseCounters = [key: string, unit: Unit][];
interface LeaseRates {
  /** Epoch second of the buckets it was counted in. */
  second: number;
  keys: string[];
}

const NOTHING: Amounts = { usd: 0, tokens: 0, requests: 0 };

export class Statements {
  readonly counter: StatementSync;
  readonly putCounter: StatementSync;
  readonly buckets: StatementSync;
  readonly putBucket: StatementSync;
  readonly running: StatementSync;
  readonly putRunning: StatementSync;
  readonly lease: StatementSync;
  readonly putLease: StatementSync;
  readonly closeLease: StatementSync;
  readonly extendLease: StatementSync;
  readonly expired: StatementSync;
  readonly putEntry: StatementSync;

  constructor(db: DatabaseSync) {
    this.counter = db.prepare('SELECT spent, reserved, resets_at AS resetsAt FROM counters WHERE key = ?');
    this.putCounter = db.prepare(
      'INSERT OR REPLACE INTO counters (key, spent, reserved, resets_at) VALUES (?, ?, ?, ?)',
    );
    this.buckets = db.prepare(
      'SELECT second, requests, tokens FROM rate_buckets WHERE key = ? AND second > ? ORDER BY second',
    );
    this.putBucket = db.prepare(
      'INSERT OR REPLACE INTO rate_buckets (key, second, requests, tokens) VALUES (?, ?, ?, ?)',
    );
    this.running = db.prepare('SELECT calls FROM running WHERE key = ?');
    this.putRunning = db.prepare('INSERT OR REPLACE INTO running (key, calls) VALUES (?, ?)');
    this.lease = db.prepare('SELECT * FROM leases WHERE id = ?');
    this.putLease = db.prepare(
      `INSERT INTO leases VALUES (?, 'open', ?, ?, NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?, ?)`,
    );
    this.closeLease = db.prepare(
      'UPDATE leases SET state = ?, closed_at = ?, charged_usd = ?, charged_tokens = ?, charged_requests = ? WHERE id = ?',
    );
    this.extendLease = db.prepare(`UPDATE leases SET expires_at = ? WHERE id = ? AND state = 'open'`);
    this.expired = db.prepare(`SELECT * FROM leases WHERE state = 'open' AND expires_at <= ? LIMIT 100`);
    this.putEntry = db.prepare(
      'INSERT INTO entries (chain, seq, at, kind, exchange, text, hash) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
  }
}

export class Transaction {
  readonly #sql: Statements;
  readonly #now: number;
  readonly #counters = new Map<string, CounterRow>();
  readonly #buckets = new Map<string, Bucket[]>();
  readonly #running = new Map<string, number>();
  readonly #changedBuckets = new Map<string, Bucket & { key: string }>();
  readonly entries: ChainedEntry[] = [];
  chain: ChainState;

  constructor(sql: Statements, chain: ChainState, now: number) {
    this.#sql = sql;
    this.chain = chain;
    this.#now = now;
  }

  reserve(request: ReserveRequest): Reservation {
    const known = this.#lease(request.lease);
    if (known) return { granted: grantOf(known) };
    const { bound, limits, rates, facts } = request;
    const demand = {
      requests: bound.requests,
      tokens: bound.requests === 0 ? 0 : bound.inputTokens + bound.cap,
    };
    const over: string[] = [];
    for (const rate of rates) {
      const shortage = rateShortage(rate, demand, this.#bucketsOf(rate), this.#runningOf(rate), this.#now);
      if (shortage && rate.refuse) return { refused: shortage };
      if (shortage) over.push(rate.id);
    }
    const fitted = fit(bound, limits, (key) => this.#counterOf(key));
    if ('short' in fitted) return { refused: fitted.short };

    const grant: Grant = {
      lease: request.lease,
      cap: fitted.cap,
      amounts: fitted.amounts,
      over: [...over, ...fitted.over],
    };
    const counted = this.#countReserved(limits, grant.amounts);
    const paced = this.#countRates(rates, grant.amounts);
    const { usd, tokens, requests } = grant.amounts;
    this.#sql.putLease.run(
      grant.lease,
      this.#now,
      this.#now + LEASE_TTL_MS,
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
      JSON.stringify(counted),
      JSON.stringify(paced),
    );
    this.append(request.opened(grant));
    return { granted: grant };
  }

  /** Does nothing when the lease has been settled or released already; a charge of an expired lease is replaced. */
  settle(id: string, settlement: Settlement, closed: EntryDraft): void {
    const lease = this.#lease(id);
    if (lease?.state === 'settled' || lease?.state === 'released') return;
    if (!lease) {
      // The database was put away under a running process. The money is unknown here; what happened is still recorded.
      this.append(closed);
      return;
    }
    const reserved = amountsOf(lease);
    const real =
      settlement.outcome === 'settled'
        ? settlement.amounts
        : settlement.outcome === 'charged'
          ? reserved
          : NOTHING;
    this.#close(lease, settlement.outcome, real);
    this.append(closed);
  }

  extend(id: string): void {
    this.#sql.extendLease.run(this.#now + LEASE_TTL_MS, id);
  }

  /** Charges leases that expired, in full, and records their exchanges as incomplete. @returns how many */
  chargeExpired(): number {
    const leases = this.#sql.expired.all(this.#now) as unknown as LeaseRow[];
    for (const lease of leases) {
      const amounts = amountsOf(lease);
      this.#close(lease, 'charged', amounts);
      this.append({ kind: 'incomplete', at: this.#now, exchange: lease.exchange, lease: lease.id, amounts });
    }
    return leases.length;
  }

  append(draft: EntryDraft): void {
    const entry = link(this.chain, draft);
    const exchange = 'exchange' in draft ? draft.exchange : null;
    this.#sql.putEntry.run(
      this.chain.chain,
      entry.seq,
      draft.at,
      draft.kind,
      exchange,
      entry.text,
      entry.hash,
    );
    this.entries.push(entry);
    this.chain = advance(this.chain, entry);
  }

  /** Writes back what changed. */
  finish(): void {
    for (const [key, { spent, reserved, resetsAt }] of this.#counters) {
      this.#sql.putCounter.run(key, spent, reserved, resetsAt);
    }
    for (const { key, second, requests, tokens } of this.#changedBuckets.values()) {
      this.#sql.putBucket.run(key, second, requests, tokens);
    }
    for (const [key, calls] of this.#running) this.#sql.putRunning.run(key, calls);
  }

  #lease(id: string): LeaseRow | undefined {
    return this.#sql.lease.get(id) as unknown as LeaseRow | undefined;
  }

  #close(lease: LeaseRow, state: 'settled' | 'charged' | 'released', real: Amounts): void {
    const reserved = amountsOf(lease);
    const charged: Amounts = {
      usd: lease.charged_usd,
      tokens: lease.charged_tokens,
      requests: lease.charged_requests,
    };
    for (const [key, unit] of JSON.parse(lease.counters) as LeaseCounters) {
      const counter = this.#counterOf(key);
      if (lease.state === 'open') counter.reserved -= reserved[unit];
      counter.spent += real[unit] - charged[unit];
    }
    const { second, keys } = JSON.parse(lease.rates) as LeaseRates;
    if (lease.state === 'open') {
      for (const key of keys) {
        this.#running.set(key, Math.max(0, this.#runningOf({ key }) - reserved.requests));
        this.#addToBucket(key, second, 0, real.tokens - reserved.tokens);
      }
    }
    this.#sql.closeLease.run(state, this.#now, real.usd, real.tokens, real.requests, lease.id);
  }

  #counterOf(key: string): CounterRow {
    let row = this.#counters.get(key);
    if (!row) {
      row = (this.#sql.counter.get(key) as unknown as CounterRow | undefined) ?? {
        spent: 0,
        reserved: 0,
        resetsAt: null,
      };
      this.#counters.set(key, { ...row });
      row = this.#counters.get(key) as CounterRow;
    }
    return row;
  }

  #countReserved(limits: readonly LimitCheck[], amounts: Amounts): LeaseCounters {
    const counted: LeaseCounters = [];
    for (const { counter, unit, resetsAt } of limits) {
      if (counter === undefined) continue;
      const row = this.#counterOf(counter);
      row.reserved += amounts[unit];
      row.resetsAt = resetsAt === undefined || resetsAt === Number.POSITIVE_INFINITY ? null : resetsAt;
      counted.push([counter, unit]);
    }
    return counted;
  }

  #countRates(rates: readonly RateCheck[], amounts: Amounts): LeaseRates {
    const second = Math.floor(this.#now / BUCKET_MS);
    for (const rate of rates) {
      this.#running.set(rate.key, this.#runningOf(rate) + amounts.requests);
      this.#addToBucket(rate.key, second, amounts.requests, amounts.tokens);
    }
    return { second, keys: rates.map(({ key }) => key) };
  }

  #bucketsOf({ key }: Pick<RateCheck, 'key'>): Bucket[] {
    let buckets = this.#buckets.get(key);
    if (!buckets) {
      const oldest = Math.floor(this.#now / BUCKET_MS) - BUCKETS;
      buckets = this.#sql.buckets.all(key, oldest) as unknown as Bucket[];
      this.#buckets.set(key, buckets);
    }
    return buckets;
  }

  /** Buckets older than a minute no longer count; giving tokens back to them would only create rows. */
  #addToBucket(key: string, second: number, requests: number, tokens: number): void {
    if (second <= Math.floor(this.#now / BUCKET_MS) - BUCKETS) return;
    const buckets = this.#bucketsOf({ key });
    const at = buckets.findIndex((bucket) => bucket.second === second);
    const old = buckets[at] ?? { second, requests: 0, tokens: 0 };
    const changed = { second, requests: old.requests + requests, tokens: Math.max(0, old.tokens + tokens) };
    if (at >= 0) buckets[at] = changed;
    else buckets.push(changed);
    this.#changedBuckets.set(`${second} ${key}`, { ...changed, key });
  }

  #runningOf({ key }: Pick<RateCheck, 'key'>): number {
    return (
      this.#running.get(key) ?? (this.#sql.running.get(key) as { calls: number } | undefined)?.calls ?? 0
    );
  }
}

export function amountsOf(lease: Pick<LeaseRow, 'usd' | 'tokens' | 'requests'>): Amounts {
  return { usd: lease.usd, tokens: lease.tokens, requests: lease.requests };
}

function grantOf(lease: LeaseRow): Grant {
  return { lease: lease.id, cap: lease.cap, amounts: amountsOf(lease), over: [] };
}
