/**
 * Requests per CPU-second of the proxy process, and its memory afterwards.
 *
 *   wrk ──> nginx ────> provider     windows take turns on one core: what disturbs this machine disturbs both.
 *   wrk ──> Tollgate ─> provider
 *   wrk ──> bare Node > provider     Wall clocks lie on shared machines; CPU time per request repeats within some percent.
 */
import type { BarName, Row } from '../bars.ts';
import type { Bench } from '../bench.ts';
import { saturate } from '../load/saturate.ts';
import { figure, median } from '../statistics.ts';
import { messages } from '../traffic/messages.ts';
import { targetAt } from '../traffic/request.ts';
import { cpuSeconds, residentMb } from '../under-test/process.ts';
import { startWarm, writeBody } from './warm.ts';

export interface Load {
  readonly bytes: number;
  readonly connections: number;
  readonly ratio: BarName;
  readonly memory: BarName;
}

interface Window {
  readonly requests: number;
  readonly perCpuSecond: number;
  /** How much of its core the proxy used, 0 to 1: below 1 somebody else was the bottleneck, or used the core too. */
  readonly busy: number;
}

/**
 * @returns the rows of requests per CPU-second, as a ratio to nginx, and of memory, MB
 * @throws Error when calls and ledger don't agree
 */
export async function measureThroughput(bench: Bench, load: Load): Promise<Row[]> {
  const { plan, cores, floor, bare: idle } = bench;
  const { connections } = load;
  const body = writeBody(bench, load.bytes);
  const { sidecar, finish } = await startWarm(bench);

  const window = async (pid: number, port: number, seconds: number): Promise<Window> => {
    const cpu = cpuSeconds(pid);
    const target = targetAt(port, messages);
    const requests = await saturate({ target, cores: cores.load, body, connections, seconds });
    const used = cpuSeconds(pid) - cpu;
    return { requests, perCpuSecond: requests / used, busy: used / seconds };
  };
  const ofNginx = (seconds: number) => window(floor.process.pid, floor.json, seconds);
  const ofBare = (seconds: number) => window(idle.process.pid, idle.port, seconds);
  const ofTollgate = (seconds: number) => window(sidecar.process.pid, sidecar.port, seconds);

  await ofNginx(1);
  await ofBare(plan.warmS / 2);
  const warmed = await ofTollgate(1);
  const nginx: Window[] = [];
  const bare: Window[] = [];
  const tollgate: Window[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    nginx.push(await ofNginx(plan.windowS));
    bare.push(await ofBare(plan.windowS));
    tollgate.push(await ofTollgate(plan.windowS));
  }
  const memory = residentMb(sidecar.process.pid);
  const replies = tollgate.reduce((sum, { requests }) => sum + requests, warmed.requests);
  await finish(replies, (1 + plan.rounds) * connections);

  const ratios = tollgate.map(({ perCpuSecond }, i) => perCpuSecond / (nginx[i]?.perCpuSecond ?? Number.NaN));
  const nginxMemory = `${residentMb(floor.process.pid).toFixed(0)} MB`;
  return [
    {
      bar: load.ratio,
      value: figure(ratios),
      tollgate: describe(tollgate),
      nginx: describe(nginx),
      bare: describe(bare),
    },
    {
      bar: load.memory,
      value: figure([memory]),
      tollgate: '',
      nginx: nginxMemory,
      bare: `${residentMb(idle.process.pid).toFixed(0)} MB`,
    },
  ];
}

function describe(windows: readonly Window[]): string {
  const rate = Math.round(median(windows.map(({ perCpuSecond }) => perCpuSecond)));
  const busy = Math.round(100 * median(windows.map((window) => window.busy)));
  return `${rate.toLocaleString('en')}/s (core ${busy} % busy)`;
}
