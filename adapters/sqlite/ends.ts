/**
 * The ends of chains, kept apart from the log: for each entry one line, "seq hash", in files "chain.first-seq".
 *
 *   ends/7f3c….1       1 5be1…      a file is left after 10,000 lines and the next one named after its first entry,
 *   ends/7f3c….10001   …            so that retention drops whole files and never rewrites one that is being written
 *
 * Written after the entries are committed. So a chain may be longer than its ends (its process died in between), but a
 * chain that is shorter was cut off, and one whose hashes differ was rewritten, even if it was rehashed with care.
 */
import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ChainedEntry } from '../../core/audit/chain.ts';
import type { KeptEnd, KeptEnds } from '../../core/audit/source.ts';
import { StateError } from './state.ts';

const LINES_A_FILE = 10_000;

export class EndsWriter {
  readonly #folder: string;
  readonly #chain: string;
  #firstSeq = 1;
  #lines = 0;
  #file: number;
  /** Lines that could not be written yet (disk full); the next write takes them along. */
  #unwritten = '';

  /** @throws StateError if the folder can't be written */
  constructor(folder: string, chain: string) {
    if (!/^[\w-]+$/.test(chain)) throw new RangeError(`${chain} can't be the id of a chain: it names files.`);
    this.#folder = folder;
    this.#chain = chain;
    try {
      this.#file = this.#open(1);
    } catch (error) {
      throw new StateError(`${folder} can't be written: ${(error as Error).message}. Make it writable.`);
    }
  }

  /** Never throws: the entries themselves are safe, and verify says that this chain is longer than its ends. */
  append(entries: readonly ChainedEntry[]): void {
    for (const { seq, hash } of entries) {
      if (this.#lines >= LINES_A_FILE) this.#beginFile(seq);
      this.#unwritten += `${seq} ${hash}\n`;
      this.#lines++;
    }
    this.#write();
  }

  close(): void {
    closeSync(this.#file);
  }

  #open(firstSeq: number): number {
    return openSync(join(this.#folder, `${this.#chain}.${firstSeq}`), 'a', 0o600);
  }

  #beginFile(seq: number): void {
    this.#write();
    try {
      if (this.#unwritten !== '') return;
      const file = this.#open(seq);
      closeSync(this.#file);
      this.#file = file;
      this.#firstSeq = seq;
      this.#lines = 0;
    } catch {
      // The file at hand grows longer.
    }
  }

  #write(): void {
    try {
      this.#reopenIfRemoved();
      const bytes = Buffer.from(this.#unwritten);
      const written = writeSync(this.#file, bytes);
      this.#unwritten = bytes.toString('utf8', written);
    } catch {
      // Kept in #unwritten.
    }
  }

  /** What is written to a removed file is lost. */
  #reopenIfRemoved(): void {
    if (fstatSync(this.#file).nlink > 0) return;
    const file = this.#open(this.#firstSeq);
    closeSync(this.#file);
    this.#file = file;
  }
}

interface EndsFile {
  readonly path: string;
  readonly firstSeq: number;
  /** When it was listed, bytes. */
  readonly size: number;
}

/**
 * What an ends folder holds at this moment: lines that are written later are left out, so that a log read after this
 * call has all entries that the ends name, also while processes write to both.
 * @throws StateError if the folder can't be read
 */
export function readEnds(folder: string): KeptEnds {
  const chains = listEnds(folder);
  const later = new Map<string, Map<number, string>>();
  return {
    chains: () => chains.keys(),
    of: (chain) => endsOf(chains.get(chain) ?? []),
    has: (chain, { seq, hash }) => {
      let ends = later.get(chain);
      if (ends?.get(seq) === undefined) {
        const all = endsOf(listEnds(folder).get(chain) ?? []);
        ends = new Map(Array.from(all, (end) => [end.seq, end.hash]));
        later.set(chain, ends);
      }
      return ends.get(seq) === hash;
    },
  };
}

/** Removes the files of a chain in which no line is about an entry after `through`. */
export function dropEnds(folder: string, chain: string, through: number, whole: boolean): void {
  const files = listEnds(folder).get(chain) ?? [];
  for (const [i, { path }] of files.entries()) {
    const next = files[i + 1];
    if (next ? next.firstSeq <= through + 1 : whole) rmSync(path, { force: true });
  }
}

function listEnds(folder: string): Map<string, EndsFile[]> {
  const chains = new Map<string, EndsFile[]>();
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw new StateError(
      `The ends of the audit log in ${folder} can't be read: ${(error as Error).message}.`,
    );
  }
  for (const name of names) {
    const [, chain, firstSeq] = /^([\w-]+)\.(\d+)$/.exec(name) ?? [];
    const path = join(folder, name);
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (chain === undefined || size === undefined) continue;
    const files = chains.get(chain) ?? [];
    files.push({ path, firstSeq: Number(firstSeq), size });
    chains.set(chain, files);
  }
  for (const files of chains.values()) files.sort((a, b) => a.firstSeq - b.firstSeq);
  return chains;
}

function* endsOf(files: readonly EndsFile[]): Generator<KeptEnd> {
  let last = 0;
  for (const { path, size } of files) {
    const hashes = new Map<number, string>();
    for (const line of readFileSync(path).subarray(0, size).toString('latin1').split('\n')) {
      const [, seq, hash] = /^(\d+) ([0-9a-f]{64})$/.exec(line) ?? [];
      // A last line that is not whole was being written when its process died. Of two that disagree the first counts.
      if (seq && hash && !hashes.has(Number(seq))) hashes.set(Number(seq), hash);
    }
    for (const seq of [...hashes.keys()].sort((a, b) => a - b)) {
      if (seq > last) yield { seq, hash: hashes.get(seq) as string };
      last = Math.max(last, seq);
    }
  }
}
