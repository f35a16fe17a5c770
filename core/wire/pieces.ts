/**
 * Bytes that arrive in pieces. A piece costs memory as an object too, a hundred times its bytes when it has only one, and
 * whoever sends may choose that: pieces that are small on average are copied together as they come.
 */

const AT_ONCE = 256;
/** Bytes that as many pieces must have to be left as they are. */
const ENOUGH = AT_ONCE * 1024;

export class Pieces {
  #all: Buffer[] = [];
  /** How many at the beginning have been looked at. */
  #done = 0;
  /** Bytes of those that have not. */
  #recent = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  push(piece: Buffer): void {
    this.#bytes += piece.length;
    this.#recent += piece.length;
    this.#all.push(piece);
    if (this.#all.length - this.#done >= AT_ONCE) this.#compact();
  }

  /** @returns all of it, in order */
  join(): Buffer {
    return this.#all.length === 1 ? (this.#all[0] as Buffer) : Buffer.concat(this.#all);
  }

  clear(): void {
    this.#all = [];
    this.#done = this.#recent = this.#bytes = 0;
  }

  #compact(): void {
    if (this.#recent < ENOUGH) this.#all.push(Buffer.concat(this.#all.splice(this.#done)));
    this.#done = this.#all.length;
    this.#recent = 0;
  }
}
