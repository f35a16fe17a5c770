/** What a proxy adds to a call at an easy pace: the middle latency through it, less that without it. */
import type { Row } from '../bars.ts';
import type { Bench } from '../bench.ts';
import { pace } from '../load/pace.ts';
import { figure, median } from '../statistics.ts';
import { messages } from '../traffic/messages.ts';
import { httpRequest, requestBody, targetAt } from '../traffic/request.ts';
import { waitedSeconds } from '../under-test/process.ts';
import { startWarm } from './warm.ts';

/** Calls per second. */
const RATE = 200;
const BYTES = 2048;

/** @returns the row of what is added to a call, ms; @throws Error when calls and ledger don't agree */
export async function measureLatency(bench: Bench): Promise<Row[]> {
  const { plan, floor, bare: idle, otherProvider } = bench;
  const body = requestBody({ wire: messages, bytes: BYTES });
  const { sidecar, finish } = await startWarm(bench);
  const window = (port: number, seconds: number) =>
    pace({ port, request: httpRequest(targetAt(port, messages), body), rate: RATE, seconds });

  let calls = 0;
  const waited: number[] = [];
  const ofTollgate = async (seconds: number) => {
    const before = waitedSeconds(sidecar.process.pid);
    const latencies = await window(sidecar.port, seconds);
    waited.push((waitedSeconds(sidecar.process.pid) - before) / seconds);
    calls += latencies.length;
    return median(latencies);
  };
  await window(otherProvider.port, 1);
  await window(floor.json, 1);
  await window(idle.port, 1);
  await ofTollgate(1);
  const direct: number[] = [];
  const nginx: number[] = [];
  const bare: number[] = [];
  const tollgate: number[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    direct.push(median(await window(otherProvider.port, plan.paceS)));
    nginx.push(median(await window(floor.json, plan.paceS)));
    bare.push(median(await window(idle.port, plan.paceS)));
    tollgate.push(await ofTollgate(plan.paceS));
  }
  await finish(calls);

  const over = (latencies: readonly number[]) => latencies.map((ms, i) => ms - (direct[i] ?? Number.NaN));
  return [
    {
      bar: 'added',
      value: figure(over(tollgate)),
      tollgate: `${median(tollgate).toFixed(2)} ms (direct ${median(direct).toFixed(2)})`,
      nginx: `${median(nginx).toFixed(2)} ms (+${median(over(nginx)).toFixed(2)})`,
      bare: `${median(bare).toFixed(2)} ms (+${median(over(bare)).toFixed(2)})`,
      waited: median(waited),
    },
  ];
}
