/** From the spawning of the process to the first connection it accepts, with its code compiled before and without. */
import type { Row } from '../bars.ts';
import type { Bench } from '../bench.ts';
import { figure } from '../statistics.ts';
import { type SidecarSetup, startSidecar } from '../under-test/sidecar.ts';

export async function measureStart({ plan, sidecar }: Bench): Promise<Row[]> {
  const start = async (setup: SidecarSetup): Promise<number> => {
    const { startMs, stop } = await startSidecar(setup);
    await stop();
    return startMs;
  };
  // Node writes what it compiled when it ends.
  await start(sidecar);
  const warm: number[] = [];
  const cold: number[] = [];
  for (let n = 0; n < plan.starts; n++) {
    warm.push(await start(sidecar));
    cold.push(await start({ ...sidecar, cache: undefined }));
  }
  const { median } = figure(cold);
  return [
    {
      bar: 'start',
      value: figure(warm),
      tollgate: `${median.toFixed(0)} ms without compiled code`,
      nginx: '',
    },
  ];
}
