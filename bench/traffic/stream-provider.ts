/**
 * A provider that answers every call with a stream: the head at once, then an event every 10 ms. A program of its own;
 * it prints its port.
 *
 *   request ──> head ── 10 ms ──> event ── 10 ms ──> event … ──> end; then the next request
 *
 * It speaks just enough HTTP/1.1 for that, to leave the core to the client that shares it.
 */
import { createServer, type Socket } from 'node:net';
import { streamEvents, TIME_MARK } from './reply.ts';

const CHUNK_EVERY_MS = 10;

const HEAD = Buffer.from(
  [
    'HTTP/1.1 200 OK',
    'content-type: text/event-stream; charset=utf-8',
    'cache-control: no-cache',
    'request-id: req_011CVbenchbenchbenchbench',
    'anthropic-ratelimit-requests-limit: 4000',
    'anthropic-ratelimit-requests-remaining: 3999',
    'transfer-encoding: chunked',
    '\r\n',
  ].join('\r\n'),
);

/** Each event in the framing of a chunk, and where its time is written. */
const CHUNKS = streamEvents().map((event) => {
  const bytes = Buffer.from(`${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`);
  const at = bytes.indexOf(TIME_MARK);
  return { bytes, timeAt: at < 0 ? -1 : at + 1 };
});
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

interface Stream {
  readonly socket: Socket;
  next: number;
  /** performance.now() */
  due: number;
}

const streams = new Set<Stream>();

function tick(): void {
  const now = performance.now();
  for (const stream of streams) {
    if (stream.due > now) continue;
    stream.due += CHUNK_EVERY_MS;
    stream.socket.write(stamped(stream.next));
    if (++stream.next < CHUNKS.length) continue;
    stream.socket.write(LAST_CHUNK);
    streams.delete(stream);
  }
}

function stamped(n: number): Buffer {
  const { bytes, timeAt } = CHUNKS[n] as (typeof CHUNKS)[number];
  if (timeAt < 0) return bytes;
  const copy = Buffer.from(bytes);
  copy.write((process.hrtime.bigint() / 1000n).toString().padStart(15, '0'), timeAt, 'latin1');
  return copy;
}

const server = createServer({ noDelay: true }, (socket) => {
  let missing = 0;
  socket.on('data', (piece) => {
    if (missing === 0) missing = requestLength(piece);
    missing -= piece.length;
    if (missing > 0) return;
    socket.write(HEAD);
    streams.add({ socket, next: 0, due: performance.now() + CHUNK_EVERY_MS });
  });
  const forget = () => {
    for (const stream of streams) if (stream.socket === socket) streams.delete(stream);
  };
  socket.on('close', forget);
  socket.on('error', forget);
});

/** @param piece the first of a request; its head is in it */
function requestLength(piece: Buffer): number {
  const head = piece.indexOf('\r\n\r\n') + 4;
  const length = /\r\ncontent-length: *(\d+)/i.exec(piece.toString('latin1', 0, head))?.[1];
  return head + Number(length ?? 0);
}

setInterval(tick, 1);
server.listen(0, '127.0.0.1', () => {
  console.log((server.address() as { port: number }).port);
});
