/** Reading a request’s body, encoded or not. */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { type ApiError, badRequest } from './api-error.ts';

const mostBytes = 32 * 1024 * 1024;
const decoders = { gzip: promisify(gunzip), zstd: promisify(zstdDecompress) };

const tooLarge: ApiError = {
  status: 413,
  type: 'request_too_large',
  message: 'Request exceeds the maximum size',
};

async function decode(raw: Buffer, encoding: string): Promise<Buffer | ApiError> {
  if (encoding === '' || encoding === 'identity') return raw;
  if (encoding !== 'gzip' && encoding !== 'zstd') {
    return {
      ...badRequest(`Content-Encoding ${encoding} is not supported`),
      code: 'request_body_encoding_unsupported',
    };
  }
  try {
    return await decoders[encoding](raw, { maxOutputLength: mostBytes });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ERR_BUFFER_TOO_LARGE')
      return { ...tooLarge, code: 'request_body_too_large_after_decoding' };
    return {
      ...badRequest(`The request body is not valid ${encoding}`),
      code: 'request_body_encoding_invalid',
    };
  }
}

/**
 * Reads a request's body to its end.
 * @returns the bytes as they came, and their decoded text, or what is wrong with them
 * @throws if the client leaves before the body is complete
 */
export async function readBody(req: IncomingMessage): Promise<{ raw: Buffer; text: string | ApiError }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    // A body that is too large is still read, or the client could not read the answer.
    if (size <= mostBytes) chunks.push(chunk);
  }
  const raw = Buffer.concat(chunks);
  if (size > mostBytes) return { raw, text: tooLarge };
  const decoded = await decode(raw, (req.headers['content-encoding'] ?? '').trim().toLowerCase());
  if (!Buffer.isBuffer(decoded)) return { raw, text: decoded };
  try {
    return { raw, text: new TextDecoder('utf-8', { fatal: true }).decode(decoded) };
  } catch {
    return { raw, text: badRequest('The request body is not valid UTF-8') };
  }
}
