/**
 * Which tests there are: fast ones run in `make check`; slow ones (processes, kills, fuzzing) and proofs (in a real
 * cluster) in `make test` only.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');

/** @returns paths from the root, sorted */
export function testFiles(kind: 'fast' | 'slow' | 'proof'): string[] {
  return globSync(kind === 'proof' ? '**/*.proof.ts' : '**/*.test.ts', {
    cwd: root,
    exclude: (path) => /(^|\/)(node_modules|dist|\.cache)$/.test(path),
  })
    .filter((file) => file.endsWith('.slow.test.ts') === (kind === 'slow'))
    .sort();
}

/** @returns the exit code of node --test */
export function runTests(files: readonly string[], options: readonly string[] = []): number {
  const result = spawnSync(process.execPath, ['--test', ...options, ...files], {
    cwd: root,
    stdio: 'inherit',
  });
  return result.status ?? 1;
}
