/**
 * The hash chain that one process writes.
 *
 *   text = {"chain":…,"seq":n,"prev":hash of n-1,…entry}     hash = SHA-256(text)
 *
 * What is hashed is the stored text itself, so verifying needs no canonical form.
 */
import { hash as sha256 } from 'node:crypto';
import type { EntryDraft } from './entry.ts';

/** Where a chain stands: its last entry. */
export interface ChainState {
  readonly chain: string;
  readonly seq: number;
  /** Hash of entry `seq`, hex; of nothing before the first. */
  readonly hash: string;
}

export interface ChainedEntry {
  readonly seq: number;
  readonly text: string;
  readonly hash: string;
}

/** What the first entry of a chain names as the one before it. */
export const GENESIS = '0'.repeat(64);

/** @returns a chain without entries */
export function newChain(chain: string): ChainState {
  return { chain, seq: 0, hash: GENESIS };
}

/** @returns the draft as the chain's next entry; the caller moves on with advance() once it is stored */
export function link(state: ChainState, draft: EntryDraft): ChainedEntry {
  const seq = state.seq + 1;
  const text = JSON.stringify({ chain: state.chain, seq, prev: state.hash, ...draft });
  return { seq, text, hash: hashText(text) };
}

/** @returns where the chain stands once the entry is stored */
export function advance(state: ChainState, entry: ChainedEntry): ChainState {
  return { chain: state.chain, seq: entry.seq, hash: entry.hash };
}

/** @returns SHA-256 of the text's UTF-8 bytes, hex */
export function hashText(text: string): string {
  return sha256('sha256', text, 'hex');
}
