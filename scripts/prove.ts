/**
 * `make prove`: what needs a whole cluster, in a real one, one file after the other. Arguments name some of them: `escape`,
 * `runner`. A cluster that runs is used; it is ended afterwards.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, runTests, testFiles } from './test-files.ts';

/** What containers have written is searched for keys when all is done. */
const output = join(root, '.cache', 'proof-output');

const wanted = process.argv.slice(2);
const files = testFiles('proof').filter(
  (file) => wanted.length === 0 || wanted.some((part) => file.includes(part)),
);
if (files.length === 0) throw new Error(`no proof is called ${wanted.join(' or ')}`);
rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
process.env.TOLLGATE_TEST_OUTPUT = output;
const codes = [
  runTests(files, ['--test-concurrency=1']),
  node('test/cluster/run.ts', 'logs', join(output, 'cluster')),
  node('test/cluster/run.ts', 'down'),
  node('scripts/no-secrets.ts', output),
];
process.exitCode = codes.some((code) => code !== 0) ? 1 : 0;

function node(...args: string[]): number {
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
}
