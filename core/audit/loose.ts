/**
 * Rows and ends for which no counterpart was found in order, kept until the whole chain was seen: then an entry that
 * stands elsewhere is told apart from one that was changed, removed or inserted.
 */
import { type Finding, finding } from './finding.ts';
import type { ExpectedEntry, Row } from './row.ts';

/** What stood between two entries that match. */
interface Gap {
  rows: Row[];
  ends: ExpectedEntry[];
  /** Whether no entry came after it. */
  readonly last: boolean;
}

/** Beyond this many the comparison of each with each is left out: its cost is their product. */
export const MOST_COMPARED = 400;

export class Loose {
  readonly #chain: string;
  #gaps: Gap[] = [];

  constructor(chain: string) {
    this.#chain = chain;
  }

  add(rows: Row[], ends: ExpectedEntry[], last = false): void {
    if (rows.length > 0 || ends.length > 0) this.#gaps.push({ rows, ends, last });
  }

  get size(): number {
    return this.#gaps.reduce((sum, { rows, ends }) => sum + rows.length + ends.length, 0);
  }

  /** Whether the row is an entry that is missing elsewhere; then it no longer is. */
  *claim(row: Row): Generator<Finding, boolean> {
    for (const gap of this.#gaps) {
      const end = gap.ends.find((candidate) => row.wasOnce(candidate));
      if (!end) continue;
      gap.ends = gap.ends.filter((other) => other !== end);
      yield this.#reordered(row, end);
      return true;
    }
    return false;
  }

  /** What became of all that were added. */
  *resolve(): Generator<Finding> {
    const gaps = this.#gaps;
    const rows = gaps.flatMap((gap) => gap.rows);
    const ends = gaps.flatMap((gap) => gap.ends);
    if (rows.length <= MOST_COMPARED && ends.length <= MOST_COMPARED) {
      for (const gap of gaps) {
        const stay: Row[] = [];
        for (const row of gap.rows) if (!(yield* this.claim(row))) stay.push(row);
        gap.rows = stay;
      }
    }
    for (const gap of gaps) yield* this.#explain(gap);
    this.#gaps = [];
  }

  *#explain({ rows, ends, last }: Gap): Generator<Finding> {
    const left = new Set(rows);
    const gone: ExpectedEntry[] = [];
    for (const end of ends) {
      const row = rows.find((candidate) => left.has(candidate) && candidate.seq === end.seq) ?? first(left);
      if (!row) gone.push(end);
      else {
        left.delete(row);
        yield this.#changed(row, end);
      }
    }
    for (const [from, through] of ranges(gone)) yield missing(this.#chain, from, through, last);
    for (const row of left) yield this.#inserted(row);
  }

  #changed(row: Row, { seq }: ExpectedEntry): Finding {
    const why = row.disagreement();
    return finding('changed', {
      ...this.#place(row, seq),
      sentence: `Entry ${seq} of chain ${this.#chain} was changed: its hash is not the one that was kept apart${why ? `, and ${why}` : ''}.`,
    });
  }

  #inserted(row: Row): Finding {
    const { chain, seq } = row.says;
    const from =
      chain !== this.#chain && typeof chain === 'string' ? `; it is entry ${seq} of chain ${chain}` : '';
    return finding('inserted', {
      ...this.#place(row, row.seq),
      sentence: `Entry ${row.seq} of chain ${this.#chain} was inserted: no such entry was written there${from}.`,
    });
  }

  #reordered(row: Row, { seq }: ExpectedEntry): Finding {
    return finding('reordered', {
      ...this.#place(row, seq),
      sentence: `Entry ${seq} of chain ${this.#chain} was moved: it stands at ${row.seq}.`,
    });
  }

  #place({ stored: { exchange } }: Row, seq: number): Pick<Finding, 'chain' | 'seq' | 'exchange'> {
    return { chain: this.#chain, seq, ...(exchange === null ? {} : { exchange }) };
  }
}

/** @param last whether nothing comes after them */
export function missing(chain: string, from: number, through: number, last: boolean): Finding {
  const which = from === through ? `Entry ${from}` : `Entries ${from} to ${through}`;
  const what = `${from === through ? 'was' : 'were'} ${last ? 'cut off at its end' : 'removed'}`;
  return finding(last ? 'cut_off' : 'removed', {
    chain,
    seq: from,
    through,
    sentence: `${which} of chain ${chain} ${what}.`,
  });
}

function first<T>(set: ReadonlySet<T>): T | undefined {
  return set.values().next().value;
}

function ranges(ends: readonly ExpectedEntry[]): [from: number, through: number][] {
  const all: [number, number][] = [];
  for (const { seq } of ends) {
    const range = all.at(-1);
    if (range && range[1] === seq - 1) range[1] = seq;
    else all.push([seq, seq]);
  }
  return all;
}
