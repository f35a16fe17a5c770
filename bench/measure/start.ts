/**
 * From the spawning of the process to the first connection it accepts, with its code compiled before, and without.
 * What Node takes to start and end without doing anything is the floor.
 */
import type { Row } from '../bars.ts';
import type { Bench } from '../bench.ts';
import { figure, median } from '../statistics.ts';
import { start } from '../under-test/process.ts';
import { type SidecarSetup, startSidecar } from '../under-test/sidecar.ts';

export async function measureStart({ plan, sidecar }: Bench): Promise<Row[]> {
  // Node writes what it compiled when it ends.
  await timeStart(sidecar);
  const compiled: number[] = [];
  const fresh: number[] = [];
  const empty: number[] = [];
  for (let n = 0; n < plan.starts; n++) {
    compiled.push(await timeStart(sidecar));
    fresh.push(await timeStart({ ...sidecar, cache: undefined }));
    empty.push(await timeEmpty(sidecar.cores));
  }
  const floor = median(empty);
  const tollgate = `${median(fresh).toFixed(0)} ms without compiled code; Node alone ${floor.toFixed(0)} ms`;
  return [{ bar: 'start', value: figure(compiled), tollgate, nginx: '', floor }];
}

async function timeStart(setup: SidecarSetup): Promise<number> {
  const { startMs, stop } = await startSidecar(setup);
  await stop();
  return startMs;
}

async function timeEmpty(cores: string): Promise<number> {
  const started = performance.now();
  await start({ name: 'node', cores, command: [process.execPath, '-e', '0'] }).ended;
  return performance.now() - started;
}
