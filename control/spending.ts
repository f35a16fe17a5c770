/**
 * Where Redis can't be trusted any more, everything is counted anew before anything is spent.
 *
 *   Redis' own entries ──(sidecars bring what only they have, entries.ts)──> the audit log ──> spending is open
 */
import type { MongoAudit } from '../adapters/mongo/audit.ts';
import type { RedisLedger } from '../adapters/redis/ledger.ts';
import type { Log } from '../adapters/telemetry/log.ts';

export interface SpendingParts {
  readonly ledger: Pick<RedisLedger, 'standing' | 'rebuild'>;
  readonly audit: Pick<MongoAudit, 'byLease' | 'hasCalls'>;
  readonly log: Log;
  /** How long sidecars that run take at most to bring what only they have, ms. */
  readonly bringMs: number;
}

/** @throws LedgerUnavailable when it stays shut, and why */
export async function openSpending({ ledger, audit, log, bringMs }: SpendingParts): Promise<void> {
  const standing = await ledger.standing();
  if (standing.open) return;
  log.warn({ reason: standing.reason }, 'spending is counted anew from the audit log');
  const rebuilt = await ledger.rebuild({
    audit: () => audit.byLease(),
    // They bring it by themselves, and it is stored while spending is shut.
    sidecars: () => [],
    // It stands in manifests, which are looked at before Redis is.
    killed: () => [],
    pauseMs: (await audit.hasCalls()) ? bringMs : 0,
  });
  if (rebuilt.outcome === 'busy') log.info('another replica counts it');
  else log.info(rebuilt, 'spending is open');
  if (rebuilt.outcome === 'rebuilt' && rebuilt.setAside !== undefined)
    log.error(
      { entries: rebuilt.setAside },
      'entries of the audit log can not be read, and what they cost is not counted: another release wrote them, or nobody of Tollgate did',
    );
}
