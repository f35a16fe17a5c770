/**
 * Calls at a fixed pace, whatever becomes of those before ("open loop").
 *
 * A call's latency counts from the moment at which it was due, so that a server that stalls can't hide by keeping its
 * clients from asking. Timers are up to a millisecond late, more than what is measured: the last of the wait is spun,
 * letting what has arrived be read in between.
 */
import { Connection } from './connection.ts';

export interface Pace {
  readonly port: number;
  readonly request: Buffer;
  /** Calls per second. */
  readonly rate: number;
  readonly seconds: number;
}

/** How long before it is due a call is waited for without sleeping, ms. */
const SPIN_MS = 1.6;

/** @returns the latency of each call, ms */
export async function pace({ port, request, rate, seconds }: Pace): Promise<number[]> {
  const idle: Connection[] = [];
  const all: Connection[] = [];
  const latencies: number[] = [];
  const calls: Promise<void>[] = [];
  const started = performance.now() + 20;
  for (let n = 0; n < rate * seconds; n++) {
    const due = started + (n * 1000) / rate;
    await until(due);
    let connection = idle.pop();
    if (connection === undefined) {
      connection = new Connection(port);
      all.push(connection);
    }
    calls.push(time(connection, request, due, latencies, idle));
  }
  await Promise.all(calls);
  for (const connection of all) connection.close();
  return latencies;
}

async function time(
  connection: Connection,
  request: Buffer,
  due: number,
  latencies: number[],
  idle: Connection[],
): Promise<void> {
  let last = 0;
  const note = (at: number) => {
    last = at;
  };
  await connection.call(request, { head: note, data: (_, at) => note(at) });
  latencies.push(last - due);
  idle.push(connection);
}

async function until(due: number): Promise<void> {
  const sleep = due - SPIN_MS - performance.now();
  if (sleep > 0) await new Promise((resolve) => setTimeout(resolve, sleep));
  while (performance.now() < due) await new Promise((resolve) => setImmediate(resolve));
}
