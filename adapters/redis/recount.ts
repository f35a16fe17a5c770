/** Entries of the audit log → what leases, counters and rates have to stand at. Each entry may come several times. */
import type { Closed, CounterUse, EntryDraft, Incomplete, Opened } from '../../core/audit/entry.ts';
import { type Amounts, type Counter, NOTHING } from '../../core/ledger/fit.ts';
import { BUCKET_MS, type Bucket } from '../../core/ledger/rate.ts';
import { isCountable } from './countable.ts';
import { NOT_REPLICATED } from './opened.ts';

/** As long as the functions keep them (library/counters.lua, library/leases.lua), ms. */
const COUNTER_KEPT_MS = 2 * 86_400_000;
const EXPIRED_KEPT_MS = 86_400_000;
const ENDED_KEPT_MS = 900_000;

/** What is known of one. */
interface Lease {
  opened?: Opened;
  closed?: Closed;
  incomplete?: Incomplete;
}

const KINDS = ['opened', 'closed', 'incomplete'] as const satisfies readonly (keyof Lease)[];

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
  /** Entries that only sidecars have, in the order in which they told them. */
  readonly untold: readonly EntryDraft[];
  /** How many entries can't be counted by. */
  readonly setAside: number;
}

/**
 * Counts while it is told. What the audit log has of a call that has ended is counted at once and forgotten, so that what
 * is held is what Redis and sidecars have told, calls that run, and counters; not the log.
 *
 *   know (Redis) ── tell (sidecars) ──> held by lease ──┐
 *   read (the audit log, one lease after another) ──────┴─ the lease is over ──> counted ──> result
 *
 * Where several tell the same of a lease, Redis is believed, then the audit log's first, then sidecars.
 */
export class Recount {
  readonly #now: number;
  readonly #rates: Rates;
  readonly #known = new Map<string, Lease>();
  readonly #told = new Map<string, Lease>();
  /** What only sidecars have said so far, in the order in which they did. */
  readonly #untold = new Set<EntryDraft>();
  /** Of the audit log, what is being read. */
  #reading: { readonly id: string; readonly lease: Lease } | undefined;
  readonly #carried = new Map<string, { spent: number; resetsAt: number | null }>();
  readonly #counters = new Map<string, Counter & { readonly resetsAt: number | null }>();
  readonly #leases: RecountedLease[] = [];
  readonly #ended: { lease: string; outcome: string }[] = [];
  readonly #unplaced: string[] = [];
  #setAside = 0;

  /** @param now epoch ms, on Redis' clock */
  constructor(now: number) {
    this.#now = now;
    this.#rates = new Rates(now);
  }

  /** An entry that stands in Redis. Before all others. */
  know(entry: EntryDraft): void {
    this.#hold(this.#known, entry);
  }

  /** An entry that a sidecar does not know to be stored. Before those of the audit log. */
  tell(entry: EntryDraft): void {
    if (this.#hold(this.#told, entry)) this.#untold.add(entry);
  }

  /**
   * An entry of the audit log.
   * @throws Error when a lease comes before one that was read already, by the bytes of its id: it would be counted twice
   */
  read(entry: EntryDraft): void {
    if (this.#putAside(entry) || this.#carry(entry)) return;
    const id = leaseOf(entry);
    if (id === undefined) return;
    const before = this.#reading;
    if (before?.id === id) {
      learn(before.lease, entry);
      return;
    }
    if (before !== undefined) {
      if (Buffer.compare(Buffer.from(before.id), Buffer.from(id)) > 0)
        throw new Error(`the audit log is not read in order of its leases: ${id} comes after ${before.id}`);
      this.#count(before.id, before.lease);
    }
    const lease: Lease = {};
    learn(lease, entry);
    this.#reading = { id, lease };
  }

  /** To be asked once, when everything was told. */
  result(): Recounted {
    if (this.#reading !== undefined) this.#count(this.#reading.id, this.#reading.lease);
    for (const id of [...this.#known.keys(), ...this.#told.keys()])
      if (this.#known.has(id) || this.#told.has(id)) this.#count(id, {});
    for (const [key, { spent, resetsAt }] of this.#carried) this.#add(key, resetsAt, spent, 0);
    const isKept = ({ resetsAt }: RecountedCounter) =>
      resetsAt === null || resetsAt + COUNTER_KEPT_MS > this.#now;
    return {
      counters: [...this.#counters].map(([key, counter]) => ({ key, ...counter })).filter(isKept),
      leases: this.#leases,
      ended: this.#ended,
      running: this.#rates.running,
      buckets: this.#rates.buckets(),
      unplaced: this.#unplaced,
      untold: [...this.#untold],
      setAside: this.#setAside,
    };
  }

  /** @returns whether it says something of a lease that this one had not said */
  #hold(leases: Map<string, Lease>, entry: EntryDraft): boolean {
    if (this.#putAside(entry) || this.#carry(entry)) return false;
    const id = leaseOf(entry);
    if (id === undefined) return false;
    const lease = leases.get(id) ?? {};
    leases.set(id, lease);
    return learn(lease, entry);
  }

  #putAside(entry: EntryDraft): boolean {
    if (isCountable(entry)) return false;
    this.#setAside++;
    return true;
  }

  #carry(entry: EntryDraft): boolean {
    if (entry.kind !== 'carried') return false;
    for (const [key, spent, resetsAt] of entry.counters)
      this.#carried.set(key, { spent: (this.#carried.get(key)?.spent ?? 0) + spent, resetsAt });
    return true;
  }

  /** Everything that there is of a lease was told. */
  #count(id: string, read: Lease): void {
    const [known, told] = [this.#known.get(id), this.#told.get(id)];
    this.#known.delete(id);
    this.#told.delete(id);
    const stored: Lease = { ...read, ...known };
    for (const kind of KINDS) if (told?.[kind] && stored[kind]) this.#untold.delete(told[kind]);
    const { opened, closed, incomplete }: Lease = { ...told, ...stored };
    const charged = (closed ?? incomplete)?.amounts ?? NOTHING;
    if (closed && closed.at > this.#now - ENDED_KEPT_MS)
      this.#ended.push({ lease: id, outcome: outcomeOf(closed) });
    if (!opened) {
      if (charged.usd + charged.tokens + charged.requests > 0) this.#unplaced.push(id);
      return;
    }
    const isOpen = !closed && !incomplete;
    for (const [key, unit, resetsAt] of opened.counters as readonly CounterUse[])
      this.#add(key, resetsAt, charged[unit], isOpen ? opened.reserved[unit] : 0);
    this.#rates.add(opened, isOpen, closed && !incomplete ? charged.tokens : opened.reserved.tokens);
    if (isOpen) this.#leases.push({ opened, state: 'open', charged });
    else if (!closed && incomplete && incomplete.at > this.#now - EXPIRED_KEPT_MS)
      this.#leases.push({ opened, state: 'expired', charged });
  }

  #add(key: string, resetsAt: number | null, spent: number, reserved: number): void {
    const old = this.#counters.get(key) ?? { spent: 0, reserved: 0, resetsAt };
    this.#counters.set(key, {
      spent: capped(old.spent + spent),
      reserved: capped(old.reserved + reserved),
      resetsAt: later(old.resetsAt, resetsAt),
    });
  }
}

function leaseOf(entry: EntryDraft): string | undefined {
  if (entry.kind !== 'opened' && entry.kind !== 'closed' && entry.kind !== 'incomplete') return undefined;
  // What a sidecar has written may be anything.
  return typeof entry.lease === 'string' ? entry.lease : undefined;
}

/** @returns whether it was not known: of several the first counts */
function learn(lease: Lease, entry: EntryDraft): boolean {
  switch (entry.kind) {
    case 'opened':
      if (lease.opened !== undefined) return false;
      lease.opened = entry;
      return true;
    case 'closed':
      if (lease.closed !== undefined) return false;
      lease.closed = entry;
      return true;
    case 'incomplete':
      if (lease.incomplete !== undefined) return false;
      lease.incomplete = entry;
      return true;
    default:
      return false;
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
function outcomeOf({ outcome, faults }: Closed): string {
  return faults.includes(NOT_REPLICATED) ? 'withdrawn' : outcome;
}

/** A session's count goes on for as long as it makes calls (core/ledger/session.ts). */
function later(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b);
}

function capped(amount: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, amount);
}
