/** Tollgate as users run it: the bundle, with the policies beside this folder, and a state folder of its own. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { KEY } from '../traffic/wire.ts';
import { accepting, firstLine, type Started, start, stop } from './process.ts';

/** Node's, for a proxy that shares a pod with an agent: little memory, no debugger by signal. */
const NODE_FLAGS = ['--max-semi-space-size=16', '--max-old-space-size=96', '--disable-sigusr1'];

export interface SidecarSetup {
  /** Where runs get their folders. */
  readonly folder: string;
  readonly cores: string;
  /** The command's file in the folder of the bundle. */
  readonly bundle: string;
  readonly policies: string;
  /** The user's cache folder, in which Node keeps what it compiled; undefined: nothing is kept. */
  readonly cache: string | undefined;
  /** More flags for Node, such as --cpu-prof. */
  readonly nodeFlags: readonly string[];
}

export interface Sidecar {
  readonly process: Started;
  readonly port: number;
  /** From its spawning to the first connection it accepted, ms. */
  readonly startMs: number;
  readonly database: string;
  /** Lets it end by itself. @throws Error when it ends badly */
  stop(): Promise<void>;
}

let runs = 0;

/** @returns a sidecar that accepts connections; @throws Error when it ends before it does */
export async function startSidecar(setup: SidecarSetup): Promise<Sidecar> {
  const state = join(setup.folder, `state-${++runs}`);
  const started = performance.now();
  const process = start({
    name: 'tollgate',
    cores: setup.cores,
    command: [
      globalThis.process.execPath,
      ...NODE_FLAGS,
      ...setup.nodeFlags,
      setup.bundle,
      'sidecar',
      ...['--policies', setup.policies, '--state', state, '--port', '0', '--log-level', 'silent'],
    ],
    env: {
      TOLLGATE_KEY: KEY,
      ANTHROPIC_API_KEY: 'provider-bench-key',
      OPENAI_API_KEY: 'provider-bench-key',
      ...(setup.cache === undefined ? { NODE_DISABLE_COMPILE_CACHE: '1' } : { XDG_CACHE_HOME: setup.cache }),
    },
  });
  const { url } = JSON.parse(await firstLine(process, '{')) as { url: string };
  const port = Number(new URL(url).port);
  await accepting(port);
  return {
    process,
    port,
    startMs: performance.now() - started,
    database: join(state, 'tollgate.db'),
    async stop() {
      const code = await stop(process);
      if (code !== 0) throw new Error(`tollgate ended with code ${code}`);
    },
  };
}

/**
 * Puts the ports of the providers at hand into a copy of the policies.
 * @returns the copy
 */
export function policiesFor(
  folder: string,
  ports: { readonly json: number; readonly stream: number },
): string {
  const copy = join(folder, 'policies');
  mkdirSync(copy);
  cpSync(join(import.meta.dirname, '..', 'policies'), copy, { recursive: true });
  for (const name of readdirSync(copy)) {
    const file = join(copy, name);
    const text = readFileSync(file, 'utf8');
    const changed = text.replaceAll(':18081', `:${ports.json}`).replaceAll(':18082', `:${ports.stream}`);
    writeFileSync(file, changed);
  }
  return copy;
}

/**
 * Keeps the build that is measured, whatever is built meanwhile.
 * @param bundle dist/tollgate.js of some build
 * @returns its copy
 */
export function copyBundle(folder: string, bundle: string): string {
  const copy = join(folder, 'dist');
  cpSync(dirname(bundle), copy, { recursive: true });
  return join(copy, basename(bundle));
}
