/**
 * Makes the lock files of the Python clients anew, after a change to a requirements.in: every package that they need, at
 * one version for all platforms, with its hashes.
 *
 *   node scripts/lock-python-clients.ts
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { environment, pythonLock, SETS } from './client-sets.ts';

/** The resolver, itself a package; only who changes requirements needs it. */
const RESOLVER = 'uv==0.13.9';
/** The oldest that has to do. */
const OLDEST_PYTHON = '3.11';

const tools = join(dirname(environment('sdks')), 'lock');
if (!existsSync(tools)) run('python3', ['-m', 'venv', tools]);
run(join(tools, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', RESOLVER]);
for (const set of SETS) {
  if (set.kind !== 'python') continue;
  const lock = pythonLock(set.name);
  run(join(tools, 'bin', 'uv'), [
    ...['pip', 'compile', '--quiet', '--universal', '--python-version', OLDEST_PYTHON],
    ...['--generate-hashes', '--no-annotate', '--no-header', '--no-emit-index-url'],
    ...[join(dirname(lock), 'requirements.in'), '-o', lock],
  ]);
  console.log(`${set.what}: ${lock}`);
}

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
