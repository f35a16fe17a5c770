/**
 * Leases against entries, both ways: each lease was opened once and ended once, by entries that say the same as it does
 * about who paid, how much, when, and in what that is counted.
 *
 * Retention removes entries before leases, so an entry that the lease says stood in a pruned part is not missed.
 */
import { type Amounts, NOTHING } from '../ledger/fit.ts';
import type { Opened } from './entry.ts';
import { type Finding, finding, note } from './finding.ts';
import { entriesOf, type LeaseEntries, parse, secondOf, type Tampered } from './lease-entries.ts';
import type { AuditSource, Place, StoredEntry, StoredLease } from './source.ts';

/** What is known of the chains by the time their leases are looked at. */
export interface KnownChains {
  /** Up to which seq retention has removed a chain; 0 for none. */
  pruned(chain: string): number;
  /** Whether entries of a chain may stand elsewhere than they were written: that is a finding of its own already. */
  doubtful(chain: string): boolean;
  /** Whether an entry has its end; true where none are known. */
  hasEnd(place: Place, hash: string): boolean;
}

/**
 * @param onLease called for each lease with its entries
 * @returns how many leases there are
 */
export function* verifyLeases(
  source: AuditSource,
  chains: KnownChains,
  onLease: (lease: StoredLease, entries: LeaseEntries) => Iterable<Finding>,
): Generator<Finding, number> {
  let count = 0;
  for (const lease of source.leases()) {
    count++;
    const entries = entriesOf(source, lease);
    yield* verifyLease(lease, entries, chains);
    if (lease.state === 'open' && lease.expiresAt <= source.now) {
      const sentence = `Exchange ${lease.exchange}: its process ended without closing it. It is charged in full when Tollgate starts next.`;
      yield note('expired', { exchange: lease.exchange, sentence });
    }
    yield* onLease(lease, entries);
  }
  return count;
}

/** An entry whose lease is not there at all; for each entry of the log. */
export function* verifyHasLease(
  source: Pick<AuditSource, 'hasLease'>,
  stored: StoredEntry,
): Generator<Finding> {
  if (stored.kind !== 'opened' && stored.kind !== 'closed' && stored.kind !== 'incomplete') return;
  for (const { kind, lease, exchange, place } of parse(stored)) {
    // No lease: a refusal. Not a text: that the entry was changed is found by its hash.
    if (typeof lease !== 'string' || source.hasLease(lease)) continue;
    yield finding(kind === 'opened' ? 'opened_without_lease' : 'closed_without_lease', {
      ...place,
      exchange,
      sentence: `Exchange ${exchange}: its ${kind} entry (${place.seq} of chain ${place.chain}) names lease ${lease}, which the ledger does not have.`,
    });
  }
}

type Say = (kind: Finding['kind'], what: string, place?: Place) => Finding;

/** @param entries all that name the lease; @param chains what is known of the chains in which they stand */
export function* verifyLease(
  lease: StoredLease,
  entries: LeaseEntries,
  chains: KnownChains,
): Generator<Finding> {
  const say: Say = (kind, what, place) =>
    finding(kind as Parameters<typeof finding>[0], {
      ...place,
      exchange: lease.exchange,
      sentence: `Exchange ${lease.exchange}, lease ${lease.id}: ${what}.`,
    });
  yield* verifyOnce(lease, entries, chains, say);
  yield* verifyOpened(lease, entries, chains, say);
  yield* verifyAmounts(lease, entries, say);
  yield* verifyEnded(lease, entries, chains, say);
  yield* verifyLate(lease, entries, chains, say);
}

function* verifyOnce(
  lease: StoredLease,
  { opened, closed, incomplete }: LeaseEntries,
  chains: KnownChains,
  say: Say,
): Generator<Finding> {
  if (opened.length === 0 && !isPruned(lease.opened, chains))
    yield say('lease_without_opened', 'it has no opened entry');
  for (const entry of opened.slice(1))
    yield say('twice_opened', 'it has more than one opened entry', entry.place);
  for (const entry of closed.slice(1))
    yield say('twice_closed', 'it has more than one closed entry', entry.place);
  for (const entry of incomplete.slice(1)) {
    yield say('twice_closed', 'it has more than one incomplete entry', entry.place);
  }
}

function* verifyOpened(
  lease: StoredLease,
  { opened }: LeaseEntries,
  chains: KnownChains,
  say: Say,
): Generator<Finding> {
  for (const entry of opened) {
    const other = disagreement(lease, entry);
    if (other) yield say('lease_mismatch', other, entry.place);
    if (!same(lease.reserved, entry.reserved)) {
      yield say(
        'amount_mismatch',
        `it reserved ${text(lease.reserved)}, and its opened entry says ${text(entry.reserved)}`,
        entry.place,
      );
    }
  }
  const [entry] = opened;
  if (entry && isElsewhere(lease.opened, entry.place, chains)) {
    yield say('lease_mismatch', `it says that ${where(lease.opened)} opened it`, entry.place);
  }
}

function* verifyAmounts(
  lease: StoredLease,
  { closed, incomplete }: LeaseEntries,
  say: Say,
): Generator<Finding> {
  for (const entry of incomplete) {
    if (!same(lease.reserved, entry.amounts)) {
      yield say(
        'amount_mismatch',
        `it reserved ${text(lease.reserved)}, and its incomplete entry says ${text(entry.amounts)}`,
        entry.place,
      );
    }
  }
  for (const entry of closed) {
    if (entry.outcome !== lease.state || !same(lease.charged, entry.amounts)) {
      yield say(
        'amount_mismatch',
        `it is ${lease.state} with ${text(lease.charged)}, and its closed entry says ${entry.outcome} with ${text(entry.amounts)}`,
        entry.place,
      );
    }
  }
  const wrong = wrongCharge(lease);
  if (wrong) yield say('amount_mismatch', wrong);
}

function* verifyEnded(
  lease: StoredLease,
  { closed, incomplete }: LeaseEntries,
  chains: KnownChains,
  say: Say,
): Generator<Finding> {
  if (lease.state === 'open') {
    if (incomplete.length > 0)
      yield say('lease_mismatch', 'it is open, and has an incomplete entry', incomplete[0]?.place);
    if (lease.closed !== null || lease.closedAt !== null)
      yield say('lease_mismatch', 'it is open, and says when or where it ended');
    return;
  }
  const kind = lease.state === 'expired' ? 'incomplete' : 'closed';
  const [entry] = kind === 'incomplete' ? incomplete : closed;
  if (!entry) {
    if (!isPruned(lease.closed, chains))
      yield say('not_closed', `it is ${lease.state}, and has no ${kind} entry`);
  } else if (lease.closedAt !== entry.at) {
    const times = `it ended at ${lease.closedAt}, and its ${kind} entry says ${entry.at}`;
    yield say('lease_mismatch', times, entry.place);
  } else if (isElsewhere(lease.closed, entry.place, chains)) {
    yield say('lease_mismatch', `it says that ${where(lease.closed)} ended it`, entry.place);
  }
}

/**
 * A charge that is taken back, or made by another process: anybody can add an entry after the last end of a chain whose
 * process has gone. For one that died right then it is the end of its own lease, which nobody had charged yet.
 */
function* verifyLate(
  lease: StoredLease,
  { closed, incomplete }: LeaseEntries,
  chains: KnownChains,
  say: Say,
): Generator<Finding> {
  for (const { place, hash } of closed) {
    const own = incomplete.length === 0 && place.chain === lease.opened.chain;
    if (own || chains.doubtful(place.chain) || chains.hasEnd(place, hash)) continue;
    yield say('lease_mismatch', 'it was ended late, by an entry that has no end of its own', place);
  }
}

/** What a state says about the amounts whatever the entries say. */
function wrongCharge({ state, reserved, charged }: StoredLease): string | undefined {
  if (!isAmounts(reserved) || !isAmounts(charged)) {
    return `it reserved ${text(reserved)} and was charged ${text(charged)}, which are not amounts`;
  }
  if ((state === 'open' || state === 'released') && !same(charged, NOTHING)) {
    return `it is ${state}, and was charged ${text(charged)}`;
  }
  if ((state === 'charged' || state === 'expired') && !same(charged, reserved)) {
    return `it is ${state}, and was charged ${text(charged)} instead of all it reserved, ${text(reserved)}`;
  }
  return undefined;
}

function disagreement(lease: StoredLease, entry: Tampered<Opened>): string | undefined {
  const { workload, provider, model, cap, at, counters, rates, observed } = entry;
  const pairs = [
    ['namespace', lease.namespace, workload?.namespace],
    ['workload', lease.workload, workload?.name],
    ['session', lease.session, workload?.session],
    ['provider', lease.provider, provider],
    ['model', lease.model, model ?? ''],
    ['output cap', lease.cap, cap],
    ['time', lease.openedAt, at],
    ['list of counters', JSON.stringify(lease.counters), JSON.stringify(counters)],
    ['list of rates', JSON.stringify(lease.rates?.keys), JSON.stringify(rates)],
    ['second', lease.rates?.second, secondOf(at ?? Number.NaN)],
  ] as const;
  const other = pairs.find(([, has, says]) => has !== says);
  if (other) return `its ${other[0]} is ${other[1]}, and its opened entry says ${other[2]}`;
  const unseen = lease.over === undefined ? 'something' : lease.over.find((id) => !observed?.includes(id));
  return unseen && `it exceeds ${unseen}, and its opened entry does not say so`;
}

function isPruned(place: Place | null, { pruned }: KnownChains): boolean {
  return place !== null && place.seq <= pruned(place.chain);
}

function isElsewhere(said: Place | null, place: Place, { doubtful }: KnownChains): boolean {
  if (said?.chain === place.chain && said.seq === place.seq) return false;
  return !doubtful(place.chain) && !(said && doubtful(said.chain));
}

function where(place: Place | null): string {
  return place ? `entry ${place.seq} of chain ${place.chain}` : 'no entry';
}

function isAmounts({ usd, tokens, requests }: Amounts): boolean {
  return [usd, tokens, requests].every((amount) => Number.isSafeInteger(amount) && amount >= 0);
}

function same(a: Amounts, b: Amounts | undefined): boolean {
  return a.usd === b?.usd && a.tokens === b.tokens && a.requests === b.requests;
}

function text(amounts: Amounts | undefined): string {
  return `${amounts?.usd} nano-USD, ${amounts?.tokens} tokens, ${amounts?.requests} requests`;
}
