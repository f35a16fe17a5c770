/** A hundred streams at once, an event each 10 ms: what an event costs, and how soon the head of a reply is there. */
import type { Row } from '../bars.ts';
import type { Bench } from '../bench.ts';
import { readStreams } from '../load/streams.ts';
import { figure, median } from '../statistics.ts';
import { messages } from '../traffic/messages.ts';
import { httpRequest, requestBody, targetAt } from '../traffic/request.ts';
import { EVENTS } from '../traffic/wire.ts';
import { cpuSeconds, waitedSeconds } from '../under-test/process.ts';
import { startWarm } from './warm.ts';

const CONCURRENT = 100;
const BYTES = 2048;

interface Window {
  /** CPU time of the proxy, µs; what a stream costs at its beginning and end is in it. */
  readonly perChunk: number;
  /** p50, ms. */
  readonly head: number;
  /** From the provider to the client, p50, ms. */
  readonly delay: number;
  /** The part of the time in which others had the proxy's core. */
  readonly waited: number;
}

/**
 * @returns the rows of CPU per event, as a ratio to nginx, and of the time to the head, ms over nginx
 * @throws Error when calls and ledger don't agree
 */
export async function measureStreams(bench: Bench): Promise<Row[]> {
  const { plan, floor } = bench;
  const body = requestBody({ wire: messages, bytes: BYTES, stream: true });
  const { sidecar, finish } = await startWarm(bench);

  const window = async (pid: number, port: number, rounds: number): Promise<Window> => {
    const [cpu, waited, started] = [cpuSeconds(pid), waitedSeconds(pid), performance.now()];
    const request = httpRequest(targetAt(port, messages), body);
    const end = messages.streamEnd;
    const { headMs, chunkMs } = await readStreams({ port, request, end, concurrent: CONCURRENT, rounds });
    const used = cpuSeconds(pid) - cpu;
    const chunks = CONCURRENT * rounds * EVENTS;
    return {
      perChunk: (used * 1e6) / chunks,
      head: median(headMs),
      delay: median(chunkMs),
      waited: (waitedSeconds(pid) - waited) / ((performance.now() - started) / 1000),
    };
  };
  const ofNginx = (rounds: number) => window(floor.process.pid, floor.stream, rounds);
  let streams = 0;
  const ofTollgate = (rounds: number) => {
    streams += CONCURRENT * rounds;
    return window(sidecar.process.pid, sidecar.port, rounds);
  };

  await ofNginx(1);
  await ofTollgate(plan.streamRounds);
  const nginx: Window[] = [];
  const tollgate: Window[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    nginx.push(await ofNginx(plan.streamRounds));
    tollgate.push(await ofTollgate(plan.streamRounds));
  }
  await finish(streams, 0, streams);

  const compare = (how: (tollgate: Window, nginx: Window) => number) =>
    figure(tollgate.map((window, i) => how(window, nginx[i] as Window)));
  const cost = (windows: readonly Window[]) => {
    const delay = median(windows.map((window) => window.delay)).toFixed(2);
    return `${median(windows.map(({ perChunk }) => perChunk)).toFixed(1)} µs (${delay} ms late)`;
  };
  const heads = (windows: readonly Window[]) => median(windows.map(({ head }) => head));
  return [
    {
      bar: 'chunk',
      value: compare((t, n) => t.perChunk / n.perChunk),
      tollgate: cost(tollgate),
      nginx: cost(nginx),
    },
    {
      bar: 'head',
      value: compare((t, n) => t.head - n.head),
      tollgate: `${heads(tollgate).toFixed(2)} ms`,
      nginx: `${heads(nginx).toFixed(2)} ms`,
      waited: median(tollgate.map((window) => window.waited)),
    },
  ];
}
