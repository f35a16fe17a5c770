/** What every measurement of the cluster has at hand. */
import type { Cores } from '../under-test/cores.ts';

export interface Measuring {
  /** What is measured has one core for itself, where it is not pods. */
  readonly cores: Cores;
  /** Removed at the end. */
  readonly folder: string;
  /** dist/tollgate.js of the build that is measured. */
  readonly bundle: string;
  /** More flags for Node, such as --cpu-prof. */
  readonly nodeFlags: readonly string[];
  /** How often what takes seconds is done. */
  readonly rounds: number;
  say(line: string): void;
}
