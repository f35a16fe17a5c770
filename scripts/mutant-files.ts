/** What `make mutants` breaks: the mutants.json of each folder. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './test-files.ts';

export interface Mutant {
  /** The file that is broken. */
  readonly file: string;
  /** What is broken in it; it has to stand there once. */
  readonly search: string;
  readonly replace: string;
  /** The test file that has to turn red. */
  readonly test: string;
}

/** @returns all mutants, by the mutants.json in which they stand */
export function mutantFiles(): ReadonlyMap<string, readonly Mutant[]> {
  const files = globSync('**/mutants.json', {
    cwd: root,
    exclude: (path) => /(^|\/)(node_modules|dist|\.cache)$/.test(path),
  });
  return new Map(
    files.sort().map((file) => [file, JSON.parse(readFileSync(join(root, file), 'utf8')) as Mutant[]]),
  );
}

/** @returns why a mutant tests nothing any more, if so */
export function staleness({ search, replace }: Mutant, text: string): string | undefined {
  const times = text.split(search).length - 1;
  if (times !== 1) return `its text stands there ${times === 0 ? 'no more' : `${times} times`}`;
  return search === replace ? 'it changes nothing' : undefined;
}
