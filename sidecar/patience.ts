/**
 * Asking the ledger, with as much patience as the answer deserves.
 *
 *   rate                wait until it may fit, a minute in all; no wait that is known to be too long is begun
 *   budget reserved     wait a little for running calls to settle
 *   ledger unavailable  try again for a minute
 *   anything else       is the answer
 *
 * Nobody waits for an agent that has gone.
 */
import { refusal } from '../core/govern/refusals.ts';
import type { LedgerAnswer } from '../core/govern/stages.ts';
import { type Ledger, LedgerUnavailable, type Reservation, type ReserveRequest } from '../core/ports.ts';
import { plural } from '../core/wording.ts';
import type { RunningLeases } from './leases.ts';
import type { Responder } from './reply/responder.ts';
import type { Sidecar } from './sidecar.ts';
import type { Times } from './times.ts';

/** Calls of other processes settle unseen: look again this often, ms. */
const LOOK_AGAIN_MS = 100;
/** A ledger that can't be written is tried again this often, ms; each try has waited for its lock already. */
const TRY_AGAIN_MS = 250;

/** Who waits, and may hang up meanwhile. */
type Agent = Pick<Responder, 'gone' | 'whenGone'>;
type Sources = Pick<Sidecar, 'leases' | 'times'> & { readonly ledger: Pick<Ledger, 'reserve'> };
type Refused = Extract<Reservation, { refused: unknown }>['refused'];

/** @param request makes what is asked for, anew at each try */
export async function reservePatiently(
  { ledger, leases, times }: Sources,
  request: () => ReserveRequest,
  agent: Agent,
): Promise<LedgerAnswer> {
  const started = performance.now();
  for (;;) {
    const ended = leases.ended;
    let reservation: LedgerAnswer['reservation'];
    let wait: number | undefined;
    const asked = performance.now() - started;
    try {
      reservation = await ledger.reserve(request());
      if ('granted' in reservation) return { reservation, waitedMs: asked };
      wait = waitFor(reservation.refused, asked, times);
    } catch (error) {
      if (!(error instanceof LedgerUnavailable)) throw error;
      const waited = performance.now() - started;
      reservation = unavailable(waited, error);
      wait = waited < times.ledger ? TRY_AGAIN_MS : undefined;
    }
    if (wait === undefined || agent.gone) return { reservation, waitedMs: performance.now() - started };
    if (leases.ended === ended) await nextChance(wait, leases, agent);
  }
}

/** @returns how long to wait before asking again, ms; undefined: the refusal is the answer */
function waitFor(shortage: Refused, waitedMs: number, times: Times): number | undefined {
  if (shortage.kind === 'rate') {
    return waitedMs + shortage.retryAfterMs <= times.rate ? shortage.retryAfterMs : undefined;
  }
  return shortage.kind === 'reserved' && waitedMs < times.reserved ? LOOK_AGAIN_MS : undefined;
}

function unavailable(waitedMs: number, error: LedgerUnavailable) {
  const waited = plural(Math.round(waitedMs / 1000), 'second');
  return { unavailable: refusal('ledger_unavailable', { waited, detail: error.message }) };
}

/** Waits until a lease has ended here, the agent has gone, or for `ms`. */
function nextChance(ms: number, leases: RunningLeases, agent: Agent): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(wake, ms);
    const forget = leases.whenEnded(wake);
    agent.whenGone(wake);
    function wake() {
      clearTimeout(timer);
      forget();
      resolve();
    }
  });
}
