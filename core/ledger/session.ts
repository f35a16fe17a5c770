/**
 * What a session has spent, whichever limits are for it: counted by the ledger beside them, in two counters that nothing
 * exceeds. So it is exact as limits are, through expired leases and late settlements, and counted anew with them.
 */
import type { Unit } from '../policy/budget.ts';
import type { LimitCheck } from './checks.ts';

/** No name of a limit: namespaces begin with a letter or a digit. */
const ID = '-/session/spend';
const DAY_MS = 86_400_000;
/** Of a session that made no call for so long nothing is counted any more, as nobody tells when it has ended. */
const KEPT_DAYS = 90;
const UNITS = ['usd', 'tokens'] as const satisfies readonly Unit[];

/** @returns names of the counters: of nano-USD and of tokens */
export function sessionCounters(session: string): readonly [usd: string, tokens: string] {
  const [usd, tokens] = UNITS.map((unit) => `${ID}|session:${session}|run|${unit}`);
  return [usd ?? '', tokens ?? ''];
}

/**
 * @param at epoch ms, on the ledger's clock
 * @returns limits that refuse and exceed nothing
 */
export function sessionChecks(session: string, at: number): LimitCheck[] {
  const resetsAt = (Math.floor(at / DAY_MS) + 1 + KEPT_DAYS) * DAY_MS;
  const counters = sessionCounters(session);
  return UNITS.map((unit, i) => ({
    id: ID,
    counter: counters[i],
    unit,
    amount: Number.MAX_SAFE_INTEGER,
    refuse: false,
    startsAt: 0,
    resetsAt,
  }));
}
