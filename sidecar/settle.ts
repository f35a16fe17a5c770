/** Writing to the ledger what has happened already, so it has to get there. */
import { LedgerUnavailable } from '../core/ports.ts';
import type { Sidecar } from './sidecar.ts';

const TRY_AGAIN_MS = 1_000;
/** A lease that is not settled expires and is charged in full; trying for longer would only replace that charge. */
const TRIES = 120;

/** Tries until it is written; gives up loudly. Never rejects: nobody waits who could do anything about it. */
export async function settleSurely(sidecar: Sidecar, write: () => Promise<void>): Promise<void> {
  for (let n = 0; ; n++) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof LedgerUnavailable) || n >= TRIES) {
        sidecar.log.error(
          { error: String(error) },
          'an exchange could not be settled; it will be charged as reserved',
        );
        return;
      }
      if (n === 0) sidecar.log.warn({ error: error.message }, 'the ledger cannot be written; trying again');
      await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
    }
  }
}
