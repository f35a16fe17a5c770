/**
 * A sidecar's chain arrives: what it says of leases settles them, then it is stored, then acknowledged. It comes from a pod
 * that runs an agent, so nothing in it is believed: entries are of kinds that sidecars write and have their form
 * (entry-schema.ts), are of the workload and session that their chain is of, and speak of money that was granted (proofs.ts).
 *
 *   batch ── linked, its chain's own, granted? ── leases of `closed` entries settled (again does nothing) ── stored ──> acknowledged
 *                                      └── spending is shut ── stored, so that it is counted anew with them ──> sent again
 *                                                                  ├── a runner's session counts its exchanges, each once
 *                                                                  └── metrics, of what was not stored before: exchanges, git requests
 */

import type { SidecarCaller } from '../adapters/cluster/caller.ts';
import { ForkError, type MongoAudit, type StoredEntry } from '../adapters/mongo/audit.ts';
import type { ChainOwner, Claim } from '../adapters/mongo/chains.ts';
import type { Ended } from '../adapters/mongo/sessions.ts';
import { LedgerShut } from '../adapters/redis/errors.ts';
import type { RedisLedger } from '../adapters/redis/ledger.ts';
import type { EntriesAnswer, EntriesMessage } from '../control-api/messages.ts';
import { type ChainedEntry, hashText } from '../core/audit/chain.ts';
import {
  type Closed,
  type EntryDraft,
  type GitRequest,
  type Opened,
  workloadOf,
} from '../core/audit/entry.ts';
import { verdictOf } from '../core/govern/ended.ts';
import { LedgerUnavailable, type Settlement } from '../core/ports.ts';
import { readDraft } from './entry-schema.ts';
import type { Proofs } from './proofs.ts';
import { ApiError } from './server.ts';

type Ledger = Pick<RedisLedger, 'settleKnown' | 'adopt'>;

/** Told of each exchange that ended, with its beginning where that is known; for metrics. */
export type OnEnded = (caller: SidecarCaller, closed: Closed, opened: Opened | undefined) => void;
/** Told of each request for a repository that ended; for metrics. */
export type OnGit = (caller: SidecarCaller, request: GitRequest) => void;

export interface EntriesParts {
  readonly ledger: Ledger;
  readonly sink: Pick<MongoAudit, 'store' | 'opened' | 'sessions' | 'chains'>;
  readonly proofs: Pick<Proofs, 'granted' | 'ended'>;
  readonly onEnded: OnEnded;
  readonly onGit: OnGit;
}

export async function takeEntries(
  { ledger, sink, proofs, onEnded, onGit }: EntriesParts,
  caller: SidecarCaller,
  { chain, entries }: EntriesMessage,
): Promise<EntriesAnswer> {
  const read = entries.map((entry) => ({ ...entry, entry: readEntry(chain, entry) }));
  for (const [i, { seq, entry }] of read.entries()) {
    const before = read[i - 1];
    if (before === undefined) continue;
    const { prev } = entry as EntryDraft & { prev?: unknown };
    if (seq !== before.seq + 1 || prev !== before.hash)
      throw new ApiError(
        'bad_message',
        `entry ${seq} of chain ${chain} does not follow on the one before it`,
      );
  }
  const { owner, isStored } = await ownerOf(sink, caller, chain);
  assertOwn({ owner, isStored }, caller, read);
  await assertGranted(proofs, caller.pod.uid, read);
  const shut = await settle(ledger, sink, read);
  if (!isStored) throw new LedgerUnavailable(`the audit log does not say whose the chain ${chain} is`);
  const fresh = await stored(sink, chain, read);
  if (owner.runner !== null) await sink.sessions.count(owner.session, chain, read.flatMap(endedOf));
  for (const { entry } of fresh) if (entry.kind === 'git' && entry.step === 'ended') onGit(caller, entry);
  await tell(caller, sink, onEnded, read, fresh.flatMap(closedOf));
  if (shut !== undefined) throw shut;
  return { acknowledged: read.at(-1)?.seq ?? 0 };
}

/** @returns why that can't be done now, where spending is shut */
async function settle(
  ledger: Ledger,
  sink: Pick<MongoAudit, 'opened'>,
  read: readonly StoredEntry[],
): Promise<LedgerShut | undefined> {
  for (const closed of read.flatMap(closedOf)) {
    const { lease } = closed;
    if (lease === null) continue;
    try {
      if (await ledger.settleKnown(lease, settlementOf(closed), closed)) continue;
    } catch (error) {
      if (error instanceof LedgerShut) return error;
      throw error;
    }
    const opened = openedIn(read).get(lease) ?? (await sink.opened([lease])).get(lease);
    if (opened !== undefined) await ledger.adopt(opened, closed.amounts);
  }
  return undefined;
}

async function stored(
  sink: EntriesParts['sink'],
  chain: string,
  read: readonly StoredEntry[],
): Promise<readonly StoredEntry[]> {
  try {
    return await sink.store(chain, read);
  } catch (error) {
    if (error instanceof ForkError) throw new ApiError('fork', error.message);
    throw error;
  }
}

function closedOf({ entry }: StoredEntry): Closed[] {
  return entry.kind === 'closed' ? [entry] : [];
}

function endedOf({ seq, entry }: StoredEntry): Ended[] {
  if (entry.kind !== 'closed') return [];
  const refusal = verdictOf(entry) === 'deny' ? (entry.code ?? 'denied') : null;
  return [{ seq, at: entry.at, refusal }];
}

/** What was asked for stands in `opened`, which mostly came with a batch before. */
async function tell(
  caller: SidecarCaller,
  sink: EntriesParts['sink'],
  onEnded: OnEnded,
  read: readonly StoredEntry[],
  ended: readonly Closed[],
): Promise<void> {
  const opened = openedIn(read);
  const missing = ended.flatMap(({ lease }) => (lease === null || opened.has(lease) ? [] : [lease]));
  // Metrics are no reason to take a batch again.
  const before =
    missing.length === 0
      ? new Map<string, Opened>()
      : await sink.opened(missing).catch(() => new Map<string, Opened>());
  for (const closed of ended) {
    const lease = closed.lease ?? '';
    onEnded(caller, closed, opened.get(lease) ?? before.get(lease));
  }
}

function openedIn(read: readonly StoredEntry[]): ReadonlyMap<string, Opened> {
  return new Map(
    read.flatMap(({ entry }) => (entry.kind === 'opened' ? [[entry.lease, entry] as const] : [])),
  );
}

function readEntry(chain: string, { seq, text, hash }: ChainedEntry): EntryDraft {
  const wrong = () => new ApiError('bad_message', `entry ${seq} of chain ${chain} is not what its hash says`);
  if (hashText(text) !== hash) throw wrong();
  let entry: unknown;
  try {
    entry = JSON.parse(text);
  } catch {
    throw wrong();
  }
  if (typeof entry !== 'object' || entry === null) throw wrong();
  const { chain: named, seq: number } = entry as { chain?: unknown; seq?: unknown };
  if (named !== chain || number !== seq) throw wrong();
  const draft = readDraft(entry);
  if ('entry' in draft) return draft.entry;
  throw refused(seq, draft.problem);
}

/**
 * Whose a chain is: what the pod was when its sidecar said hello, whatever has become of its owners since.
 *
 * @throws ApiError when it is another pod's
 */
export async function ownerOf(
  { chains }: Pick<MongoAudit, 'chains'>,
  { pod, payer, runner }: SidecarCaller,
  chain: string,
): Promise<Claim> {
  const { workload, session } = payer;
  const claim = await chains.claim(chain, {
    pod: pod.uid,
    namespace: workload.namespace,
    workload: workload.name,
    session,
    runner: runner ?? null,
  });
  if (claim.owner.pod === pod.uid) return claim;
  throw new ApiError('bad_message', `the chain ${chain} is written by another pod`);
}

/** A sidecar speaks of its own workload only: of the one that its chain is of. A policy may be for what its pod is today. */
function assertOwn({ owner, isStored }: Claim, { payer }: SidecarCaller, read: readonly StoredEntry[]): void {
  const { namespace, workload, session }: ChainOwner = owner;
  const names = [`${namespace}/${workload}`, `${payer.workload.namespace}/${payer.workload.name}`];
  for (const { seq, entry } of read) {
    if (entry.kind === 'policy' && !names.includes(entry.workload ?? ''))
      throw refused(seq, '/workload is not that of the sidecar');
    const of = workloadOf(entry);
    if (of === undefined) continue;
    if (of.namespace === namespace && of.name === workload && of.session === session) continue;
    const why = `an entry is of ${of.namespace}/${of.name}, and the sidecar is not`;
    throw isStored ? new ApiError('bad_message', why) : new LedgerUnavailable(why);
  }
}

/** Of money it speaks as control has granted it to its pod. @throws LedgerUnavailable */
async function assertGranted(
  proofs: EntriesParts['proofs'],
  pod: string,
  read: readonly StoredEntry[],
): Promise<void> {
  const wrong = (seq: number) =>
    refused(
      seq,
      '/proof is not that of a grant: control granted no such lease, or other amounts or counters',
    );
  for (const { seq, entry } of read) {
    if (entry.kind === 'opened' && !(await proofs.granted(entry, pod))) throw wrong(seq);
    if (entry.kind === 'closed' && !(await proofs.ended(entry))) throw wrong(seq);
  }
}

function refused(seq: number, problem: string): ApiError {
  return new ApiError('bad_message', `entry ${seq} is none that a sidecar writes: ${problem}`);
}

function settlementOf({ outcome, amounts }: Closed): Settlement {
  if (outcome === 'settled') return { outcome, amounts };
  // What says nothing of money keeps what was reserved.
  return { outcome: outcome === 'released' ? 'released' : 'charged' };
}
