/** An audit log as verify reads it: what an adapter has to hand over, in which order. */
import type { Amounts } from '../ledger/fit.ts';
import type { CounterUse, EntryKind, KeyFacts } from './entry.ts';

/** An entry as it is stored: its text, and what the store keeps beside it to find it. */
export interface StoredEntry {
  readonly chain: string;
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly exchange: string | null;
  /** Whether it is among those that are looked for by their kind (isApart). */
  readonly apart: boolean;
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
  /** Empty where no model is called. */
  readonly model: string;
  readonly cap: number;
  readonly reserved: Amounts;
  /** Zeros while it is open. */
  readonly charged: Amounts;
  /** Epoch ms. */
  readonly openedAt: number;
  readonly expiresAt: number;
  readonly closedAt: number | null;
  /** Its `opened`, and the entry that ended it. */
  readonly opened: Place;
  readonly closed: Place | null;
  /** What it is counted in; undefined where that can't be read. */
  readonly counters: readonly CounterUse[] | undefined;
  readonly rates: { readonly second: number; readonly keys: readonly string[] } | undefined;
  /** What it exceeded without being refused. */
  readonly over: readonly string[] | undefined;
}

export interface StoredCounter {
  readonly key: string;
  readonly spent: number;
  readonly reserved: number;
  /** Epoch ms; null for never. */
  readonly resetsAt: number | null;
}

/** What is counted of a rate in one second. */
export interface StoredBucket {
  readonly key: string;
  /** Epoch seconds. */
  readonly second: number;
  readonly requests: number;
  readonly tokens: number;
}

/** A key of `serve`: what its last entry says has to stand in its row. */
export interface StoredKey extends KeyFacts {
  readonly id: string;
  readonly change: number;
  readonly print: string;
}

/** One message that is stored. */
export interface StoredContent {
  /** Address of the message before it. */
  readonly prev: string | null;
  /** Whether it is what was stored under its address; true also where that can't be told. */
  readonly intact: boolean;
}

export interface StoredContents {
  /** Whether keys are at hand, so that changes of what is stored are seen. */
  readonly readable: boolean;
  /** `erased`: its key is gone. `locked`: its key can't be used. Undefined: there is no such session. */
  session(id: string): 'kept' | 'erased' | 'locked' | undefined;
  of(session: string, address: string): StoredContent | undefined;
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
  /** By session. */
  leases(): Iterable<StoredLease>;
  hasLease(id: string): boolean;
  counters(): Iterable<StoredCounter>;
  buckets(): Iterable<StoredBucket>;
  /** How many calls run under each rate, by its key. */
  running(): Iterable<readonly [key: string, calls: number]>;
  keys(): Iterable<StoredKey>;
  readonly contents: StoredContents;
  /** What is in the store beside what Tollgate makes, each as a sentence's subject: `the trigger x`. */
  foreign(): Iterable<string>;
}
