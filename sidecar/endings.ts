/**
 * How an exchange ends, well or badly: steps 6, settle, and 7, record. Whatever happens, an attempt that was paid for gets
 * one settlement and one `closed` entry.
 */
import type { Call } from '../core/govern/call.ts';
import { verdictOf } from '../core/govern/ended.ts';
import { REFUSALS, type Refusal } from '../core/govern/refusals.ts';
import { NOTHING } from '../core/ledger/fit.ts';
import type { Grant, Settlement } from '../core/ports.ts';
import type { Attempt, Progress } from './progress.ts';
import { closedEntry, type Ending, withContent } from './record.ts';
import { amountsOf } from './reply/settlement.ts';
import { settleSurely } from './settle.ts';

export const RELEASED: Settlement = { outcome: 'released' };
export const CHARGED: Settlement = { outcome: 'charged' };

/** An attempt ended, well or badly: settles it and writes its `closed` entry. */
export async function close(
  x: Progress,
  paid: Attempt,
  settlement: Settlement,
  how: Partial<Pick<Ending, 'code' | 'status' | 'usage' | 'faults'>>,
): Promise<void> {
  const { ledger, leases, log } = x.sidecar;
  const { lease } = paid.grant;
  const amounts = amountsOf(settlement, paid.grant);
  const ending = { attempt: paid, code: null, verdict: 'allow', status: null, ...how } as const;
  const closed = closedEntry(x, { ...ending, outcome: settlement.outcome, amounts });
  if (closed.faults.length > 0) log.info({ exchange: x.id, faults: closed.faults }, 'ended with faults');
  count(x, closed, paid.call);
  await settleSurely(x.sidecar, () => ledger.settle(lease, settlement, withContent(x, closed)));
  leases.end(lease);
  x.paid = undefined;
}

/** Something broke after the call was paid for: tells the agent, settles, records. */
export function fail(x: Progress, paid: Attempt, refused: Refusal, settlement: Settlement): Promise<void> {
  const status = x.responder.refuse(refused, x.view, x.agent, x.governedMs);
  say(x, refused, 'failed');
  return close(x, paid, settlement, {
    code: refused.code,
    status,
    faults: status === null ? ['client_gone'] : [],
  });
}

/** What is owed for a call without a reply: nothing, if it was never sent. */
export function owed({ upstream }: Progress): Settlement {
  return upstream?.sent ? CHARGED : RELEASED;
}

/** Refuses before anything was sent. */
export async function refuse(x: Progress, refused: Refusal, grant?: Grant): Promise<void> {
  const { ledger, leases } = x.sidecar;
  const status = x.responder.refuse(refused, x.view, x.agent, performance.now() - x.readAt);
  say(x, refused, 'refused');
  const ending = { code: refused.code, verdict: 'deny', status, amounts: NOTHING } as const;
  const how = grant ? ({ released: grant, outcome: 'released' } as const) : ({ outcome: 'none' } as const);
  const closed = closedEntry(x, { ...ending, ...how });
  count(x, closed, undefined);
  await settleSurely(x.sidecar, () => {
    const entry = withContent(x, closed);
    return grant ? ledger.settle(grant.lease, RELEASED, entry) : ledger.record(entry);
  });
  if (grant) leases.end(grant.lease);
}

/** Something is wrong in Tollgate itself: the agent gets nothing that was not judged; what may be owed is charged. */
export async function crash(x: Progress, error: unknown): Promise<void> {
  const { ledger, leases, log } = x.sidecar;
  const what = error instanceof Error ? error.stack : String(error);
  log.error({ exchange: x.id, error: what }, 'an exchange failed inside Tollgate');
  x.upstream?.abort();
  x.responder.abort();
  const { paid } = x;
  const faults = ['internal_error'];
  // Left open if even that fails, its lease expires and is charged.
  if (paid) return close(x, paid, owed(x), { faults }).finally(() => leases.end(paid.grant.lease));
  const ending = { code: null, verdict: 'deny', status: null, amounts: NOTHING, outcome: 'none' } as const;
  const closed = closedEntry(x, { ...ending, faults });
  count(x, closed, undefined);
  await settleSurely(x.sidecar, () => ledger.record(closed));
}

/** Says in the log that an exchange was refused or failed, with the values of its texts: never more than names. */
export function say(x: Progress, refused: Refusal, what: string): void {
  const { code, params } = refused;
  const level = REFUSALS[code].kind === 'policy' ? 'info' : 'warn';
  x.sidecar.log[level]({ exchange: x.id, code, ...params }, what);
}

function count(x: Progress, closed: ReturnType<typeof closedEntry>, call: Call | undefined): void {
  const { sidecar, endpoint, paid } = x;
  sidecar.traces?.ended(x, closed, call);
  const code = closed.code as keyof typeof REFUSALS | null;
  const verdict = verdictOf(closed);
  sidecar.tally.add(closed, verdict === 'fault', paid?.observed);
  if (code !== null) sidecar.metrics.refused(code);
  for (const { verdict: of, code: why } of closed.calls)
    if (of === 'deny' && why) sidecar.metrics.refused(why);
  const labels = {
    wire: endpoint?.wire ?? 'none',
    provider: call?.provider.name ?? 'none',
    model: call?.model ?? 'none',
    verdict,
  };
  sidecar.metrics.ended(labels, closed.amounts.usd / 1e9);
}
