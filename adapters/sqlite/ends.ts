/**
 * The ends of chains, kept apart from the log: one file a chain, one line an entry, "seq hash".
 *
 * Written after the entries are committed. So a chain may be longer than its ends (its process died in between), but a
 * chain that is shorter was cut off, and one whose hashes differ was rewritten, even if it was rehashed with care.
 */
import { appendFileSync, closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ChainedEntry } from '../../core/audit/chain.ts';

export class EndsWriter {
  readonly #file: number;
  /** Lines that could not be written yet (disk full); the next write takes them along. */
  #unwritten = '';

  constructor(folder: string, chain: string) {
    this.#file = openSync(join(folder, chain), 'a', 0o600);
  }

  append(entries: readonly ChainedEntry[]): void {
    for (const { seq, hash } of entries) this.#unwritten += `${seq} ${hash}\n`;
    try {
      const bytes = Buffer.from(this.#unwritten);
      const written = writeSync(this.#file, bytes);
      this.#unwritten = bytes.toString('utf8', written);
    } catch {
      // The entries themselves are safe; verify will say that this chain is longer than its ends.
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** @returns for each chain the hashes kept apart, by seq */
export function readEnds(folder: string): Map<string, Map<number, string>> {
  const chains = new Map<string, Map<number, string>>();
  for (const chain of readdirSync(folder)) {
    const hashes = new Map<number, string>();
    for (const line of readFileSync(join(folder, chain), 'utf8').split('\n')) {
      const [seq, hash] = line.split(' ');
      // A last line that is not whole was being written when its process died.
      if (seq && hash?.length === 64) hashes.set(Number(seq), hash);
    }
    chains.set(chain, hashes);
  }
  return chains;
}

/** For tools that write a single entry and end. */
export function appendEnd(folder: string, chain: string, entry: ChainedEntry): void {
  appendFileSync(join(folder, chain), `${entry.seq} ${entry.hash}\n`, { mode: 0o600 });
}
