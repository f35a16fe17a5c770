/** TLS records of one direction (RFC 8446, 5.1), found in chunks however they are cut. */

export const HANDSHAKE = 22;
export const ALERT = 21;
const CHANGE_CIPHER_SPEC = 20;
const APPLICATION_DATA = 23;
/** 2^14 of text, and 256 that encryption may add; TLS 1.2 allows 2,048. */
const MOST_PAYLOAD = 16_384 + 2_048;
const HEADER_BYTES = 5;

export interface RecordPart {
  readonly type: number;
  readonly payload: Buffer;
}

/** Not TLS: an unknown type, a version that is none, an empty handshake record, or one that is too long. */
export const NOT_TLS = 'not_tls';

export class TlsRecords {
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #have = 0;
  #left = 0;
  #type = 0;

  /** @returns the pieces of payload in this chunk, with the types of their records; later chunks go on where it ends */
  read(chunk: Buffer): RecordPart[] | typeof NOT_TLS {
    const parts: RecordPart[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#left === 0) {
        at = this.#readHeader(chunk, at);
        if (at < 0) return NOT_TLS;
      } else {
        const end = Math.min(chunk.length, at + this.#left);
        parts.push({ type: this.#type, payload: chunk.subarray(at, end) });
        this.#left -= end - at;
        at = end;
      }
    }
    return parts;
  }

  /** @returns where to go on, or -1 */
  #readHeader(chunk: Buffer, from: number): number {
    const taken = Math.min(HEADER_BYTES - this.#have, chunk.length - from);
    chunk.copy(this.#header, this.#have, from, from + taken);
    this.#have += taken;
    const [type = 0, major = 0] = this.#header;
    const known = type >= CHANGE_CIPHER_SPEC && type <= APPLICATION_DATA;
    // What is wrong with its first bytes is said without waiting for more.
    if (!known || (this.#have > 1 && major !== 3)) return -1;
    if (this.#have < HEADER_BYTES) return from + taken;
    this.#have = 0;
    this.#type = type;
    this.#left = this.#header.readUInt16BE(3);
    // RFC 8446, 5.1: no empty fragments, but of application data.
    if (this.#left > MOST_PAYLOAD || (this.#left === 0 && type !== APPLICATION_DATA)) return -1;
    return from + taken;
  }
}
