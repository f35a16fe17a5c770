/** An audit log as verify reads it: what an adapter has to hand over, in which order. */
import type { Amounts } from '../ledger/fit.ts';
import type { EntryKind } from './entry.ts';

/** An entry as it is stored: its text, and what the store keeps beside it to find it. */
export interface StoredEntry {
  readonly chain: string;
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly exchange: string | null;
  readonly text: string;
  readonly hash: string;
}

/** A line of the ends that are kept apart. */
export interface KeptEnd {
  readonly seq: number;
  readonly hash: string;
}

export interface KeptEnds {
  chains(): Iterable<string>;
  /** Of one chain, by ascending seq, each seq once; nothing for a chain that has none. */
  of(chain: string): Iterable<KeptEnd>;
  /** Whether an entry has its end by now, also when it was written after the others were read. */
  has(chain: string, end: KeptEnd): boolean;
}

/** Where an entry stands. */
export interface Place {
  readonly chain: string;
  readonly seq: number;
}

export type LeaseState = 'open' | 'settled' | 'charged' | 'released' | 'expired';

export interface StoredLease {
  readonly id: string;
  /** `expired`: charged in full by who found it; a late settlement makes it one of the others. */
  readonly state: LeaseState;
  readonly exchange: string;
  readonly namespace: string;
  readonly workload: string;
  readonly session: string;
  readonly provider: string;
  readonly cap: number;
  readonly reserved: Amounts;
  /** Zeros while it is open. */
  readonly charged: Amounts;
  /** Epoch ms. */
  readonly openedAt: number;
  readonly expiresAt: number;
  /** Its `opened`, and the entry that ended it. */
  readonly opened: Place;
  readonly closed: Place | null;
  /** The counters it stands on, and which of its amounts each counts. */
  readonly counters: readonly (readonly [counter: string, unit: keyof Amounts])[];
}

export interface StoredCounter {
  readonly key: string;
  readonly spent: number;
  readonly reserved: number;
}

/** All of it from one moment; `ends` from that moment or before it. */
export interface AuditSource {
  /** Epoch ms. */
  readonly now: number;
  /** All entries, by chain, then by seq. */
  entries(): Iterable<StoredEntry>;
  entriesOfKind(kind: EntryKind): Iterable<StoredEntry>;
  entriesOf(exchange: string): Iterable<StoredEntry>;
  /** Undefined when there is only a copy of the log: then what was rehashed with care can't be found. */
  readonly ends: KeptEnds | undefined;
  leases(): Iterable<StoredLease>;
  hasLease(id: string): boolean;
  counters(): Iterable<StoredCounter>;
}
