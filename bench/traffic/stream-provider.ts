/**
 * A provider that answers every call with a stream of the call's wire: the head at once, then an event every 10 ms. A
 * program of its own; it prints its port.
 *
 *   request ──> head ── 10 ms ──> event ── 10 ms ──> event … ──> end; then the next request
 *
 * It speaks just enough HTTP/1.1 for that, to leave the core to the client that shares it.
 */
import { createServer, type Socket } from 'node:net';
import { TIME_MARK } from './reply.ts';
import type { WireTraffic } from './wire.ts';
import { WIRES } from './wires.ts';

const CHUNK_EVERY_MS = 10;

/** A wire's stream, in the framing of HTTP. */
interface Recording {
  readonly path: string;
  readonly head: Buffer;
  readonly chunks: readonly Chunk[];
}

interface Chunk {
  readonly bytes: Buffer;
  /** Where its time is written; -1: nowhere. */
  readonly timeAt: number;
}

const RECORDINGS: readonly Recording[] = WIRES.map((wire) => ({
  path: wire.path,
  head: headOf(wire),
  chunks: wire.events().map(chunkOf),
}));
const LAST_CHUNK = Buffer.from('0\r\n\r\n');
const NOT_FOUND = Buffer.from('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');

function headOf({ replyHeaders }: WireTraffic): Buffer {
  const lines = [
    'HTTP/1.1 200 OK',
    'content-type: text/event-stream; charset=utf-8',
    'cache-control: no-cache',
  ];
  for (let i = 0; i < replyHeaders.length; i += 2) lines.push(`${replyHeaders[i]}: ${replyHeaders[i + 1]}`);
  return Buffer.from([...lines, 'transfer-encoding: chunked', '\r\n'].join('\r\n'));
}

function chunkOf(event: string): Chunk {
  const bytes = Buffer.from(`${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`);
  // What repeats all of the text has several marks, and is no chunk of it.
  const marks = event.split(TIME_MARK).length - 1;
  return { bytes, timeAt: marks === 1 ? bytes.indexOf(TIME_MARK) + 1 : -1 };
}

interface Stream {
  readonly socket: Socket;
  readonly chunks: readonly Chunk[];
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
    stream.socket.write(stamped(stream.chunks[stream.next] as Chunk));
    if (++stream.next < stream.chunks.length) continue;
    stream.socket.write(LAST_CHUNK);
    streams.delete(stream);
  }
}

function stamped({ bytes, timeAt }: Chunk): Buffer {
  if (timeAt < 0) return bytes;
  const copy = Buffer.from(bytes);
  copy.write((process.hrtime.bigint() / 1000n).toString().padStart(15, '0'), timeAt, 'latin1');
  return copy;
}

const server = createServer({ noDelay: true }, (socket) => {
  let missing = 0;
  let path = '';
  socket.on('data', (piece) => {
    if (missing === 0) ({ path, length: missing } = request(piece));
    missing -= piece.length;
    if (missing > 0) return;
    const recording = RECORDINGS.find((known) => known.path === path);
    socket.write(recording?.head ?? NOT_FOUND);
    if (recording === undefined) return;
    streams.add({ socket, chunks: recording.chunks, next: 0, due: performance.now() + CHUNK_EVERY_MS });
  });
  const forget = () => {
    for (const stream of streams) if (stream.socket === socket) streams.delete(stream);
  };
  socket.on('close', forget);
  socket.on('error', forget);
});

/** @param piece the first of a request; its head is in it. @returns its path, and its length with its head */
function request(piece: Buffer): { path: string; length: number } {
  const end = piece.indexOf('\r\n\r\n') + 4;
  const head = piece.toString('latin1', 0, end);
  const path = /^\S+ ([^ ?]*)/.exec(head)?.[1] ?? '';
  return { path, length: end + Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0) };
}

setInterval(tick, 1);
server.listen(0, '127.0.0.1', () => {
  console.log((server.address() as { port: number }).port);
});
