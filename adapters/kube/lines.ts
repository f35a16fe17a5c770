/** Cuts a stream of bytes into lines. A line is decoded whole, so that a chunk may end inside of a character. */

const LF = 0x0a;

export class Lines {
  readonly #most: number;
  #held: Buffer[] = [];
  #bytes = 0;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });

  /** @param most bytes of one line */
  constructor(most: number) {
    this.#most = most;
  }

  /** Bytes of a line that has not ended. */
  get held(): number {
    return this.#bytes;
  }

  /**
   * @returns the lines that end in this chunk, without those that are empty
   * @throws RangeError for a line that is too long, TypeError for one that is not UTF-8
   */
  *push(chunk: Buffer): Generator<string> {
    let from = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, from)) {
      this.#hold(chunk.subarray(from, end));
      from = end + 1;
      const line = Buffer.concat(this.#held, this.#bytes);
      this.#held = [];
      this.#bytes = 0;
      const text = this.#decoder.decode(line);
      if (text.trim() !== '') yield text;
    }
    this.#hold(chunk.subarray(from));
  }

  #hold(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#bytes += piece.length;
    if (this.#bytes > this.#most) throw new RangeError(`a line is longer than ${this.#most} bytes`);
    this.#held.push(piece);
  }
}
