/** Writing to the ledger what has happened already, so it has to get there. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerUnavailable } from '../core/ports.ts';
import type { Sidecar } from './sidecar.ts';

const TRY_AGAIN_MS = 1_000;

/**
 * Tries until it is written; gives up loudly, and at once when the process ends. A lease that is not settled expires and
 * is charged in full. Never rejects: nobody waits who could do anything about it.
 */
export async function settleSurely(
  { log, times, stopped }: Sidecar,
  write: () => Promise<void>,
): Promise<void> {
  const started = performance.now();
  for (let n = 0; ; n++) {
    try {
      return await write();
    } catch (error) {
      const late = stopped.aborted || performance.now() - started >= times.settle;
      if (!(error instanceof LedgerUnavailable) || late) {
        log.error({ error: String(error) }, 'an exchange was not recorded; what it reserved will be charged');
        return;
      }
      if (n === 0) log.warn({ error: error.message }, 'the ledger cannot be written; trying again');
      // Cut short by the end of the process, it tries once more.
      await sleep(TRY_AGAIN_MS, undefined, { signal: stopped }).catch(() => undefined);
    }
  }
}
