/** One stored entry as verify looks at it: what its text says, and whether it is what an end was written for. */
import { hashText } from './chain.ts';
import { isApart } from './entry.ts';
import type { StoredEntry } from './source.ts';

/** An end, with the hash that the entry it was written for must name as the one before it. */
export interface ExpectedEntry {
  readonly seq: number;
  readonly hash: string;
  /** Undefined where that end is not known. */
  readonly prev: string | undefined;
}

export class Row {
  readonly stored: StoredEntry;
  /** Of its text as it is. */
  readonly hash: string;
  /** What the text says; empty when it is not an object in JSON. */
  readonly says: Readonly<Record<string, unknown>>;

  constructor(stored: StoredEntry) {
    this.stored = stored;
    this.hash = hashText(stored.text);
    this.says = parse(stored.text);
  }

  get seq(): number {
    return this.stored.seq;
  }

  /** Whether this is the very text that the end was written for. */
  is({ hash }: ExpectedEntry): boolean {
    return this.hash === hash;
  }

  /**
   * Whether its text, put back into that place, is what the end was written for: so an entry is recognised that was
   * renumbered and hashed anew because something before it was changed.
   */
  wasOnce(expected: ExpectedEntry): boolean {
    if (this.is(expected)) return true;
    if (expected.prev === undefined) return false;
    const { chain } = this.stored;
    const text = JSON.stringify({ ...this.says, chain, seq: expected.seq, prev: expected.prev });
    return hashText(text) === expected.hash;
  }

  /** @returns a sentence for the first column beside the text that does not agree with it */
  disagreement(): string | undefined {
    const { says, stored } = this;
    if (stored.hash !== this.hash) return 'its text does not have the hash that is stored with it';
    if (says.at !== stored.at) return `it is filed under time ${stored.at}, and its text says ${says.at}`;
    if (says.kind !== stored.kind) return `it is filed as ${stored.kind}, and its text says ${says.kind}`;
    if ((says.exchange ?? null) !== stored.exchange) {
      return `it is filed under exchange ${stored.exchange}, and its text says ${says.exchange ?? null}`;
    }
    if (stored.apart !== isApart(says)) return 'it is not filed where its kind is looked for';
    return undefined;
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
