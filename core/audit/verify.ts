/**
 * Whether an audit log is as it was written, and agrees with the ledger.
 *
 *   entries ──> chain by chain, against the ends kept apart ─────┐
 *   chains ───> which are missing: ends and successors name them ┼──> findings, each naming what it is about
 *   leases ───> against the entries that opened and ended them ──┤
 *   counters ─> against the sum of the leases ───────────────────┘
 *
 * Reads everything once and keeps a few entries at a time: a log may have millions. What it can't see by itself is a log
 * that was replaced together with its ends; for that the end of a chain also goes elsewhere.
 */
import { GENESIS, hashText } from './chain.ts';
import type { ChainEnd, Pruned, Started } from './entry.ts';
import { type Finding, finding, note } from './finding.ts';
import { Lookahead } from './lookahead.ts';
import type { AuditSource, KeptEnd, StoredEntry } from './source.ts';
import { verifyChain } from './verify-chain.ts';
import { CounterSums } from './verify-counters.ts';
import { verifyHasLease, verifyLeases } from './verify-leases.ts';

export interface VerifySummary {
  readonly chains: number;
  readonly entries: number;
  readonly leases: number;
}

/**
 * @param onEntry called for each entry that is read
 * @yields what was found, chain by chain, then leases, then counters
 * @returns how much was read
 */
export function* verify(
  source: AuditSource,
  onEntry: () => void = () => undefined,
): Generator<Finding, VerifySummary> {
  const log = new Log(source);
  const seen = new Set<string>();
  let entries = 0;

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
      orphans.push(...verifyHasLease(source, entry));
      onEntry();
    });
    if (!log.hasEnds(chain)) yield endsMissing(chain);
    const [ends, base, named] = [source.ends?.of(chain) ?? [], log.baseOf(next), log.namedIn(chain)];
    entries += yield* verifyChain({ chain, rows: ofChain, ends, base, named });
    yield* orphans;
  }
  yield* log.missingChains(seen);
  yield* log.prunedNotes(seen);

  const sums = new CounterSums();
  const leases = yield* verifyLeases(
    source,
    summed(source.leases(), sums),
    (chain) => log.prunedIn(chain).seq,
  );
  yield* sums.compare(source.counters(), log.isPruned, source.now);
  return { chains: seen.size, entries, leases };
}

/** What has to be known about all chains before the first is read. */
class Log {
  readonly #source: AuditSource;
  readonly #pruned = new Map<string, KeptEnd>();
  readonly #named = new Map<string, (ChainEnd & { readonly by: string })[]>();
  readonly #withEnds: ReadonlySet<string>;

  constructor(source: AuditSource) {
    this.#source = source;
    this.#withEnds = new Set(source.ends?.chains());
    for (const entry of source.entriesOfKind('pruned')) this.#prune(entry);
    for (const entry of source.entriesOfKind('started')) this.#name(entry);
  }

  get isPruned(): boolean {
    return this.#pruned.size > 0;
  }

  /** Up to where retention may have removed a chain. */
  prunedIn(chain: string): KeptEnd {
    return this.#pruned.get(chain) ?? { seq: 0, hash: GENESIS };
  }

  /** What the first entry that a chain still has must follow on. Retention may have got stuck half-way. */
  baseOf({ chain, seq, text }: StoredEntry): KeptEnd {
    const pruned = this.prunedIn(chain);
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
      yield note('pruned', { sentence: `${wholly} chains were wholly removed by age, as the log records.` });
    }
    for (const [chain, { seq }] of this.#pruned) {
      if (!seen.has(chain)) continue;
      const sentence = `Entries up to ${seq} of chain ${chain} were removed by age, as the log records.`;
      yield note('pruned', { chain, seq, sentence });
    }
  }

  /**
   * Retention writes what it is about to remove, and removes it once that has its end. So a record without an end is
   * of no account: anybody can add an entry after the last end of a chain whose process has gone.
   */
  #prune({ chain, seq, hash, text }: StoredEntry): void {
    const through = parse<Pruned>(text)?.through;
    const { ends } = this.#source;
    if (!through || !(through.seq > this.prunedIn(through.chain).seq)) return;
    if (hash === hashText(text) && ends?.has(chain, { seq, hash }) !== false) {
      this.#pruned.set(through.chain, through);
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

function* summed<Lease extends Parameters<CounterSums['add']>[0]>(
  leases: Iterable<Lease>,
  sums: CounterSums,
): Generator<Lease> {
  for (const lease of leases) {
    sums.add(lease);
    yield lease;
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
