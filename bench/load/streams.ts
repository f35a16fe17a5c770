/** Many streams at once: each connection reads one to its end, then asks for the next. */
import { Connection } from './connection.ts';

export interface Streams {
  readonly port: number;
  readonly request: Buffer;
  /** Streams at the same time. */
  readonly concurrent: number;
  /** How many each connection reads, one after the other. */
  readonly rounds: number;
}

export interface StreamTimes {
  /** From sending a request to the first byte of its reply, ms. */
  readonly headMs: number[];
  /** From the provider's sending of a chunk to its arrival, ms. */
  readonly chunkMs: number[];
}

/** Begins of streams are spread over this, so that their chunks do not come all at once, ms. */
const SPREAD_MS = 500;

const MARK = 0x40;
const DIGITS = 15;

/** @throws Error when a stream does not end as a message does */
export async function readStreams({ port, request, concurrent, rounds }: Streams): Promise<StreamTimes> {
  const times: StreamTimes = { headMs: [], chunkMs: [] };
  // Both clocks are the machine's monotonic one; they differ in where they begin.
  const zero = Number(process.hrtime.bigint() / 1000n) / 1000 - performance.now();
  const clients = Array.from({ length: concurrent }, async (_, i) => {
    await new Promise((resolve) => setTimeout(resolve, (i * SPREAD_MS) / concurrent));
    const connection = new Connection(port);
    for (let round = 0; round < rounds; round++) await readStream(connection, request, times, zero);
    connection.close();
  });
  await Promise.all(clients);
  return times;
}

async function readStream(
  connection: Connection,
  request: Buffer,
  times: StreamTimes,
  zero: number,
): Promise<void> {
  const sent = performance.now();
  let ended = false;
  await connection.call(request, {
    head: (at) => times.headMs.push(at - sent),
    data: (piece, at) => {
      ended ||= piece.includes('event: message_stop');
      for (let i = piece.indexOf(MARK); i >= 0; i = piece.indexOf(MARK, i + DIGITS)) {
        const stamp = Number(piece.toString('latin1', i + 1, i + 1 + DIGITS));
        if (stamp > 0) times.chunkMs.push(at + zero - stamp / 1000);
      }
    },
  });
  if (!ended) throw new Error('a stream ended before its message did');
}
