/**
 * How many tokens a streamed text must have at least.
 *
 * Providers say at the end of a stream what it cost; whether one ignores its output cap has to be noticed before. Tokens
 * do not reach over the border of a word, or at most over one (tokenizers with tokens of two words are known), so half
 * the words is a count that no honest reply of that many tokens exceeds. Text without spaces is undercounted.
 */
export class OutputMeter {
  #words = 0;
  /** Kind of the last character, because a word may be cut by a chunk. */
  #last: Kind = SPACE;

  take(text: string): void {
    for (let i = 0; i < text.length; i++) {
      const kind = kindOf(text.charCodeAt(i));
      if (kind !== this.#last && kind !== SPACE) this.#words++;
      this.#last = kind;
    }
  }

  /** Tokens. */
  get atLeast(): number {
    return this.#words >> 1;
  }
}

type Kind = 0 | 1 | 2;
const SPACE = 0;
const WORD = 1;
const MARK = 2;

function kindOf(code: number): Kind {
  if (code <= 0x20 || code === 0xa0) return SPACE;
  const letter =
    (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  return letter || code >= 0x80 ? WORD : MARK;
}
