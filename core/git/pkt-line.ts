/** pkt-lines (gitprotocol-common): four hex digits of length, which count themselves, and then that much. */

/** "0000": the end of a list. */
export const FLUSH = 'flush';
/** Of one line, its length included. */
const MOST = 65_520;
const LENGTH_BYTES = 4;

export type Pkt = Buffer | typeof FLUSH;

/** What stands there is not as it has to be. */
export interface Malformed {
  readonly why: string;
}

export class PktReader {
  #held: Buffer = Buffer.alloc(0);

  feed(chunk: Buffer): void {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
  }

  /** What was fed and not yet read. */
  get rest(): Buffer {
    return this.#held;
  }

  /** @returns the next one; undefined: more has to be fed first */
  next(): Pkt | Malformed | undefined {
    if (this.#held.length < LENGTH_BYTES) return undefined;
    const digits = this.#held.toString('latin1', 0, LENGTH_BYTES);
    // As git writes them; readers differ in what else they take for a number.
    if (!/^[0-9a-f]{4}$/.test(digits)) return { why: 'a pkt-line does not begin with its length' };
    const length = Number.parseInt(digits, 16);
    if (length === 0) {
      this.#held = this.#held.subarray(LENGTH_BYTES);
      return FLUSH;
    }
    if (length <= LENGTH_BYTES || length > MOST) return { why: `a pkt-line has the length ${digits}` };
    if (this.#held.length < length) return undefined;
    const line = this.#held.subarray(LENGTH_BYTES, length);
    this.#held = this.#held.subarray(length);
    return line;
  }
}

/** @param line at most 65,516 bytes */
export function pktLine(line: string | Buffer): Buffer {
  const bytes = Buffer.from(line);
  const length = bytes.length + LENGTH_BYTES;
  if (length > MOST) throw new RangeError(`a pkt-line of ${length} bytes`);
  return Buffer.concat([Buffer.from(length.toString(16).padStart(LENGTH_BYTES, '0')), bytes]);
}

export const FLUSH_LINE: Buffer = Buffer.from('0000');
