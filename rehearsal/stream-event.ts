/** One SSE event of a stream. */
export type StreamEvent = {
  /** Left out where the API names none. */
  readonly event?: string;
  readonly data: string;
  /** A piece of the answer, for which time is taken; or the event with which the answer is complete and billed. */
  readonly part?: 'delta' | 'final';
  /** Bytes of output that had been made when it was ready. */
  readonly made: number;
};

/** An event as it stands in the stream. */
export function sseText({ event, data }: StreamEvent): string {
  return event === undefined ? `data: ${data}\n\n` : `event: ${event}\ndata: ${data}\n\n`;
}

/** Cuts text between characters into pieces of `bytes` bytes, or, without that, into a few words each. */
export function* cutText(text: string, bytes: number | undefined): Generator<string> {
  const units = bytes === undefined ? /\s*\S{1,24}|\s+/gu : /[\s\S]/gu;
  let piece = '';
  let size = 0;
  let count = 0;
  for (const [unit] of text.matchAll(units)) {
    const added = Buffer.byteLength(unit);
    // Real chunks are uneven: 16 to 32 bytes, four to eight tokens.
    if (piece !== '' && size + added > (bytes ?? 16 + ((count * 12) % 20))) {
      yield piece;
      count++;
      piece = '';
      size = 0;
    }
    piece += unit;
    size += added;
  }
  if (piece !== '') yield piece;
}
