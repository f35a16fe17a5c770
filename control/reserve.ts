/** A sidecar asks for a permit: which limits apply, control says, by its own policies and on the ledger's clock. */

import type { SidecarCaller } from '../adapters/cluster/caller.ts';
import { OtherWindow } from '../adapters/redis/errors.ts';
import type { RedisLedger } from '../adapters/redis/ledger.ts';
import type { ReserveAnswer, ReserveMessage } from '../control-api/messages.ts';
import type { OpenedDraft } from '../core/audit/entry.ts';
import { checksFor } from '../core/ledger/checks.ts';
import { sessionChecks } from '../core/ledger/session.ts';
import type { Snapshot } from '../core/policy/snapshot.ts';
import type { Grant } from '../core/ports.ts';
import { knownOfDraft } from './entry-schema.ts';
import type { Proofs } from './proofs.ts';

/** Clocks may be off by a window; that its bounds lie so that two tries miss them does not happen. */
const TRIES = 3;

export async function reserve(
  ledger: Pick<RedisLedger, 'reserve' | 'now'>,
  proofs: Pick<Proofs, 'ofOpened' | 'ofClosed'>,
  { payer, pod }: SidecarCaller,
  snapshot: Snapshot,
  { lease, bound, opened }: ReserveMessage,
): Promise<ReserveAnswer> {
  const { workload, session } = payer;
  const draft = (grant: Grant): OpenedDraft => ({
    ...knownOfDraft(opened),
    lease,
    // Whoever asks, and by which policy it is paid, is not the sidecar's to say.
    workload: { namespace: workload.namespace, name: workload.name, labels: workload.labels, session },
    snapshot: snapshot.hash,
    cap: grant.cap,
    reserved: grant.amounts,
    observed: [...opened.observed, ...grant.over],
  });
  const facts = {
    exchange: opened.exchange,
    namespace: workload.namespace,
    workload: workload.name,
    session,
    provider: opened.provider,
    model: opened.model ?? '',
  };
  let at = ledger.now();
  for (let n = 1; ; n++) {
    try {
      const { limits, rates } = checksFor(snapshot.budgets, payer, at);
      // Of an AgentRunner it is told what it has spent, whatever limits there are.
      const counted = workload.runner === undefined ? [] : sessionChecks(session, at);
      const request = { lease, facts, bound, limits: [...limits, ...counted], rates, opened: draft };
      const reservation = await ledger.reserve(request);
      if ('granted' in reservation) {
        const { granted, opened: entry } = reservation;
        const { at: counted, counters, rates: paced } = entry;
        return {
          granted,
          counted: { at: counted, counters, rates: paced, proof: proofs.ofOpened(entry, pod.uid) },
          closedProof: proofs.ofClosed(entry),
        };
      }
      return reservation;
    } catch (error) {
      if (!(error instanceof OtherWindow) || n === TRIES) throw error;
      at = error.now;
    }
  }
}
