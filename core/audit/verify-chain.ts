/**
 * One chain against its ends.
 *
 *   rows  1 2 3 X 4 6 …      side by side; where they part, the nearest place where they meet again is looked for, as
 *   ends  1 2 3   4 5 6 …    a diff does, so that what was changed, removed or inserted is told from what follows it
 *
 * An entry hashed anew is recognised by putting its text back into the place it had (Row.wasOnce). What comes after the
 * last end, and a chain that has none, can only be checked within itself.
 */
import { type Finding, finding, note } from './finding.ts';
import { Lookahead } from './lookahead.ts';
import { Loose, MOST_COMPARED, missing } from './loose.ts';
import { type ExpectedEntry, Row } from './row.ts';
import type { KeptEnd, StoredEntry } from './source.ts';

export interface ChainToVerify {
  readonly chain: string;
  /** Ascending by seq. */
  readonly rows: Iterator<StoredEntry>;
  /** Ascending by seq; none where no ends were kept. */
  readonly ends: Iterable<KeptEnd>;
  /** What the first entry follows on: the genesis, or the last entry that retention removed. */
  readonly base: KeptEnd;
  /** What later chains say about entries of this one. */
  readonly named: readonly KeptEnd[];
}

/** How far around a mismatch each row is compared with each end. */
const NEAR = 32;
/** How far one row, or one end, is looked for when it is not near. */
const FAR = 10_000;

/** @returns how many entries it read */
export function* verifyChain(chain: ChainToVerify): Generator<Finding, number> {
  return yield* new ChainVerifier(chain).run();
}

class ChainVerifier {
  readonly #chain: string;
  readonly #rows: Lookahead<Row>;
  readonly #ends: Lookahead<KeptEnd>;
  readonly #named: Map<number, string>;
  readonly #loose: Loose;
  /** The entry before the next end. */
  #before: { seq: number; hash: string | undefined };
  /** The last row that was read, as it is now. */
  #last: { seq: number; hash: string; stored: string };
  #read = 0;
  #rehashed: { from: number; through: number } | undefined;

  constructor({ chain, rows, ends, base, named }: ChainToVerify) {
    this.#chain = chain;
    this.#rows = new Lookahead(parsed(rows));
    this.#ends = new Lookahead(after(base.seq, ends));
    this.#named = new Map(named.filter(({ seq }) => seq > base.seq).map(({ seq, hash }) => [seq, hash]));
    this.#loose = new Loose(chain);
    this.#before = base;
    this.#last = { ...base, stored: base.hash };
  }

  *run(): Generator<Finding, number> {
    let lastEnd: number | undefined;
    for (let end = this.#ends.peek(); end; end = this.#ends.peek()) {
      lastEnd = end.seq;
      if (end.seq > this.#before.seq + 1) yield* this.#endsMissing(end.seq - 1);
      const row = this.#rows.peek();
      if (!row) yield* this.#cutOff();
      else if (row.wasOnce(this.#expected(0))) yield* this.#accept();
      else this.#part();
      if (this.#loose.size > MOST_COMPARED) yield* this.#loose.resolve();
    }
    yield* this.#rest(lastEnd);
    yield* this.#loose.resolve();
    yield* this.#summary();
    return this.#read;
  }

  /** The next row and the next end belong together. */
  *#accept(): Generator<Finding> {
    const expected = this.#expected(0);
    const [row] = this.#takeRows(1) as [Row];
    this.#takeEnds(1);
    const { says } = row;
    const asWritten = row.is(expected);
    const inPlace = says.prev === expected.prev && says.seq === expected.seq && says.chain === this.#chain;
    const why =
      asWritten || !inPlace ? row.disagreement() : 'its text was rewritten without saying anything else';
    if (why) yield this.#changed(row, expected.seq, why);
    if (row.seq !== expected.seq || !(asWritten || inPlace)) {
      this.#rehashed = { from: this.#rehashed?.from ?? row.seq, through: row.seq };
    }
    const named = this.#named.get(expected.seq);
    if (named !== undefined && named !== expected.hash) yield this.#namedOtherwise(row);
  }

  /** The next row and the next end do not belong together: skips to where both go on. */
  #part(): void {
    const [rows, ends] = this.#nearestMatch();
    const gone = Array.from({ length: ends }, (_, i) => this.#expected(i));
    this.#loose.add(this.#takeRows(rows), gone);
    this.#takeEnds(ends);
  }

  /** @returns how many rows and ends to skip */
  #nearestMatch(): [rows: number, ends: number] {
    const rows = this.#count(this.#rows, NEAR);
    const ends = this.#count(this.#ends, NEAR);
    for (let distance = 1; distance < rows + ends; distance++) {
      for (let i = Math.max(0, distance - ends + 1); i <= Math.min(distance, rows - 1); i++) {
        if (this.#meet(i, distance - i)) return [i, distance - i];
      }
    }
    for (let i = NEAR; i < FAR && this.#ends.peek(i); i++) if (this.#meet(0, i)) return [0, i];
    for (let i = NEAR; i < FAR && this.#rows.peek(i); i++) if (this.#meet(i, 0)) return [i, 0];
    const both = Math.min(rows, ends);
    return [both, both];
  }

  #meet(row: number, end: number): boolean {
    return this.#rows.peek(row)?.wasOnce(this.#expected(end)) ?? false;
  }

  #count(ahead: Lookahead<unknown>, most: number): number {
    let count = 0;
    while (count < most && ahead.peek(count) !== undefined) count++;
    return count;
  }

  #expected(distance: number): ExpectedEntry {
    const { seq, hash } = this.#ends.peek(distance) as KeptEnd;
    const before = distance === 0 ? this.#before : this.#ends.peek(distance - 1);
    return { seq, hash, prev: before?.seq === seq - 1 ? before.hash : undefined };
  }

  #takeRows(count: number): Row[] {
    const rows = this.#rows.take(count);
    this.#read += rows.length;
    const last = rows.at(-1);
    if (last) this.#last = { seq: last.seq, hash: last.hash, stored: last.stored.hash };
    return rows;
  }

  #takeEnds(count: number): void {
    this.#before = this.#ends.take(count).at(-1) ?? this.#before;
  }

  /** Lines of the ends are missing: their entries are checked like those that never had any. */
  *#endsMissing(through: number): Generator<Finding> {
    const from = this.#before.seq + 1;
    const sentence = `The ends kept apart for entries ${from} to ${through} of chain ${this.#chain} are missing: changes of these entries may not be found.`;
    yield finding('no_end', { chain: this.#chain, seq: from, through, sentence });
    for (let row = this.#rows.peek(); row && row.seq <= through; row = this.#rows.peek())
      yield* this.#follow();
    this.#before = { seq: through, hash: this.#last.seq === through ? this.#last.hash : undefined };
  }

  /** All rows are read, and ends are left. */
  *#cutOff(): Generator<Finding> {
    const gone: ExpectedEntry[] = [];
    while (this.#ends.peek() && gone.length < MOST_COMPARED) {
      gone.push(this.#expected(0));
      this.#takeEnds(1);
    }
    this.#loose.add([], gone, true);
    const from = this.#ends.peek()?.seq;
    if (from === undefined) return;
    while (this.#ends.peek()) this.#takeEnds(1);
    yield missing(this.#chain, from, this.#before.seq, true);
  }

  /** What comes after the last end. */
  *#rest(lastEnd: number | undefined): Generator<Finding> {
    let longer = 0;
    while (this.#rows.peek()) if (yield* this.#follow()) longer++;
    if (lastEnd === undefined || longer === 0) return;
    yield note('longer_than_end', {
      chain: this.#chain,
      seq: lastEnd,
      sentence: `Chain ${this.#chain} is longer than its end by ${longer}: its process ended before it wrote that end, or is still running.`,
    });
  }

  /** Checks the next row against the one before it. @returns whether it is one that was not missing elsewhere */
  *#follow(): Generator<Finding, boolean> {
    const last = this.#last;
    const [row] = this.#takeRows(1) as [Row];
    if (yield* this.#loose.claim(row)) return false;
    const { says } = row;
    if (typeof says.seq !== 'number') {
      yield this.#changed(row, row.seq, 'its text is not that of an entry');
      return true;
    }
    if (says.chain !== this.#chain || says.seq !== row.seq) {
      const place = `it says that it is entry ${says.seq} of chain ${says.chain}`;
      yield this.#changed(row, row.seq, place, 'reordered');
      return true;
    }
    const why = row.disagreement();
    if (why) yield this.#changed(row, row.seq, why);
    if (row.seq <= last.seq) yield this.#changed(row, row.seq, 'its number was given before', 'inserted');
    else if (row.seq > last.seq + 1) yield missing(this.#chain, last.seq + 1, row.seq - 1, false);
    else if (says.prev !== last.hash && says.prev !== last.stored) {
      yield this.#changed(undefined, last.seq, `entry ${row.seq}, which follows it, names another hash`);
    }
    const named = this.#named.get(row.seq);
    if (named !== undefined && named !== row.hash) yield this.#namedOtherwise(row);
    return true;
  }

  *#summary(): Generator<Finding> {
    if (this.#rehashed) {
      const { from, through } = this.#rehashed;
      const sentence = `Entries from ${from} to ${through} of chain ${this.#chain} were renumbered or hashed anew; what they say is as it was written.`;
      yield finding('rehashed', { chain: this.#chain, seq: from, through, sentence });
    }
    const end = Math.max(this.#last.seq, this.#before.seq);
    for (const seq of this.#named.keys()) if (seq > end) yield missing(this.#chain, end + 1, seq, true);
  }

  #namedOtherwise(row: Row): Finding {
    return this.#changed(row, row.seq, 'the chain that began after it names another hash');
  }

  #changed(
    row: Row | undefined,
    seq: number,
    why: string,
    kind: 'changed' | 'reordered' | 'inserted' = 'changed',
  ): Finding {
    const exchange = row?.stored.exchange;
    return finding(kind, {
      chain: this.#chain,
      seq,
      ...(typeof exchange === 'string' ? { exchange } : {}),
      sentence: `Entry ${seq} of chain ${this.#chain} was ${kind}: ${why}.`,
    });
  }
}

function* parsed(rows: Iterator<StoredEntry>): Generator<Row> {
  for (let next = rows.next(); !next.done; next = rows.next()) yield new Row(next.value);
}

function* after(seq: number, ends: Iterable<KeptEnd>): Generator<KeptEnd> {
  for (const end of ends) if (end.seq > seq) yield end;
}
