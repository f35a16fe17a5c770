/** What every measurement has at hand, and how long it may take. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cores, chooseCores, pinSelf } from './under-test/cores.ts';
import { type Floor, type JsonProvider, startFloor, startJsonProvider } from './under-test/nginx.ts';
import { firstLine, killAll, type Started, start } from './under-test/process.ts';
import { copyBundle, policiesFor, type SidecarSetup } from './under-test/sidecar.ts';

export interface Plan {
  /** Windows of each kind in a measurement; they take turns. */
  readonly rounds: number;
  /** One window at full speed, s; whole numbers, as wrk takes them. */
  readonly windowS: number;
  /** At full speed before the first window, s: V8 has compiled what there is to compile after some 25,000 calls. */
  readonly warmS: number;
  /** One window at a fixed pace, s. */
  readonly paceS: number;
  /** Streams that each connection reads in a window; one takes half a second. */
  readonly streamRounds: number;
  readonly starts: number;
}

/** About six minutes. */
export const FULL: Plan = { rounds: 5, windowS: 3, warmS: 10, paceS: 4, streamRounds: 6, starts: 11 };
/** Less than two minutes, for CI. */
export const QUICK: Plan = { rounds: 3, windowS: 2, warmS: 4, paceS: 1.5, streamRounds: 3, starts: 5 };

export interface Bench {
  readonly plan: Plan;
  readonly cores: Cores;
  /** Removed at the end. */
  readonly folder: string;
  readonly floor: Floor;
  /** Passes on what it gets, on Node and in Tollgate's way, and does nothing else. */
  readonly bare: { readonly process: Started; readonly port: number };
  /** Answers Tollgate's calls and nobody else's, so that they can be counted. */
  readonly provider: JsonProvider;
  /** Answers all other calls: those of nginx, of the bare proxy, and without one. */
  readonly otherProvider: JsonProvider;
  /** Port of the provider that answers with streams, whoever calls. */
  readonly stream: number;
  readonly sidecar: SidecarSetup;
  say(line: string): void;
}

export interface BenchOptions {
  readonly plan: Plan;
  readonly bundle: string;
  readonly nodeFlags: readonly string[];
  readonly say: (line: string) => void;
}

/** Starts what the measurements share, lets `run` work with it, and ends all of it. */
export async function withBench<T>(options: BenchOptions, run: (bench: Bench) => Promise<T>): Promise<T> {
  const cores = chooseCores();
  pinSelf(cores.load);
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
  const interrupt = () => process.exit(130);
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const cleanUp = () => {
    killAll();
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', cleanUp);
  try {
    const provider = await startJsonProvider(folder, cores.load, 'provider');
    const otherProvider = await startJsonProvider(folder, cores.load, 'other-provider');
    const stream = (await startProgram('stream-provider', cores.load)).port;
    const bare = await startProgram('bare-proxy', cores.proxy, String(otherProvider.port));
    const floor = await startFloor(folder, cores.proxy, { json: otherProvider.port, stream });
    const sidecar = {
      folder,
      cores: cores.proxy,
      bundle: copyBundle(folder, options.bundle),
      policies: policiesFor(folder, { json: provider.port, stream }),
      cache: join(folder, 'cache'),
      nodeFlags: options.nodeFlags,
    };
    const { plan, say } = options;
    return await run({ plan, cores, folder, floor, bare, provider, otherProvider, stream, sidecar, say });
  } finally {
    process.off('exit', cleanUp).off('SIGINT', interrupt).off('SIGTERM', interrupt);
    cleanUp();
  }
}

/** Starts a program beside the traffic; it prints its port. */
async function startProgram(name: 'stream-provider' | 'bare-proxy', cores: string, ...args: string[]) {
  const program = join(import.meta.dirname, 'traffic', `${name}.ts`);
  const process = start({ name, cores, command: [globalThis.process.execPath, program, ...args] });
  return { process, port: Number(await firstLine(process)) };
}
