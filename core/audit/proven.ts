/**
 * Records that excuse that something is gone: of what was pruned, and erased. Such a record is written before that goes,
 * and has its end by then. One without an end is of no account: anybody can add an entry after the last end of a chain
 * whose process has gone.
 */
import { hashText } from './chain.ts';
import type { EntryDraft, Erased, Pruned } from './entry.ts';
import type { AuditSource, KeptEnds, StoredEntry } from './source.ts';

export interface Proven<Kind extends EntryDraft['kind']> {
  readonly row: StoredEntry;
  readonly says: Extract<EntryDraft, { kind: Kind }>;
}

type OfKind = Pick<AuditSource, 'entriesOfKind'>;

/**
 * @param ends undefined where none are known: then all are believed whose hash is right
 * @returns each record of a cut, in the order in which they were written
 */
export function* prunedRecords(source: OfKind, ends: KeptEnds | undefined): Generator<Proven<'pruned'>> {
  for (const row of source.entriesOfKind('pruned')) {
    if (!isProven(row, ends)) continue;
    const says = JSON.parse(row.text) as Pruned;
    // Without ends it may say anything; and what is older than a time to come may be anything.
    if (typeof says.through?.seq === 'number' && !(says.before > says.at)) yield { row, says };
  }
}

/** @returns the sessions that were erased */
export function erasedSessions(source: OfKind, ends: KeptEnds | undefined): Set<string> {
  const rows = [...source.entriesOfKind('erased')].filter((row) => isProven(row, ends));
  return new Set(rows.map(({ text }) => (JSON.parse(text) as Erased).session));
}

/** @returns whether it is what was written: then its text is Tollgate's own */
export function isProven({ chain, seq, hash, text }: StoredEntry, ends: KeptEnds | undefined): boolean {
  return hash === hashText(text) && isJson(text) && ends?.has(chain, { seq, hash }) !== false;
}

/** It may not be, where there are no ends. */
function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object' && text !== 'null';
  } catch {
    return false;
  }
}
