/** The entries of one lease, as their texts say it: somebody may have tampered with them. */
import { BUCKET_MS } from '../ledger/rate.ts';
import type { Closed, CounterUse, Incomplete, Opened } from './entry.ts';
import type { AuditSource, Place, StoredEntry, StoredLease } from './source.ts';

/** Any field may be missing or be something else. */
export type Tampered<Entry extends { kind: string }> = Partial<Omit<Entry, 'kind' | 'exchange'>> & {
  readonly kind: Entry['kind'];
  readonly exchange: string;
  readonly place: Place;
  /** Of its text, as it is stored. */
  readonly hash: string;
};

export type LeaseEntry = Tampered<Opened> | Tampered<Closed> | Tampered<Incomplete>;

export interface LeaseEntries {
  readonly opened: readonly Tampered<Opened>[];
  readonly closed: readonly Tampered<Closed>[];
  readonly incomplete: readonly Tampered<Incomplete>[];
}

/** What is counted of a lease: as its entries say, where they are there; else as the lease does. */
export interface Counted {
  readonly isOpen: boolean;
  readonly reserved: StoredLease['reserved'];
  readonly charged: StoredLease['charged'];
  readonly counters: readonly CounterUse[];
  readonly rates: StoredLease['rates'];
  /** What its rates count of it in their minute, tokens: what it did not use is given back when it ends. */
  readonly paced: number;
}

/** @returns the entries of a lease's exchange that name it, in their order; those that can't be read are left out */
export function entriesOf(source: Pick<AuditSource, 'entriesOf'>, lease: StoredLease): LeaseEntries {
  const all = [...source.entriesOf(lease.exchange)]
    .flatMap(parse)
    .filter((entry) => entry.lease === lease.id);
  return {
    opened: all.filter((entry) => entry.kind === 'opened'),
    closed: all.filter((entry) => entry.kind === 'closed'),
    incomplete: all.filter((entry) => entry.kind === 'incomplete'),
  };
}

/** @returns what counters and rates should have of a lease: nano-USD, tokens, requests */
export function countedOf(lease: StoredLease, { opened, closed, incomplete }: LeaseEntries): Counted {
  const begun = opened[0];
  const ended = closed[0] ?? incomplete[0];
  const rates =
    begun?.at === undefined || begun.rates === undefined
      ? lease.rates
      : { second: secondOf(begun.at), keys: begun.rates };
  const reserved = begun?.reserved ?? lease.reserved;
  const charged = ended?.amounts ?? lease.charged;
  const isOpen = ended === undefined && lease.state === 'open';
  // What was charged in full when it expired is no longer given back by a late end.
  const givenBack = !isOpen && incomplete.length === 0;
  return {
    isOpen,
    reserved,
    charged,
    counters: countersOf(begun?.counters) ?? countersOf(lease.counters) ?? [],
    rates: Array.isArray(rates?.keys) ? rates : undefined,
    paced: givenBack ? charged.tokens : reserved.tokens,
  };
}

/** @returns the epoch second in which a call that was opened then is counted in its rates */
export function secondOf(at: number): number {
  return Math.floor(at / BUCKET_MS);
}

/** Nothing for a text that can't be read: that it was changed is found by its hash. */
export function parse({ chain, seq, text, exchange, hash }: StoredEntry): LeaseEntry[] {
  try {
    const entry = JSON.parse(text) as LeaseEntry | null;
    return [{ ...(entry as LeaseEntry), exchange: exchange ?? '', place: { chain, seq }, hash }];
  } catch {
    return [];
  }
}

function countersOf(counters: readonly CounterUse[] | undefined): readonly CounterUse[] | undefined {
  const said: unknown = counters;
  return Array.isArray(said) && said.every((counter) => Array.isArray(counter)) ? counters : undefined;
}
