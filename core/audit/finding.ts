/** What verify has to say about an audit log. */

/** Findings: somebody changed the log, or Tollgate has a bug. */
export type FindingKind =
  | 'changed'
  | 'removed'
  | 'inserted'
  | 'reordered'
  /** Entries whose contents are as written, renumbered or hashed anew to hide what was done before them. */
  | 'rehashed'
  | 'cut_off'
  | 'chain_missing'
  | 'no_end'
  | 'opened_without_lease'
  | 'closed_without_lease'
  | 'lease_without_opened'
  | 'lease_mismatch'
  | 'amount_mismatch'
  | 'twice_opened'
  | 'twice_closed'
  | 'not_closed'
  | 'counter_mismatch'
  | 'rate_mismatch'
  /** A key of `serve` that is not as its last entry says. */
  | 'key_mismatch'
  /** What was said is gone, though nothing says that it was erased. */
  | 'content_missing'
  | 'content_changed'
  /** A session that was erased has a key again. */
  | 'erasure_undone'
  /** Something in the store that can change what it does. */
  | 'foreign';

/** Notes: what happens without anybody's doing, to be known when reading the findings. */
export type NoteKind =
  | 'longer_than_end'
  | 'pruned'
  | 'expired'
  | 'ends_unknown'
  /** Keys are not at hand. */
  | 'contents_unread';

export interface Finding {
  readonly kind: FindingKind | NoteKind;
  readonly note: boolean;
  readonly chain?: string;
  /** The entry, by the number it has or had in its chain. */
  readonly seq?: number;
  /** The last one, where several in a row are meant. */
  readonly through?: number;
  readonly exchange?: string;
  /** For people: what was found, and where. */
  readonly sentence: string;
}

/** @returns something that should not be: the log does not verify */
export function finding(kind: FindingKind, rest: Omit<Finding, 'kind' | 'note'>): Finding {
  return { kind, note: false, ...rest };
}

/** @returns something worth knowing: the log verifies all the same */
export function note(kind: NoteKind, rest: Omit<Finding, 'kind' | 'note'>): Finding {
  return { kind, note: true, ...rest };
}
