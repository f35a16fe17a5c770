/**
 * Where Redis can't be trusted any more, everything is counted anew before anything is spent.
 *
 *   Redis' own entries ──> the audit log ──(sidecars bring what only they have)──> what came into it meanwhile ──> open
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MongoAudit } from '../adapters/mongo/audit.ts';
import type { RedisLedger } from '../adapters/redis/ledger.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import type { EntryDraft } from '../core/audit/entry.ts';

export interface SpendingParts {
  readonly ledger: Pick<RedisLedger, 'standing' | 'rebuild'>;
  readonly audit: Pick<MongoAudit, 'since' | 'storedSince'>;
  readonly log: Log;
  /** How long sidecars that run take at most to bring what only they have, ms. */
  readonly broughtAfterMs: number;
}

/** @throws LedgerUnavailable when it stays shut, and why */
export async function openSpending({ ledger, audit, log, broughtAfterMs }: SpendingParts): Promise<void> {
  const standing = await ledger.standing();
  if (standing.open) return;
  log.warn({ reason: standing.reason }, 'spending is counted anew from the audit log');
  const [at, began] = [Date.now(), performance.now()];
  const rebuilt = await ledger.rebuild({
    audit: () => audit.since(0),
    async *sidecars(): AsyncGenerator<EntryDraft> {
      await sleep(Math.max(0, began + broughtAfterMs - performance.now()));
      yield* audit.storedSince(at);
    },
    // It stands in manifests, which are looked at before Redis is.
    killed: () => [],
  });
  if (rebuilt.outcome === 'busy') log.info('another replica counts it');
  else log.info(rebuilt, 'spending is open');
}
