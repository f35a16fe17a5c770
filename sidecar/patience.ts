/**
 * Asking the ledger, with as much patience as the answer deserves.
 *
 *   rate                wait until it may fit, 60 s in all; no wait that is known to be too long is begun
 *   budget reserved     wait a little for running calls to settle
 *   ledger unavailable  try again for 60 s
 *   anything else       is the answer
 */

import { refusal } from '../core/govern/refusals.ts';
import type { LedgerAnswer } from '../core/govern/stages.ts';
import { type Ledger, LedgerUnavailable, type Reservation, type ReserveRequest } from '../core/ports.ts';
import type { RunningLeases } from './leases.ts';

export const RATE_PATIENCE_MS = 60_000;
export const RESERVED_PATIENCE_MS = 5_000;
export const LEDGER_PATIENCE_MS = 60_000;

/** Calls of other processes settle unseen: look again this often, ms. */
const LOOK_AGAIN_MS = 100;

/**
 * @param gone whether the client has gone away, so that waiting is of no use
 */
export async function reservePatiently(
  ledger: Ledger,
  leases: RunningLeases,
  request: () => ReserveRequest,
  gone: () => boolean,
): Promise<LedgerAnswer> {
  const started = performance.now();
  for (;;) {
    const waitedMs = performance.now() - started;
    const answer = await tryReserve(ledger, request());
    if ('unavailable' in answer) {
      if (waitedMs >= LEDGER_PATIENCE_MS || gone())
        return { reservation: unavailable(waitedMs, answer.unavailable), waitedMs };
      await sleep(250);
      continue;
    }
    if ('granted' in answer) return { reservation: answer, waitedMs };
    const wait = waitFor(answer.refused, waitedMs);
    if (wait === undefined || gone()) return { reservation: answer, waitedMs };
    await leases.anyEnd(wait);
  }
}

async function tryReserve(
  ledger: Ledger,
  request: ReserveRequest,
): Promise<Reservation | { readonly unavailable: LedgerUnavailable }> {
  try {
    return await ledger.reserve(request);
  } catch (error) {
    if (error instanceof LedgerUnavailable) return { unavailable: error };
    throw error;
  }
}

/** @returns how long to wait before asking again, ms; undefined: the refusal is the answer */
function waitFor(
  shortage: Extract<Reservation, { refused: unknown }>['refused'],
  waitedMs: number,
): number | undefined {
  if (shortage.kind === 'rate') {
    return waitedMs + shortage.retryAfterMs <= RATE_PATIENCE_MS ? shortage.retryAfterMs : undefined;
  }
  return shortage.kind === 'reserved' && waitedMs < RESERVED_PATIENCE_MS ? LOOK_AGAIN_MS : undefined;
}

function unavailable(waitedMs: number, error: LedgerUnavailable) {
  const seconds = String(Math.round(waitedMs / 1000));
  return { unavailable: refusal('ledger_unavailable', { seconds, detail: error.message }) };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
