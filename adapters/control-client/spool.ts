/**
 * Entries of the audit log on their way to control: a bounded row of files that outlives the process.
 *
 *   append ──> <number>-<chain>.ndjson, one entry a line ──> batch() ──> control ──> acknowledge() ──> file removed
 *
 * What a process before left behind is sent first. A line that a kill cut short was never given to anybody, and is
 * dropped.
 */
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ChainedEntry } from '../../core/audit/chain.ts';
import { LedgerUnavailable } from '../../core/ports.ts';

/** A file is begun anew after so many bytes: what is acknowledged is removed file by file. */
const SEGMENT_BYTES = 256 * 1024;

/** Entries of one chain, without a gap. */
export interface SpooledBatch {
  readonly chain: string;
  readonly entries: readonly ChainedEntry[];
}

interface Spooled extends ChainedEntry {
  readonly bytes: number;
}

interface Segment {
  readonly path: string;
  readonly chain: string;
  entries: Spooled[];
  /** Of the file, acknowledged entries included. */
  bytes: number;
}

export class Spool {
  readonly #folder: string;
  readonly #mostBytes: number;
  #segments: Segment[];
  #number: number;
  #file: number | undefined;
  #bytes: number;

  /**
   * @param mostBytes of all files; what does not fit is refused
   * @throws Error when the folder can't be used
   */
  constructor(folder: string, mostBytes: number) {
    this.#folder = folder;
    this.#mostBytes = mostBytes;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#segments = readSegments(folder);
    this.#bytes = this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#number = 1 + Math.max(0, ...this.#segments.map(({ path }) => numberOf(path)));
  }

  /** On disk and not acknowledged, in whole files. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#segments.every(({ entries }) => entries.length === 0);
  }

  /** @throws LedgerUnavailable when it is full or can't be written; then the entry is not in it */
  append(chain: string, { seq, text, hash }: ChainedEntry): void {
    const line = Buffer.from(`${JSON.stringify({ seq, text, hash })}\n`);
    if (this.#bytes + line.length > this.#mostBytes)
      throw new LedgerUnavailable(
        `${Math.round(this.#bytes / 1024)} KB of records wait for control, which can't be reached, and more have no place`,
      );
    const segment = this.#current(chain);
    try {
      const written = writeSync(this.#open(segment), line);
      if (written < line.length) throw new Error('the disk is full');
    } catch (error) {
      // What stands there in part would make the next line unreadable.
      this.#closeFile();
      throw new LedgerUnavailable(`records can't be kept in ${this.#folder}: ${(error as Error).message}`);
    }
    segment.entries.push({ seq, text, hash, bytes: line.length });
    segment.bytes += line.length;
    this.#bytes += line.length;
  }

  /** @returns the oldest entries that are not acknowledged; undefined when there are none */
  batch(mostBytes: number): SpooledBatch | undefined {
    const waiting = this.#segments.find(({ entries }) => entries.length > 0);
    if (waiting === undefined) return undefined;
    const { chain } = waiting;
    const entries: ChainedEntry[] = [];
    let bytes = 0;
    for (const segment of this.#segments) {
      if (segment.chain !== chain) continue;
      for (const entry of segment.entries) {
        bytes += entry.bytes;
        if (entries.length > 0 && bytes > mostBytes) return { chain, entries };
        entries.push({ seq: entry.seq, text: entry.text, hash: entry.hash });
      }
    }
    return { chain, entries };
  }

  /** They are stored where they belong: all of this chain up to and with `seq`. */
  acknowledge(chain: string, seq: number): void {
    for (const segment of this.#segments) {
      if (segment.chain === chain) segment.entries = segment.entries.filter((entry) => entry.seq > seq);
    }
    const done = this.#segments.filter((segment) => segment.entries.length === 0);
    for (const segment of done) {
      if (segment === this.#segments.at(-1)) this.#closeFile();
      rmSync(segment.path, { force: true });
      this.#bytes -= segment.bytes;
    }
    this.#segments = this.#segments.filter((segment) => !done.includes(segment));
  }

  /** What is in it stays for the next process. */
  close(): void {
    this.#closeFile();
  }

  #current(chain: string): Segment {
    const last = this.#segments.at(-1);
    if (last?.chain === chain && this.#file !== undefined && last.bytes < SEGMENT_BYTES) return last;
    this.#closeFile();
    const name = `${String(this.#number++).padStart(12, '0')}-${chain}.ndjson`;
    const segment = { path: join(this.#folder, name), chain, entries: [], bytes: 0 };
    this.#segments.push(segment);
    return segment;
  }

  #open({ path }: Segment): number {
    this.#file ??= openSync(path, 'a', 0o600);
    return this.#file;
  }

  #closeFile(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

const NAME = /(\d{12})-([A-Za-z0-9_-]+)\.ndjson$/;

function numberOf(path: string): number {
  return Number(NAME.exec(path)?.[1]);
}

function readSegments(folder: string): Segment[] {
  return readdirSync(folder)
    .filter((name) => NAME.test(name))
    .sort()
    .map((name) => {
      const path = join(folder, name);
      const text = readFileSync(path, 'utf8');
      const entries = text.split('\n').flatMap((line) => readLine(line));
      return { path, chain: NAME.exec(name)?.[2] ?? '', entries, bytes: Buffer.byteLength(text) };
    });
}

function readLine(line: string): Spooled[] {
  try {
    const { seq, text, hash } = JSON.parse(line) as ChainedEntry;
    return [{ seq, text, hash, bytes: Buffer.byteLength(line) + 1 }];
  } catch {
    return [];
  }
}
