/** Receiving a request's body: bounded, in one known encoding, with nothing after its end. */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { type Refusal, refusal } from '../core/govern/refusals.ts';
import { Pieces } from '../core/wire/pieces.ts';
import { plural } from '../core/wording.ts';

/** Anthropic's own limit is 32 MB. */
const MOST_BYTES = 32 * 1024 * 1024;
/** Text compresses to a tenth, repetitive JSON to a fiftieth; what grows more is a bomb. */
const MOST_RATIO = 200;
/** A small body may grow to this whatever its ratio. */
const SMALL_BYTES = 1024 * 1024;
/** How much of a body that is too large is read before it is refused: many clients read no answer while they send. */
const MOST_DISCARDED = 128 * 1024 * 1024;
/** zstd lets a few bytes ask for a window of 128 MB; none needs to be larger than the body. */
const MOST_WINDOW_LOG = 25;

type Inflate = (body: Buffer, options: { info: true; maxOutputLength: number }) => Promise<unknown>;

const ZSTD_PARAMS = { [zlib.constants.ZSTD_d_windowLogMax]: MOST_WINDOW_LOG };
const unzstd = promisify(zlib.zstdDecompress) as (
  body: Buffer,
  options: zlib.ZstdOptions,
) => Promise<unknown>;

const gunzip = promisify(zlib.gunzip) as Inflate;

const DECODERS: ReadonlyMap<string, Inflate> = new Map([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  ['deflate', promisify(zlib.inflate) as Inflate],
  ['br', promisify(zlib.brotliDecompress) as Inflate],
  ['zstd', (body, options) => unzstd(body, { ...options, params: ZSTD_PARAMS })],
]);

/**
 * @param most bytes, as sent and as decoded, if the caller may send less than others
 * @returns the decoded body; a refusal; or undefined when the client went away before its end
 */
export async function readBody(
  request: IncomingMessage,
  most = MOST_BYTES,
): Promise<Buffer | Refusal | undefined> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const decode = DECODERS.get(encoding);
  if (encoding !== 'identity' && !decode) return refusal('bad_encoding', { encoding: encoding.slice(0, 40) });
  const body = await receive(request, Math.min(most, MOST_BYTES));
  if (!Buffer.isBuffer(body) || !decode) return body;
  return inflate(body, decode, encoding, Math.min(most, MOST_BYTES));
}

function receive(request: IncomingMessage, most: number): Promise<Buffer | Refusal | undefined> {
  return new Promise((resolve) => {
    const pieces = new Pieces();
    let bytes = 0;
    request.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes <= most) pieces.push(piece);
      else pieces.clear();
      if (bytes > MOST_DISCARDED) resolve(tooLarge(most));
    });
    request.on('end', () => {
      if (bytes > most) resolve(tooLarge(most));
      else resolve(pieces.join());
    });
    request.on('close', () => resolve(undefined));
    request.on('error', () => resolve(undefined));
  });
}

async function inflate(
  body: Buffer,
  decode: Inflate,
  encoding: string,
  mostOfAll: number,
): Promise<Buffer | Refusal> {
  const most = Math.min(mostOfAll, Math.max(SMALL_BYTES, body.length * MOST_RATIO));
  try {
    const options = { info: true, maxOutputLength: most } as const;
    const { buffer, engine } = (await decode(body, options)) as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    // Node decodes the first stream and says nothing of bytes behind it.
    if (engine.bytesWritten === body.length) return buffer;
    return refusal('bad_body', { detail: `there are bytes after the end of the ${encoding} data` });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      return tooLarge(mostOfAll, ' when decoded');
    return refusal('bad_body', { detail: `it is not valid ${encoding} data` });
  }
}

function tooLarge(most: number, after = ''): Refusal {
  if (most === MOST_BYTES) return refusal('too_large', { limit: '32 MB', after });
  return refusal('too_large', { limit: plural(most, 'byte'), after: `${after}, the limit of its key` });
}
