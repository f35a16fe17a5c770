/**
 * Calls at a fixed pace, whatever becomes of those before ("open loop").
 *
 * A call's latency counts from the moment at which it was due, so that a server that stalls can't hide by keeping its
 * clients from asking. Timers are up to a millisecond late, more than what is measured: the last of the wait is spun,
 * letting what has arrived be read in between.
 */
import { median } from '../statistics.ts';
import { Connection } from './connection.ts';

export interface Pace {
  readonly port: number;
  readonly request: Buffer;
  /** Calls per second. */
  readonly rate: number;
  readonly seconds: number;
  /** Ends it early, with an error. */
  readonly signal?: AbortSignal;
}

/** Less than this between the beginning and the end is no queue, ms. */
const QUEUE_MS = 50;

/** How long before it is due a call is waited for without sleeping, ms. */
const SPIN_MS = 1.6;

/**
 * @returns the latency of each call, ms, in the order in which they were due
 * @throws Error of the first call that fails; then no more are made
 */
export async function pace({ port, request, rate, seconds, signal }: Pace): Promise<number[]> {
  const end = new AbortController();
  const closed = AbortSignal.any(signal === undefined ? [end.signal] : [end.signal, signal]);
  const idle: Connection[] = [];
  const latencies: number[] = [];
  const failures: unknown[] = [];
  const calls: Promise<void>[] = [];
  const started = performance.now() + 20;
  for (let n = 0; n < rate * seconds && failures.length === 0; n++) {
    const due = started + (n * 1000) / rate;
    await until(due);
    const connection = idle.pop() ?? new Connection(port, closed);
    const call = time(connection, request, due).then((latency) => {
      latencies[n] = latency;
      idle.push(connection);
    });
    calls.push(
      call.catch((error) => {
        failures.push(error);
        end.abort();
      }),
    );
  }
  await Promise.all(calls);
  end.abort();
  if (failures.length > 0) throw failures[0];
  return latencies;
}

/**
 * @param latencies of calls at a fixed pace, in the order in which they were due, ms
 * @param seconds in which they were due
 * @returns whether the server answered as fast as it was asked: else calls queue, and each waits longer than the one before
 */
export function keptUp(latencies: readonly number[], seconds: number): boolean {
  const third = Math.floor(latencies.length / 3);
  const [first, last] = [median(latencies.slice(0, third)), median(latencies.slice(-third))];
  const grew = last > 2 * first && last - first > QUEUE_MS;
  return !grew && last < (seconds * 1000) / 2;
}

async function time(connection: Connection, request: Buffer, due: number): Promise<number> {
  let last = 0;
  const note = (at: number) => {
    last = at;
  };
  await connection.call(request, { head: note, data: (_, at) => note(at) });
  return last - due;
}

async function until(due: number): Promise<void> {
  const sleep = due - SPIN_MS - performance.now();
  if (sleep > 0) await new Promise((resolve) => setTimeout(resolve, sleep));
  while (performance.now() < due) await new Promise((resolve) => setImmediate(resolve));
}
