/** Tollgate as users run it: limits, rates and conditions on every call, ledger and audit log on. */
import { targetAt } from '../traffic/request.ts';
import { countLedger } from '../under-test/ledger.ts';
import { type SidecarSetup, startSidecar } from '../under-test/sidecar.ts';
import type { Peer } from './peer.ts';

export function tollgate(version: string, setup: SidecarSetup): Peer {
  return {
    name: 'Tollgate',
    version,
    how: 'reads every byte, with limits, rates and conditions on tool calls (policies/), ledger and audit log on',
    compiles: true,
    install: () => {},
    speaks: () => true,
    async start() {
      const sidecar = await startSidecar(setup);
      return {
        process: sidecar.process,
        startMs: sidecar.startMs,
        target: (wire, streamed) => {
          const { port, path, headers } = targetAt(sidecar.port, wire);
          const provider = wire.id === 'anthropic-messages' ? '' : `/openai-${streamed ? 'stream' : 'json'}`;
          return { port, path: `${provider}${path}`, headers };
        },
        async stop(calls) {
          await sidecar.stop();
          if (calls !== undefined) countLedger(sidecar.database, calls);
        },
      };
    },
  };
}
