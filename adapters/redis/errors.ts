/** Why the ledger in Redis does not answer: all of them are LedgerUnavailable to who only wants to try again. */
import { LedgerUnavailable } from '../../core/ports.ts';

/** Why what Redis has counted can't be trusted. */
export type ShutReason = 'missing' | 'server' | 'history' | 'layout';

const SHUT: Readonly<Record<ShutReason, string>> = {
  missing: 'Redis has no record of what was spent: it is new, or was emptied',
  server: 'Redis was started again, or another server has taken its place',
  history: 'Redis goes on from another history: a failover, or a restored snapshot',
  layout: 'Redis was counted in by another version of Tollgate',
};

/** Nothing is spent until the counters have been rebuilt. */
export class LedgerShut extends LedgerUnavailable {
  readonly reason: ShutReason;

  constructor(reason: ShutReason) {
    super(`${SHUT[reason] ?? reason}. Spending waits until it is counted anew from the audit log.`);
    this.reason = reason;
  }
}

/** The reservation was taken back after its entry may have been handed on. Ask with another lease. */
export class LeaseWithdrawn extends LedgerUnavailable {
  constructor(lease: string) {
    super(
      `Not all replicas had the reservation ${lease} in time. It was taken back, and can't be made again.`,
    );
  }
}

/** The call was asked for in windows in which, by Redis' clock, it is not made. Ask again with those of `now`. */
export class OtherWindow extends LedgerUnavailable {
  /** Redis' clock, epoch ms. */
  readonly now: number;

  constructor(now: number) {
    super(
      `By Redis' clock it is ${new Date(now).toISOString()}, which is not in the windows that were asked for.`,
    );
    this.now = now;
  }
}
