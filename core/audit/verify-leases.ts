/**
 * Leases against entries, both ways: each lease was opened once and ended once, by entries that say the same as it does
 * about who paid and how much.
 *
 * Retention removes entries before leases, so an entry that the lease says stood in a pruned part is not missed.
 */
import type { Amounts } from '../ledger/fit.ts';
import type { Closed, Incomplete, Opened } from './entry.ts';
import { type Finding, finding, note } from './finding.ts';
import type { AuditSource, Place, StoredEntry, StoredLease } from './source.ts';

/** As its text says it. Somebody may have tampered with that: any field may be missing or be something else. */
type LeaseEntry = Tampered<Opened> | Tampered<Closed> | Tampered<Incomplete>;
type Tampered<Entry extends { kind: string }> = Partial<Omit<Entry, 'kind' | 'exchange'>> & {
  readonly kind: Entry['kind'];
  readonly exchange: string;
  readonly place: Place;
};

/**
 * @param leases those of the source
 * @param pruned up to which seq retention has removed a chain; 0 for none
 * @returns how many leases there are
 */
export function* verifyLeases(
  source: AuditSource,
  leases: Iterable<StoredLease>,
  pruned: (chain: string) => number,
): Generator<Finding, number> {
  const isPruned = (place: Place | null) => place !== null && place.seq <= pruned(place.chain);
  let count = 0;
  for (const lease of leases) {
    count++;
    const entries = [...source.entriesOf(lease.exchange)]
      .flatMap(parse)
      .filter((entry) => entry.lease === lease.id);
    yield* verifyLease(lease, entries, isPruned, source.now);
  }
  return count;
}

/** An entry whose lease is not there at all; for each entry of the log. */
export function* verifyHasLease(source: AuditSource, stored: StoredEntry): Generator<Finding> {
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

function* verifyLease(
  lease: StoredLease,
  entries: readonly LeaseEntry[],
  isPruned: (place: Place | null) => boolean,
  now: number,
): Generator<Finding> {
  const say = (kind: Parameters<typeof finding>[0], what: string, place?: Place) =>
    finding(kind, {
      ...place,
      exchange: lease.exchange,
      sentence: `Exchange ${lease.exchange}, lease ${lease.id}: ${what}.`,
    });
  const opened = entries.filter((entry) => entry.kind === 'opened');
  const closed = entries.filter((entry) => entry.kind === 'closed');
  const incomplete = entries.filter((entry) => entry.kind === 'incomplete');

  if (opened.length === 0 && !isPruned(lease.opened))
    yield say('lease_without_opened', 'it has no opened entry');
  for (const entry of opened.slice(1))
    yield say('twice_opened', 'it has more than one opened entry', entry.place);
  for (const entry of closed.slice(1))
    yield say('twice_closed', 'it has more than one closed entry', entry.place);
  for (const entry of incomplete.slice(1)) {
    yield say('twice_closed', 'it has more than one incomplete entry', entry.place);
  }

  for (const entry of opened) {
    const facts = disagreement(lease, entry);
    if (facts) yield say('lease_mismatch', facts, entry.place);
    if (!same(lease.reserved, entry.reserved)) {
      yield say(
        'amount_mismatch',
        `it reserved ${text(lease.reserved)}, and its opened entry says ${text(entry.reserved)}`,
        entry.place,
      );
    }
  }
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
  if (lease.state === 'open') {
    if (incomplete.length > 0)
      yield say('lease_mismatch', 'it is open, and has an incomplete entry', incomplete[0]?.place);
    if (lease.expiresAt <= now) {
      const sentence = `Exchange ${lease.exchange}: its process ended without closing it. It is charged in full when Tollgate starts next.`;
      yield note('expired', { exchange: lease.exchange, sentence });
    }
    return;
  }
  const ending = lease.state === 'expired' ? incomplete : closed;
  if (ending.length === 0 && !isPruned(lease.closed)) {
    const kind = lease.state === 'expired' ? 'incomplete' : 'closed';
    yield say('not_closed', `it is ${lease.state}, and has no ${kind} entry`);
  }
}

/** What a state says about the amounts whatever the entries say. */
function wrongCharge({ state, reserved, charged }: StoredLease): string | undefined {
  const nothing = { usd: 0, tokens: 0, requests: 0 };
  if ((state === 'open' || state === 'released') && !same(charged, nothing)) {
    return `it is ${state}, and was charged ${text(charged)}`;
  }
  if ((state === 'charged' || state === 'expired') && !same(charged, reserved)) {
    return `it is ${state}, and was charged ${text(charged)} instead of all it reserved, ${text(reserved)}`;
  }
  return undefined;
}

function disagreement(lease: StoredLease, { workload, provider, cap }: Tampered<Opened>): string | undefined {
  const pairs = [
    ['namespace', lease.namespace, workload?.namespace],
    ['workload', lease.workload, workload?.name],
    ['session', lease.session, workload?.session],
    ['provider', lease.provider, provider],
    ['output cap', lease.cap, cap],
  ] as const;
  const other = pairs.find(([, has, says]) => has !== says);
  return other && `its ${other[0]} is ${other[1]}, and its opened entry says ${other[2]}`;
}

/** Nothing for a text that can't be read: that it was changed is found by its hash. */
function parse({ chain, seq, text: json, exchange }: StoredEntry): LeaseEntry[] {
  try {
    const entry = JSON.parse(json) as LeaseEntry | null;
    return [{ ...(entry as LeaseEntry), exchange: exchange ?? '', place: { chain, seq } }];
  } catch {
    return [];
  }
}

function same(a: Amounts, b: Amounts | undefined): boolean {
  return a.usd === b?.usd && a.tokens === b.tokens && a.requests === b.requests;
}

function text(amounts: Amounts | undefined): string {
  return `${amounts?.usd} nano-USD, ${amounts?.tokens} tokens, ${amounts?.requests} requests`;
}
