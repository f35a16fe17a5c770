/**
 * `make test`: everything, one step after the other, each said with what it does and how long it took. Nothing is
 * skipped: a step that fails lets the others run, so that one run says all that is wrong, and is named again at the end.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { untilSameDayMs } from '../test/support/same-day.ts';
import { SETS } from './client-sets.ts';
import { installClients } from './install-clients.ts';
import { root, runTests, testFiles } from './test-files.ts';

/** What tests write goes here, and is searched for secrets when all is done. */
const output = join(root, '.cache', 'test-output');

interface Step {
  readonly what: string;
  run(): number;
}

const inClients = (file: string) => file.startsWith('test/clients/');

const steps: readonly Step[] = [
  { what: 'format, lint, types, generated files, unit tests', run: () => npm(['run', '--silent', 'check']) },
  {
    what: 'clients at their pinned versions (about 3.2 GB, kept for the next time)',
    run: () => installClients(SETS.filter(({ inTests }) => inTests)),
  },
  {
    what: 'Kubernetes, etcd, helm and a MongoDB server, from source (about nine minutes, kept for the next time)',
    run: () => node(['test/cluster/run.ts', 'build', 'etcd', 'kube-apiserver', 'ferretdb', 'helm']),
  },
  {
    what: 'processes, kills, fuzzing',
    run: () =>
      runTests(
        testFiles('slow').filter((file) => !inClients(file)),
        ['--test-concurrency=2'],
      ),
  },
  {
    what: 'real clients: Claude Code, Codex, OpenCode, OpenClaw, SDKs and frameworks for Node and Python',
    run: () => runTests(testFiles('slow').filter(inClients), ['--test-concurrency=1']),
  },
  { what: 'the demo', run: demo },
  { what: 'no key in anything that was written', run: () => node(['scripts/no-secrets.ts', output]) },
];

rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
process.env.TOLLGATE_TEST_OUTPUT = output;

const started = performance.now();
const failed: string[] = [];
for (const { what, run } of steps) {
  console.log(`\n── ${what}`);
  const began = performance.now();
  const code = run();
  console.log(`── ${what}: ${code === 0 ? 'passed' : 'FAILED'} after ${seconds(began)}`);
  if (code !== 0) failed.push(what);
}
if (failed.length === 0) console.log(`\nEverything passed after ${seconds(started)}.`);
else console.log(`\nFAILED after ${seconds(started)}:\n${failed.map((what) => `- ${what}`).join('\n')}`);
process.exitCode = failed.length === 0 ? 0 : 1;

function npm(args: readonly string[], cwd = root): number {
  return spawnSync('npm', args, { cwd, stdio: 'inherit' }).status ?? 1;
}

/** It counts what a day may cost, in one day: at midnight it waits for the next. */
function demo(): number {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, untilSameDayMs());
  return npm(['run', '--silent', 'demo']);
}

function node(args: readonly string[]): number {
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(0)} s`;
}
