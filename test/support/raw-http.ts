/** Reading HTTP/1.1 from bytes: by hand, so that nothing of Node's or Tollgate's is believed. */

export interface RawHead {
  /** Request line or status line. */
  readonly line: string;
  /** In their order and spelling. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface RawReply extends RawHead {
  readonly status: number;
  readonly body: Buffer;
  /** All values of a header, joined. */
  header(name: string): string | undefined;
}

export interface RawRequest extends RawHead {
  /** All of its bytes. */
  readonly bytes: Buffer;
  readonly body: Buffer;
}

const END = Buffer.from('\r\n\r\n');

function readHead(bytes: Buffer): { head: RawHead; bodyAt: number } | undefined {
  const end = bytes.indexOf(END);
  if (end < 0) return undefined;
  const [line = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = lines.map((text): [string, string] => {
    const colon = text.indexOf(':');
    return [text.slice(0, colon), text.slice(colon + 1).trim()];
  });
  return { head: { line, headers }, bodyAt: end + END.length };
}

function headerOf({ headers }: RawHead, name: string): string | undefined {
  const values = headers.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(', ');
}

/** @returns the first request, once it is whole; only those with Content-Length or without a body */
export function parseRequest(bytes: Buffer): { request: RawRequest; rest: Buffer } | undefined {
  const read = readHead(bytes);
  if (!read) return undefined;
  const end = read.bodyAt + Number(headerOf(read.head, 'content-length') ?? 0);
  if (bytes.length < end) return undefined;
  const request = { ...read.head, bytes: bytes.subarray(0, end), body: bytes.subarray(read.bodyAt, end) };
  return { request, rest: bytes.subarray(end) };
}

/**
 * @param closed whether nothing more comes, which ends a reply without a length
 * @returns the first reply, once it is whole
 */
export function parseReply(bytes: Buffer, closed: boolean): { reply: RawReply; rest: Buffer } | undefined {
  const read = readHead(bytes);
  if (!read) return undefined;
  const { head, bodyAt } = read;
  const status = Number(head.line.split(' ')[1]);
  const body = readBody(head, bytes, bodyAt, closed);
  if (!body) return undefined;
  const reply = { ...head, status, body: body.bytes, header: (name: string) => headerOf(head, name) };
  return { reply, rest: bytes.subarray(body.end) };
}

function readBody(
  head: RawHead,
  bytes: Buffer,
  at: number,
  closed: boolean,
): { bytes: Buffer; end: number } | undefined {
  // Interim replies have no body.
  if (/^HTTP\/1\.1 1\d\d /.test(head.line)) return { bytes: Buffer.alloc(0), end: at };
  if (headerOf(head, 'transfer-encoding') === 'chunked') return readChunks(bytes, at);
  const length = headerOf(head, 'content-length');
  if (length === undefined) return closed ? { bytes: bytes.subarray(at), end: bytes.length } : undefined;
  const end = at + Number(length);
  return bytes.length < end ? undefined : { bytes: bytes.subarray(at, end), end };
}

function readChunks(bytes: Buffer, from: number): { bytes: Buffer; end: number } | undefined {
  const chunks: Buffer[] = [];
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const end = lineEnd + 2 + size + 2;
    if (bytes.length < end) return undefined;
    if (size === 0) return { bytes: Buffer.concat(chunks), end };
    chunks.push(bytes.subarray(lineEnd + 2, end - 2));
    at = end;
  }
}
