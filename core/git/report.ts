/**
 * How git is told what became of a push (gitprotocol-pack, "report status"), in the words it shows, and how the server's
 * own answer is read as it passes.
 */
import { FLUSH, FLUSH_LINE, PktReader, pktLine } from './pkt-line.ts';
import type { Command } from './push.ts';
import { type GitRefusal, gitSentence } from './refusals.ts';

const MOST_PIECE = 60_000;
/** Of a report; more is not read. */
const MOST_REPORT = 256 * 1024;
const BAND = { data: 1, words: 2 } as const;

/**
 * @param why of each ref
 * @returns undefined when the client reads no report: it has to be told by the HTTP status
 */
export function refusedReport(
  commands: readonly Command[],
  capabilities: readonly string[],
  why: (ref: string) => GitRefusal,
  sentence: string,
): Buffer | undefined {
  const isRead = capabilities.some((one) => one === 'report-status' || one === 'report-status-v2');
  if (!isRead || commands.length === 0) return undefined;
  const refs = new Set(commands.map(({ ref }) => ref));
  const report = Buffer.concat([
    pktLine('unpack ok\n'),
    ...[...refs].map((ref) => pktLine(`ng ${ref} tollgate: ${gitSentence(why(ref))}\n`)),
    FLUSH_LINE,
  ]);
  if (!capabilities.includes('side-band-64k')) return report;
  return Buffer.concat([
    band(BAND.words, Buffer.from(`tollgate: ${sentence}\n`)),
    ...pieces(report).map((piece) => band(BAND.data, piece)),
    FLUSH_LINE,
  ]);
}

/** @returns what a fetch shows as "remote error" */
export function refusedFetch(sentence: string): Buffer {
  return pktLine(`ERR tollgate: ${sentence}`);
}

function band(number: number, bytes: Buffer): Buffer {
  return pktLine(Buffer.concat([Buffer.from([number]), bytes]));
}

function pieces(bytes: Buffer): Buffer[] {
  const count = Math.ceil(bytes.length / MOST_PIECE);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * MOST_PIECE, (i + 1) * MOST_PIECE));
}

/** Reads along; what it can't make out it says nothing of. */
export class ReportReader {
  readonly #outer = new PktReader();
  readonly #inner = new PktReader();
  readonly #banded: boolean;
  readonly #results = new Map<string, 'ok' | 'ng'>();
  #bytes = 0;
  #over = false;

  constructor(capabilities: readonly string[]) {
    this.#banded = capabilities.includes('side-band-64k');
  }

  feed(chunk: Buffer): void {
    if (this.#over) return;
    if (!this.#banded) {
      this.#report(chunk);
      return;
    }
    this.#outer.feed(chunk);
    for (let line = this.#outer.next(); line !== undefined; line = this.#outer.next()) {
      if (!Buffer.isBuffer(line)) {
        this.#over = true;
        return;
      }
      if (line[0] === BAND.data) this.#report(line.subarray(1));
    }
  }

  /** @returns what the server says of it; undefined: nothing */
  result(ref: string): 'ok' | 'ng' | undefined {
    return this.#results.get(ref);
  }

  #report(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.#bytes > MOST_REPORT) this.#over = true;
    if (this.#over) return;
    this.#inner.feed(bytes);
    for (let line = this.#inner.next(); line !== undefined; line = this.#inner.next()) {
      if (line === FLUSH || !Buffer.isBuffer(line)) {
        this.#over = !this.#banded || !Buffer.isBuffer(line);
        return;
      }
      const [, how, ref] = /^(ok|ng) ([^ \n]+)/.exec(line.toString()) ?? [];
      if (ref !== undefined) this.#results.set(ref, how === 'ok' ? 'ok' : 'ng');
    }
  }
}
