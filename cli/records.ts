/** The records of this machine, opened to be read. */
import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { openReadOnly, type StatePaths, statePaths } from '../adapters/sqlite/state.ts';
import { UsageError } from './output.ts';
import { type StateOptions, stateFolder } from './state-folder.ts';

/** @returns a sentence for where no run has been yet */
export function nothingYet(options: StateOptions): string {
  const { folder } = statePaths(stateFolder(options));
  return `Nothing is recorded yet at ${folder}${options.rehearsal ? '' : ' (rehearsals: --rehearsal)'}.`;
}

/** @returns undefined where no run has been yet; @throws StateError */
export function openRecordsIfAny(options: StateOptions): DatabaseSync | undefined {
  const { database } = statePaths(stateFolder(options));
  return existsSync(database) ? openReadOnly(database) : undefined;
}

/** @throws UsageError where no run has been yet, StateError */
export function openRecords(options: StateOptions): { db: DatabaseSync; paths: StatePaths } {
  const db = openRecordsIfAny(options);
  if (!db) throw new UsageError(nothingYet(options));
  return { db, paths: statePaths(stateFolder(options)) };
}
