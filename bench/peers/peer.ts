/** What is measured beside Tollgate: one interface, and a file for each that has it. */
import { readFileSync } from 'node:fs';
import type { Target } from '../traffic/request.ts';
import type { WireTraffic } from '../traffic/wire.ts';
import type { Expected } from '../under-test/ledger.ts';
import { accepting, type Started, type StartOptions, start, stop } from '../under-test/process.ts';

export interface Peer {
  /** The head of its column. */
  readonly name: string;
  readonly version: string;
  /** What it is and how it runs, for a note under the table: a sentence. */
  readonly how: string;
  /** Whether it gets faster by being called: V8 compiles what is called often. */
  readonly compiles: boolean;
  /** Makes sure that it is here. @throws Missing when it can't be had */
  install(say: (line: string) => void): void;
  /** Whether it takes calls of this wire. */
  speaks(wire: WireTraffic): boolean;
  /** @returns it, accepting connections; @throws Error when it ends before it does */
  start(setup: PeerSetup): Promise<Running>;
}

/** A peer that can't be had on this machine, and why, as the registry said it. */
export class Missing extends Error {
  override readonly name = 'Missing';
}

export interface PeerSetup {
  /** For its configuration and what it writes. */
  readonly folder: string;
  readonly cores: string;
  /** Ports of the provider that answers with JSON, and of the one that answers with streams. */
  readonly providers: { readonly json: number; readonly stream: number };
}

export interface Running {
  readonly process: Started;
  /** From its spawning to the first connection it accepted, ms. */
  readonly startMs: number;
  /** @param stream whether a stream is asked for: the other provider gives those */
  target(wire: WireTraffic, stream: boolean): Target;
  /**
   * Ends it.
   * @param calls what it has done, for a peer that keeps books
   * @throws Error when its books differ
   */
  stop(calls?: Expected): Promise<void>;
}

/** Some import hundreds of files before they listen. */
const PATIENCE_MS = 90_000;

/**
 * Starts a program that listens on a port it was told.
 * @returns what all such peers have in common
 * @throws Error with the end of its log when it does not listen
 */
export async function startOn(
  port: number,
  options: StartOptions & { readonly log: string },
): Promise<Pick<Running, 'process' | 'startMs' | 'stop'>> {
  const started = performance.now();
  const process = start(options);
  try {
    await accepting(port, PATIENCE_MS, process);
  } catch (error) {
    await stop(process, 1_000);
    const [said] = readFileSync(options.log, 'utf8').trimEnd().split('\n').slice(-1);
    throw new Error(`${error instanceof Error ? error.message : error}; the last that it said: ${said}`);
  }
  return {
    process,
    startMs: performance.now() - started,
    async stop() {
      await stop(process, 3_000);
    },
  };
}
