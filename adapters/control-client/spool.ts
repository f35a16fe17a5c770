/**
 * Entries of the audit log on their way to control: a bounded row of files that outlives the process.
 *
 *   append ──> <number>-<chain>.ndjson, one entry a line ──> batch() ──> control ──> acknowledge() ──> file removed
 *   keep ────> sealed contents, in lines between the entries; read again when it is their turn
 *
 * What a process before left behind is sent first. A line that a kill cut short was never given to anybody, and is
 * dropped.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ContentPart } from '../../control-api/messages.ts';
import type { ChainedEntry } from '../../core/audit/chain.ts';
import { LedgerUnavailable } from '../../core/ports.ts';

/** A file is begun anew after so many bytes: what is acknowledged is removed file by file. */
const SEGMENT_BYTES = 256 * 1024;

/** Entries of one chain, without a gap; or sealed contents that come before the next of them. */
export type SpooledBatch =
  | { readonly chain: string; readonly entries: readonly ChainedEntry[] }
  | { readonly chain: string; readonly contents: readonly ContentPart[] };

interface Spooled {
  readonly bytes: number;
  /** Undefined: contents, which stand in the file at `offset`. */
  readonly entry: ChainedEntry | undefined;
  readonly offset: number;
}

interface Segment {
  readonly path: string;
  readonly chain: string;
  /** Not acknowledged, in order. */
  lines: Spooled[];
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
    return this.#segments.every(({ lines }) => lines.length === 0);
  }

  /** @throws LedgerUnavailable when it is full or can't be written; then the entry is not in it */
  append(chain: string, { seq, text, hash }: ChainedEntry): void {
    const entry = { seq, text, hash };
    this.#write(chain, entry, entry);
  }

  /** Sealed contents, before the entry that names them. @throws LedgerUnavailable as append() */
  keep(chain: string, content: ContentPart): void {
    this.#write(chain, { content }, undefined);
  }

  #write(chain: string, object: object, entry: ChainedEntry | undefined): void {
    const line = Buffer.from(`${JSON.stringify(object)}\n`);
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
    segment.lines.push({ bytes: line.length, entry, offset: segment.bytes });
    segment.bytes += line.length;
    this.#bytes += line.length;
  }

  /** @returns the oldest that is not acknowledged, either entries or contents; undefined when there is nothing */
  batch(mostBytes: number): SpooledBatch | undefined {
    const waiting = this.#segments.find(({ lines }) => lines.length > 0);
    const [first] = waiting?.lines ?? [];
    if (waiting === undefined || first === undefined) return undefined;
    const { chain } = waiting;
    const entries: ChainedEntry[] = [];
    const contents: ContentPart[] = [];
    let bytes = 0;
    for (const segment of this.#segments) {
      if (segment.chain !== chain) continue;
      for (const line of segment.lines) {
        bytes += line.bytes;
        const isOther = (line.entry === undefined) !== (first.entry === undefined);
        if (isOther || (line !== first && bytes > mostBytes))
          return first.entry === undefined ? { chain, contents } : { chain, entries };
        if (line.entry === undefined) contents.push(readContent(segment, line));
        else entries.push(line.entry);
      }
    }
    return first.entry === undefined ? { chain, contents } : { chain, entries };
  }

  /** They are stored where they belong: all of this chain up to and with `seq`. */
  acknowledge(chain: string, seq: number): void {
    for (const segment of this.#segments) {
      if (segment.chain === chain)
        segment.lines = segment.lines.filter(({ entry }) => entry === undefined || entry.seq > seq);
    }
    this.#removeDone();
  }

  /** The first `count` of what waits are contents that are stored where they belong. */
  acknowledgeContents(count: number): void {
    let left = count;
    for (const segment of this.#segments)
      segment.lines = segment.lines.filter(({ entry }) => entry !== undefined || left-- <= 0);
    this.#removeDone();
  }

  #removeDone(): void {
    const done = this.#segments.filter(({ lines }) => lines.length === 0);
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
    const segment = { path: join(this.#folder, name), chain, lines: [], bytes: 0 };
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
      const bytes = readFileSync(path);
      return { path, chain: NAME.exec(name)?.[2] ?? '', lines: linesOf(bytes), bytes: bytes.length };
    });
}

function linesOf(bytes: Buffer): Spooled[] {
  const lines: Spooled[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const newline = bytes.indexOf(0x0a, offset);
    const end = newline < 0 ? bytes.length : newline + 1;
    const line = readLine(bytes.subarray(offset, end), offset);
    if (line !== undefined) lines.push(line);
    offset = end;
  }
  return lines;
}

function readLine(line: Buffer, offset: number): Spooled | undefined {
  try {
    const { seq, text, hash, content } = JSON.parse(line.toString()) as ChainedEntry & { content?: object };
    const entry = content === undefined ? { seq, text, hash } : undefined;
    return { bytes: line.length, offset, entry };
  } catch {
    return undefined;
  }
}

function readContent({ path }: Segment, { offset, bytes }: Spooled): ContentPart {
  const line = Buffer.alloc(bytes);
  const file = openSync(path, 'r');
  try {
    readSync(file, line, 0, bytes, offset);
  } finally {
    closeSync(file);
  }
  return (JSON.parse(line.toString()) as { content: ContentPart }).content;
}
