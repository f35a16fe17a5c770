/**
 * From the spawning of the process to the first connection it accepts, with its code compiled before, and without.
 * Beside it, what Node takes to start and end without doing anything.
 */
import type { Row } from '../bars.ts';
import type { Bench } from '../bench.ts';
import { figure, median } from '../statistics.ts';
import { start, waitedSeconds } from '../under-test/process.ts';
import { type SidecarSetup, startSidecar } from '../under-test/sidecar.ts';

/** @returns the rows of how long a start takes, ms */
export async function measureStart({ plan, sidecar }: Bench): Promise<Row[]> {
  // Node writes what it compiled when it ends.
  await timeStart(sidecar);
  const compiled: Start[] = [];
  const fresh: Start[] = [];
  const empty: number[] = [];
  for (let n = 0; n < plan.starts; n++) {
    compiled.push(await timeStart(sidecar));
    fresh.push(await timeStart({ ...sidecar, cache: undefined }));
    empty.push(await timeEmpty(sidecar.cores));
  }
  const middle = (starts: readonly Start[]) => median(starts.map(({ ms }) => ms)).toFixed(0);
  return [
    {
      bar: 'start',
      value: figure(compiled.map(({ ms }) => ms)),
      tollgate: `${middle(fresh)} ms without compiled code; Node alone ${median(empty).toFixed(0)} ms`,
      nginx: '',
      waited: median(compiled.map(({ waited }) => waited)),
    },
  ];
}

interface Start {
  readonly ms: number;
  /** The part of it in which others had the core. */
  readonly waited: number;
}

async function timeStart(setup: SidecarSetup): Promise<Start> {
  const { process, startMs, stop } = await startSidecar(setup);
  const waited = (waitedSeconds(process.pid) * 1000) / startMs;
  await stop();
  return { ms: startMs, waited };
}

async function timeEmpty(cores: string): Promise<number> {
  const started = performance.now();
  await start({ name: 'node', cores, command: [process.execPath, '-e', '0'] }).ended;
  return performance.now() - started;
}
