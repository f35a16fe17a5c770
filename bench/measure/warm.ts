/** A sidecar whose code is compiled, as in a process that has worked for a while. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { saturate } from '../load/saturate.ts';
import { messages } from '../traffic/messages.ts';
import { requestBody, targetAt } from '../traffic/request.ts';
import type { WireTraffic } from '../traffic/wire.ts';
import { countLedger } from '../under-test/ledger.ts';
import { type Sidecar, startSidecar } from '../under-test/sidecar.ts';

const CONNECTIONS = 64;

export interface Warm {
  readonly sidecar: Sidecar;
  /**
   * Ends it, and counts its ledger.
   * @param succeeded replies that clients got in full
   * @param brokenOff calls that the end of a window may have broken off
   * @param streams those of `succeeded` that the provider of streams answered
   */
  finish(succeeded: number, brokenOff?: number, streams?: number): Promise<void>;
}

/** @returns a sidecar that has answered calls for as long as the plan says; to be finished by who asked for it */
export async function startWarm(bench: Bench): Promise<Warm> {
  const { plan, cores, provider, say } = bench;
  const before = await provider.calls();
  const sidecar = await startSidecar(bench.sidecar);
  const body = writeBody(bench, 2048);
  const target = targetAt(sidecar.port, messages);
  const load = { target, cores: cores.load, body, connections: CONNECTIONS };
  const warmed = await saturate({ ...load, seconds: plan.warmS });
  return {
    sidecar,
    async finish(succeeded, brokenOff = 0, streams = 0) {
      await sidecar.stop();
      const { leases, entries } = countLedger(sidecar.database, {
        succeeded: warmed + succeeded,
        brokenOff: CONNECTIONS + brokenOff,
        provided: (await provider.calls()) - before + streams,
      });
      say(`${warmed + succeeded} replies; the ledger has ${leases} leases and ${entries} entries: it agrees`);
    },
  };
}

/** @returns a file with the body of a request whose reply is not streamed */
export function writeBody(
  { folder }: Pick<Bench, 'folder'>,
  bytes: number,
  wire: WireTraffic = messages,
): string {
  const file = join(folder, `${wire.id}-${bytes}.json`);
  writeFileSync(file, requestBody({ wire, bytes }));
  return file;
}
