/** Tokens of a number of UTF-8 bytes of text, by the rehearsal's own estimate. */
export function tokensOf(bytes: number): number {
  return Math.ceil(bytes / 4);
}
