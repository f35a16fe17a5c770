/** Entries of the audit log → what leases, counters and rates have to stand at. Each entry may come several times. */
import type { Closed, CounterUse, EntryDraft, Opened } from '../../core/audit/entry.ts';
import { type Amounts, type Counter, NOTHING } from '../../core/ledger/fit.ts';
import { BUCKET_MS, type Bucket } from '../../core/ledger/rate.ts';
import { isCountable } from './countable.ts';
import { NOT_REPLICATED } from './opened.ts';

/** As long as the functions keep them (library/counters.lua, library/leases.lua), ms. */
const COUNTER_KEPT_MS = 2 * 86_400_000;
const EXPIRED_KEPT_MS = 86_400_000;
const ENDED_KEPT_MS = 900_000;

interface Lease {
  opened?: Opened;
  closed?: Pick<Closed, 'at' | 'outcome' | 'amounts' | 'faults'>;
  incomplete?: { readonly at: number; readonly amounts: Amounts };
}

export interface RecountedCounter extends Counter {
  readonly key: string;
  /** Epoch ms; null for never. */
  readonly resetsAt: number | null;
}

export interface RecountedLease {
  readonly opened: Opened;
  /** expired: charged in full, until its real cost is known. */
  readonly state: 'open' | 'expired';
  readonly charged: Amounts;
}

export interface Recounted {
  readonly counters: readonly RecountedCounter[];
  readonly leases: readonly RecountedLease[];
  /** Leases that ended lately, and how: their settlement may be sent again. */
  readonly ended: readonly { readonly lease: string; readonly outcome: string }[];
  readonly running: ReadonlyMap<string, number>;
  readonly buckets: readonly (Bucket & { readonly rate: string })[];
  /** Leases that cost something of which nobody knows in which counters. */
  readonly unplaced: readonly string[];
}

export class Recount {
  readonly #leases = new Map<string, Lease>();
  readonly #carried = new Map<string, { spent: number; resetsAt: number | null }>();

  /** Entries that can't be counted by. */
  setAside = 0;

  /** @returns whether it says something that was not known */
  add(entry: EntryDraft): boolean {
    if (!isCountable(entry)) {
      this.setAside++;
      return false;
    }
    switch (entry.kind) {
      case 'opened':
        return this.#learn(entry.lease, 'opened', entry);
      case 'closed':
        return entry.lease !== null && this.#learn(entry.lease, 'closed', entry);
      case 'incomplete':
        return this.#learn(entry.lease, 'incomplete', entry);
      case 'carried':
        for (const [key, spent, resetsAt] of entry.counters) {
          this.#carried.set(key, { spent: (this.#carried.get(key)?.spent ?? 0) + spent, resetsAt });
        }
        return true;
      default:
        return false;
    }
  }

  /** @param now epoch ms, on Redis' clock */
  result(now: number): Recounted {
    const counters = new Map<string, { spent: number; reserved: number; resetsAt: number | null }>();
    const add = (key: string, resetsAt: number | null, spent: number, reserved: number) => {
      const old = counters.get(key) ?? { spent: 0, reserved: 0, resetsAt };
      const [s, r] = [capped(old.spent + spent), capped(old.reserved + reserved)];
      counters.set(key, { spent: s, reserved: r, resetsAt: later(old.resetsAt, resetsAt) });
    };
    for (const [key, { spent, resetsAt }] of this.#carried) add(key, resetsAt, spent, 0);
    const leases: RecountedLease[] = [];
    const ended: { lease: string; outcome: string }[] = [];
    const unplaced: string[] = [];
    const rates = new Rates(now);
    for (const [id, lease] of this.#leases) {
      const { opened, closed, incomplete } = lease;
      const charged = (closed ?? incomplete)?.amounts ?? NOTHING;
      if (closed && closed.at > now - ENDED_KEPT_MS) ended.push({ lease: id, outcome: outcomeOf(closed) });
      if (!opened) {
        if (charged.usd + charged.tokens + charged.requests > 0) unplaced.push(id);
        continue;
      }
      const isOpen = !closed && !incomplete;
      for (const [key, unit, resetsAt] of opened.counters as readonly CounterUse[]) {
        add(key, resetsAt, charged[unit], isOpen ? opened.reserved[unit] : 0);
      }
      rates.add(opened, isOpen, closed && !incomplete ? charged.tokens : opened.reserved.tokens);
      if (isOpen) leases.push({ opened, state: 'open', charged });
      else if (!closed && incomplete && incomplete.at > now - EXPIRED_KEPT_MS) {
        leases.push({ opened, state: 'expired', charged });
      }
    }
    const isKept = (resetsAt: number | null) => resetsAt === null || resetsAt + COUNTER_KEPT_MS > now;
    const all = [...counters]
      .filter(([, { resetsAt }]) => isKept(resetsAt))
      .map(([key, counter]) => ({ key, ...counter }));
    return { counters: all, leases, ended, running: rates.running, buckets: rates.buckets(), unplaced };
  }

  #learn<K extends keyof Lease>(id: string, kind: K, entry: NonNullable<Lease[K]>): boolean {
    const lease = this.#leases.get(id) ?? {};
    this.#leases.set(id, lease);
    if (lease[kind] !== undefined) return false;
    lease[kind] = entry;
    return true;
  }
}

class Rates {
  readonly #now: number;
  readonly running = new Map<string, number>();
  readonly #buckets = new Map<string, Bucket & { readonly rate: string }>();

  constructor(now: number) {
    this.#now = now;
  }

  add({ at, rates, reserved }: Opened, isOpen: boolean, tokens: number): void {
    const second = Math.floor(at / BUCKET_MS);
    for (const rate of rates) {
      if (isOpen) this.running.set(rate, (this.running.get(rate) ?? 0) + reserved.requests);
      // Older ones are dropped where they are put.
      if (at < this.#now - 120_000) continue;
      const key = `${second} ${rate}`;
      const old = this.#buckets.get(key) ?? { rate, second, requests: 0, tokens: 0 };
      const requests = old.requests + reserved.requests;
      this.#buckets.set(key, { ...old, requests, tokens: capped(old.tokens + tokens) });
    }
  }

  buckets(): (Bucket & { readonly rate: string })[] {
    return [...this.#buckets.values()];
  }
}

/** As the functions know it. */
function outcomeOf({ outcome, faults }: NonNullable<Lease['closed']>): string {
  return faults.includes(NOT_REPLICATED) ? 'withdrawn' : outcome;
}

/** A session's count goes on for as long as it makes calls (core/ledger/session.ts). */
function later(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b);
}

function capped(amount: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, amount);
}
