/** Many streams at once: each connection reads one to its end, then asks for the next. */
import { Connection } from './connection.ts';

export interface Streams {
  readonly port: number;
  readonly request: Buffer;
  /** What only the last event of a stream has. */
  readonly end: string;
  /** Streams at the same time. */
  readonly concurrent: number;
  /** How many each connection reads, one after the other. */
  readonly rounds: number;
  /** Ends it early, with an error. */
  readonly signal?: AbortSignal;
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

/** @throws Error when a stream does not end as a message does; then none is read on */
export async function readStreams({
  port,
  concurrent,
  rounds,
  signal,
  ...stream
}: Streams): Promise<StreamTimes> {
  const end = new AbortController();
  const closed = AbortSignal.any(signal === undefined ? [end.signal] : [end.signal, signal]);
  const times: StreamTimes = { headMs: [], chunkMs: [] };
  const zero = zeroOfClock();
  const clients = Array.from({ length: concurrent }, async (_, i) => {
    await new Promise((resolve) => setTimeout(resolve, (i * SPREAD_MS) / concurrent));
    const connection = new Connection(port, closed);
    for (let round = 0; round < rounds; round++) await readStream(connection, stream, times, zero);
  });
  try {
    await Promise.all(clients);
  } finally {
    end.abort();
  }
  return times;
}

/**
 * Both clocks are the machine's monotonic one; they differ in where they begin.
 * @returns what performance.now() lacks to the clock of the time stamps, ms
 */
function zeroOfClock(): number {
  let [zero, least] = [0, Number.POSITIVE_INFINITY];
  // What may come between two looks at a clock is least in the best of some tries.
  for (let n = 0; n < 10; n++) {
    const before = performance.now();
    const stamp = Number(process.hrtime.bigint() / 1000n) / 1000;
    const after = performance.now();
    if (after - before < least) [zero, least] = [stamp - (before + after) / 2, after - before];
  }
  return zero;
}

async function readStream(
  connection: Connection,
  { request, end }: Pick<Streams, 'request' | 'end'>,
  times: StreamTimes,
  zero: number,
): Promise<void> {
  const sent = performance.now();
  let ended = false;
  let before = '';
  await connection.call(request, {
    head: (at) => times.headMs.push(at - sent),
    data: (piece, at) => {
      const begin = piece.toString('latin1', 0, end.length);
      ended ||= piece.includes(end) || (before + begin).includes(end);
      before = (before + piece.toString('latin1', Math.max(0, piece.length - end.length))).slice(-end.length);
      for (let i = piece.indexOf(MARK); i >= 0; i = piece.indexOf(MARK, i + DIGITS)) {
        const stamp = Number(piece.toString('latin1', i + 1, i + 1 + DIGITS));
        if (stamp > 0) times.chunkMs.push(at + zero - stamp / 1000);
      }
    },
  });
  if (!ended) throw new Error('a stream ended before its message did');
}
