/**
 * Whether an audit log is as it was written, and agrees with the ledger.
 *
 *   entries ──> chain by chain, against the ends kept apart ─────┐
 *   chains ───> which are missing: ends and successors name them ┼──> findings, each naming what it is about
 *   leases ───> against the entries that opened and ended them ──┤
 *   counters ─> against the sum of what these entries say ───────┤      (rates of the last minute likewise)
 *   keys ─────> against the last entry of each ──────────────────┤
 *   contents ─> whether all that entries name is there ──────────┘
 *
 * Reads everything once and keeps a few entries at a time: a log may have millions. What it can't see by itself is a log
 * that was replaced together with its ends; for that the end of a chain also goes elsewhere.
 */
import { GENESIS } from './chain.ts';
import type { Carried, ChainEnd, Started } from './entry.ts';
import { type Finding, finding, note } from './finding.ts';
import { countedOf } from './lease-entries.ts';
import { Lookahead } from './lookahead.ts';
import { erasedSessions, prunedRecords } from './proven.ts';
import type { AuditSource, KeptEnd, Place, StoredEntry } from './source.ts';
import { verifyChain } from './verify-chain.ts';
import { ContentCheck } from './verify-contents.ts';
import { CounterSums } from './verify-counters.ts';
import { verifyKeys } from './verify-keys.ts';
import { verifyHasLease, verifyLeases } from './verify-leases.ts';
import { RateSums } from './verify-rates.ts';

export interface VerifySummary {
  readonly chains: number;
  readonly entries: number;
  readonly leases: number;
}

/**
 * @param onEntry called for each entry that is read
 * @yields what was found, chain by chain, then leases and contents, then counters, rates and keys
 * @returns how much was read
 */
export function* verify(
  source: AuditSource,
  onEntry: () => void = () => undefined,
): Generator<Finding, VerifySummary> {
  const log = new Log(source);
  const seen = new Set<string>();
  const doubtful = new Set<string>();
  const contents = new ContentCheck(source.contents, log.erased);
  let entries = 0;

  for (const what of source.foreign()) {
    const sentence = `There is ${what} in the database, which Tollgate did not make: it can change what is read or written.`;
    yield finding('foreign', { sentence });
  }

  if (!source.ends) {
    const sentence =
      'There are no ends to compare with: entries that were changed and hashed anew are not found.';
    yield note('ends_unknown', { sentence });
  }
  const rows = new Lookahead(source.entries()[Symbol.iterator]());
  for (let next = rows.peek(); next; next = rows.peek()) {
    const { chain } = next;
    seen.add(chain);
    const orphans: Finding[] = [];
    const ofChain = untilNextChain(rows, chain, (entry) => {
      orphans.push(...verifyHasLease(source, entry), ...contents.ofRefusal(entry));
      onEntry();
    });
    if (!log.hasEnds(chain)) {
      doubtful.add(chain);
      yield endsMissing(chain);
    }
    const [ends, base, named] = [source.ends?.of(chain) ?? [], log.baseOf(next), log.namedIn(chain)];
    const found = verifyChain({ chain, rows: ofChain, ends, base, named });
    entries += yield* watched(found, () => doubtful.add(chain));
    yield* orphans;
  }
  yield* log.missingChains(seen);
  yield* log.prunedNotes(seen);

  const sums = new CounterSums();
  const rates = new RateSums(source.now);
  const chains = {
    pruned: (chain: string) => log.prunedIn(chain).seq,
    doubtful: (chain: string) => doubtful.has(chain),
    hasEnd: ({ chain, seq }: Place, hash: string) => source.ends?.has(chain, { seq, hash }) !== false,
  };
  const leases = yield* verifyLeases(source, chains, (lease, ofLease) => {
    const counted = countedOf(lease, ofLease);
    sums.add(counted);
    rates.add(counted);
    return contents.ofLease(lease, ofLease);
  });
  yield* contents.rest();
  for (const counters of log.carried()) sums.carry(counters);
  yield* sums.compare(source.counters(), source.now);
  yield* rates.compare(source.buckets(), source.running());
  yield* verifyKeys(source);
  return { chains: seen.size, entries, leases };
}

interface PrunedThrough extends KeptEnd {
  readonly before: number | undefined;
}

/** What has to be known about all chains before the first is read. */
class Log {
  readonly #source: AuditSource;
  readonly #pruned = new Map<string, PrunedThrough>();
  /** When the first entry was written that is left of a chain. */
  readonly #firstAfter = new Map<string, number | undefined>();
  readonly #named = new Map<string, (ChainEnd & { readonly by: string })[]>();
  readonly #withEnds: ReadonlySet<string>;
  /** Sessions that were erased. */
  readonly erased: ReadonlySet<string>;

  constructor(source: AuditSource) {
    this.#source = source;
    this.#withEnds = new Set(source.ends?.chains());
    for (const { says } of prunedRecords(source, source.ends)) {
      const { through, before } = says;
      if (through.seq > this.prunedIn(through.chain).seq)
        this.#pruned.set(through.chain, { ...through, before });
    }
    for (const entry of source.entriesOfKind('started')) this.#name(entry);
    this.erased = erasedSessions(source, source.ends);
  }

  /** What leases had spent that were removed. A record that was made up can only make that more. */
  *carried(): Generator<Carried['counters']> {
    for (const { text } of this.#source.entriesOfKind('carried')) {
      const counters = parse<Carried>(text)?.counters;
      if (!Array.isArray(counters)) continue;
      yield counters.filter((item) => Array.isArray(item) && item[1] > 0);
    }
  }

  /** Up to where retention may have removed a chain. */
  prunedIn(chain: string): KeptEnd {
    return this.#pruned.get(chain) ?? { seq: 0, hash: GENESIS };
  }

  /** What the first entry that a chain still has must follow on. Retention may have got stuck half-way. */
  baseOf({ chain, seq, text }: StoredEntry): KeptEnd {
    const pruned = this.prunedIn(chain);
    if (seq === pruned.seq + 1) this.#firstAfter.set(chain, parse<{ at: number }>(text)?.at);
    if (seq > pruned.seq || seq <= 1) return seq > pruned.seq ? pruned : { seq: 0, hash: GENESIS };
    for (const end of this.#source.ends?.of(chain) ?? []) if (end.seq === seq - 1) return end;
    return { seq: seq - 1, hash: parse<{ prev: string }>(text)?.prev ?? '' };
  }

  /** What chains that began later say about this one. */
  namedIn(chain: string): readonly KeptEnd[] {
    return this.#named.get(chain) ?? [];
  }

  /** True also where there are no ends of any chain. */
  hasEnds(chain: string): boolean {
    return this.#source.ends === undefined || this.#withEnds.has(chain);
  }

  *missingChains(seen: ReadonlySet<string>): Generator<Finding> {
    for (const chain of new Set([...this.#withEnds, ...this.#named.keys()])) {
      if (seen.has(chain)) continue;
      const from = this.prunedIn(chain).seq + 1;
      const kept = lastOf(this.#source.ends?.of(chain) ?? [])?.seq ?? 0;
      const named = (this.#named.get(chain) ?? []).filter(({ seq }) => seq >= from);
      const through = Math.max(kept, ...named.map(({ seq }) => seq));
      if (through < from) continue;
      const witnesses = [...(kept >= from ? ['its ends'] : []), ...named.map(({ by }) => `chain ${by}`)];
      yield finding('chain_missing', {
        chain,
        seq: from,
        through,
        sentence: `Chain ${chain} was removed as a whole: entries ${from} to ${through} are known from ${witnesses.join(' and ')}.`,
      });
    }
  }

  *prunedNotes(seen: ReadonlySet<string>): Generator<Finding> {
    const wholly = [...this.#pruned.keys()].filter((chain) => !seen.has(chain)).length;
    if (wholly > 0) {
      const chains = wholly === 1 ? '1 chain was' : `${wholly} chains were`;
      yield note('pruned', { sentence: `${chains} wholly removed by age, as the log records.` });
    }
    for (const [chain, { seq, before }] of this.#pruned) {
      if (!seen.has(chain)) continue;
      const next = this.#firstAfter.get(chain);
      const older = next !== undefined && before !== undefined && next < before;
      const but = older ? ', though what is left begins with an older one: a clock was set back' : '';
      const sentence = `Entries up to ${seq} of chain ${chain} were removed by age, as the log records${but}.`;
      yield note('pruned', { chain, seq, sentence });
    }
  }

  #name({ chain, text }: StoredEntry): void {
    const predecessor = parse<Started>(text)?.predecessor;
    if (!predecessor) return;
    const named = this.#named.get(predecessor.chain) ?? [];
    named.push({ ...predecessor, by: chain });
    this.#named.set(predecessor.chain, named);
  }
}

function* untilNextChain(
  rows: Lookahead<StoredEntry>,
  chain: string,
  onEntry: (entry: StoredEntry) => void,
): Generator<StoredEntry> {
  while (rows.peek()?.chain === chain) {
    const [entry] = rows.take(1) as [StoredEntry];
    onEntry(entry);
    yield entry;
  }
}

/** @param onFinding called for what is more than a note */
function* watched<T>(found: Generator<Finding, T>, onFinding: () => void): Generator<Finding, T> {
  for (let next = found.next(); ; next = found.next()) {
    if (next.done) return next.value;
    if (!next.value.note) onFinding();
    yield next.value;
  }
}

function endsMissing(chain: string): Finding {
  const sentence = `The ends kept apart for chain ${chain} are missing: changes of its entries may not be found.`;
  return finding('no_end', { chain, sentence });
}

function lastOf(ends: Iterable<KeptEnd>): KeptEnd | undefined {
  let last: KeptEnd | undefined;
  for (const end of ends) last = end;
  return last;
}

function parse<T>(text: string): T | undefined {
  try {
    return (JSON.parse(text) ?? undefined) as T | undefined;
  } catch {
    return undefined;
  }
}
