/** The body of a git request: decoded, bounded, in pieces; and what of it goes on. */
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type GitRefusal, gitRefusal } from '../../core/git/refusals.ts';

/** The request is refused, or came to nothing, for this reason. */
export class GitFailure extends Error {
  override readonly name = 'GitFailure';
  readonly refusal: GitRefusal;

  constructor(refusal: GitRefusal) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

/** As git itself: what is not larger goes with its length, since not every server takes chunks. */
const MOST_WHOLE = 1024 * 1024;

/** Pieces that somebody may stop taking, and somebody else take on. */
export interface Pieces extends AsyncIterable<Buffer> {
  /** None of them is empty. @throws GitFailure */
  next(): Promise<IteratorResult<Buffer, void>>;
  /** Reads on and drops it, up to so many bytes: git reads no answer before it has sent everything. Never rejects. */
  skip(most: number): Promise<void>;
}

/** @param most bytes, decoded */
export function piecesOf(request: IncomingMessage, most: number, silenceMs: number): Pieces {
  const isZipped = request.headers['content-encoding'] === 'gzip';
  // An error of either comes out of the iterator.
  const source = isZipped ? pipeline(request, createGunzip(), () => undefined) : request;
  const pieces = source.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer, void>;
  let bytes = 0;
  const take = () =>
    within(silenceMs, pieces.next()).catch((error: unknown) => {
      throw error instanceof GitFailure ? error : new GitFailure(broken(error, request));
    });
  const next = async (): Promise<IteratorResult<Buffer, void>> => {
    const piece = await take();
    if (piece.done === true) return piece;
    bytes += piece.value.length;
    if (bytes > most) throw new GitFailure(gitRefusal('too_large', { bytes: String(most) }));
    return piece.value.length > 0 ? piece : next();
  };
  const skip = async (mostSkipped: number): Promise<void> => {
    for (let skipped = 0; skipped <= mostSkipped; ) {
      const piece = await take().catch(() => undefined);
      if (piece === undefined || piece.done === true) return;
      skipped += piece.value.length;
    }
  };
  // Without return(): who stops taking must not end the request, which is read to its end before it is answered.
  return { next, skip, [Symbol.asyncIterator]: () => ({ next }) };
}

function broken(error: unknown, request: IncomingMessage): GitRefusal {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (request.destroyed && !request.complete) return gitRefusal('gone');
  return gitRefusal('malformed', { why: `its body can not be decoded (${code})` });
}

/** @throws GitFailure when it takes longer */
export async function within<T>(ms: number, waited: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new GitFailure(gitRefusal('slow', { ms: String(ms) }))), ms);
  });
  try {
    return await Promise.race([waited, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** @returns all of it when it is small, so that it has a length; else its pieces */
export async function wholeOrPieces(pieces: Pieces, first: Buffer): Promise<Buffer | AsyncGenerator<Buffer>> {
  const held = [first];
  for (let bytes = first.length; bytes <= MOST_WHOLE; ) {
    const piece = await pieces.next();
    if (piece.done === true) return Buffer.concat(held);
    held.push(piece.value);
    bytes += piece.value.length;
  }
  return joined(Buffer.concat(held), pieces);
}

async function* joined(first: Buffer, rest: Pieces): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}
