/** What core needs from the outside world. Adapters implement it; mains choose the adapters. */
import type { EntryDraft, OpenedDraft } from './audit/entry.ts';
import type { LimitCheck, RateCheck } from './ledger/checks.ts';
import type { Amounts, Bound, Shortage } from './ledger/fit.ts';
import type { RateShortage } from './ledger/rate.ts';

/** Epoch milliseconds. */
export type Clock = () => number;

/** What the ledger keeps of a call beside its amounts, for people who look at spend. */
export interface LeaseFacts {
  readonly exchange: string;
  readonly namespace: string;
  readonly workload: string;
  readonly session: string;
  readonly provider: string;
  readonly model: string;
}

export interface ReserveRequest {
  /** Unique for each attempt to call; reserving it again gives the same answer. */
  readonly lease: string;
  readonly facts: LeaseFacts;
  readonly bound: Bound;
  readonly limits: readonly LimitCheck[];
  readonly rates: readonly RateCheck[];
  /** The entry that is written together with the reservation, or not at all; the ledger adds what it counted, and when. */
  opened(grant: Grant): OpenedDraft;
}

/** A reservation that holds until it is settled, released, or expires and is charged. */
export interface Grant {
  readonly lease: string;
  /** The output cap that was paid for, tokens. */
  readonly cap: number;
  readonly amounts: Amounts;
  /** Limits and rates that only record and that this call exceeds. */
  readonly over: readonly string[];
}

export type Reservation =
  | { readonly granted: Grant }
  | { readonly refused: Shortage | RateShortage | Stopped };

/** By the kill switch: there is nothing to wait for. */
export interface Stopped {
  readonly kind: 'stopped';
  /** As it was given by whoever threw it. */
  readonly reason: string;
}

/** What becomes of a reservation: its real amounts, all of it, or nothing. */
export type Settlement =
  | { readonly outcome: 'settled'; readonly amounts: Amounts }
  | { readonly outcome: 'charged' | 'released' };

/**
 * Where spend is reserved before a call and settled after it, and where exchanges are recorded.
 * Every method rejects with LedgerUnavailable when it could not do its work; then nothing of it was done.
 */
export interface Ledger {
  /** Checks all rates and limits and reserves, atomically, together with the `opened` entry. */
  reserve(request: ReserveRequest): Promise<Reservation>;
  /** Ends a lease once; the entry is written with it, at the ledger's time. One after expiry replaces the charge. */
  settle(lease: string, settlement: Settlement, closed: EntryDraft): Promise<void>;
  /** Keeps leases of running calls from expiring. */
  extend(leases: readonly string[]): Promise<void>;
  /** Writes an entry that moves no money. */
  record(entry: EntryDraft): Promise<void>;
  /** Where a session's messages are kept. Rejects also when its key can't be had. */
  openContents(session: string): Promise<Contents>;
}

/** The messages of one session, encrypted with its key. */
export interface Contents {
  /** Nothing is stored of a session that was erased, and addresses in it mean nothing. */
  readonly erased: boolean;
  /**
   * Stores a message together with the next entry that is written, unless it is there already.
   * @param prev address of the message before it
   * @returns its address, 64 hex digits
   * @throws LedgerUnavailable when too much waits to be written
   */
  put(bytes: Buffer, prev: string | null): string;
}

/** The ledger could not be reached or written in time. Callers wait and try again, then refuse. */
export class LedgerUnavailable extends Error {
  override readonly name = 'LedgerUnavailable';
}

/** How long a lease lives without being extended, ms. Its charge is only late by this when a process dies. */
export const LEASE_TTL_MS = 90_000;
/** How often running calls extend their leases, ms. */
export const LEASE_RENEW_MS = 30_000;
