/**
 * Sealed messages that wait for the next entry: they stand in the spool before it, in parts that control takes.
 */
import { type ContentPart, MOST_PART_BYTES } from '../../control-api/messages.ts';
import { LedgerUnavailable } from '../../core/ports.ts';
import type { SealedContent } from '../contents/session.ts';

/** Bytes that may wait in memory; a single message may be larger. */
const MOST_WAITING = 32 * 1024 * 1024;

export class SealedContents {
  readonly #waiting = new Map<string, SealedContent>();
  #bytes = 0;

  /** @throws LedgerUnavailable when more waits than memory should hold */
  add(row: SealedContent): void {
    if (this.#waiting.has(row.address)) return;
    if (this.#bytes + row.data.length > MOST_WAITING && this.#waiting.size > 0)
      throw new LedgerUnavailable("contents can't be stored: too many wait already");
    this.#waiting.set(row.address, row);
    this.#bytes += row.data.length;
  }

  /** Hands on what waits; what can't be kept goes on waiting. @throws what `keep` throws */
  write(keep: (part: ContentPart) => void): void {
    for (const [address, row] of this.#waiting) {
      if (!row.contents.erased) for (const part of partsOf(row)) keep(part);
      this.#waiting.delete(address);
      this.#bytes -= row.data.length;
      if (!row.contents.erased) row.contents.remember(address);
    }
  }
}

function partsOf({ address, prev, data }: SealedContent): ContentPart[] {
  const parts = Math.ceil(data.length / MOST_PART_BYTES);
  return Array.from({ length: parts }, (_, part) => ({
    ...{ address, prev, part, parts },
    data: data.subarray(part * MOST_PART_BYTES, (part + 1) * MOST_PART_BYTES).toString('base64'),
  }));
}
