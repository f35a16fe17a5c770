/**
 * `make bench CLUSTER=1`: what governing costs a cluster.
 *
 *   control ── 1,000 sidecars, real API server, Redis and MongoDB on loopback; no pods
 *   ready   ── the same pod with and without the annotation, in a cluster
 *   webhook ── 50 pods a second, as a dry run
 *   scale   ── 1,000 AgentRunners and 5,000 pods that no node runs
 *
 * It takes root. --only names measurements, --json is for programs, --profile keeps profiles of control in a folder. Ends
 * with 1 when a figure is worse than twice its bar, or when something could not be measured.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeHost, describeMachine } from '../machine.ts';
import { chooseCores } from '../under-test/cores.ts';
import { killAll } from '../under-test/process.ts';
import { copyBundle } from '../under-test/sidecar.ts';
import { measureControl } from './control/measure.ts';
import { endCluster } from './in-cluster.ts';
import type { Measuring } from './measuring.ts';
import { measureReady } from './pods/ready.ts';
import { measureScale } from './pods/scale.ts';
import { measureWebhook } from './pods/webhook.ts';
import { far, markdown, type Result, table } from './result.ts';

const MEASURES: Readonly<Record<string, (measuring: Measuring) => Promise<Result[]>>> = {
  control: measureControl,
  ready: measureReady,
  webhook: measureWebhook,
  scale: measureScale,
};

const root = join(import.meta.dirname, '../..');
const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(MEASURES).join(',') },
    rounds: { type: 'string', default: '5' },
    profile: { type: 'string' },
  },
});
const only = options.only.split(',');
const unknown = only.find((name) => !(name in MEASURES));
if (unknown !== undefined)
  throw new Error(`there is no measurement ${unknown}: ${Object.keys(MEASURES).join(', ')}`);

const say = (line: string): void => {
  process.stderr.write(`bench: ${line}\n`);
};

const machine = describeMachine(root);
say('building the bundle');
execFileSync(process.execPath, [join(root, 'scripts/build.ts')], { stdio: ['ignore', 2, 2] });
const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-cluster-'));
const cores = chooseCores();
process.once('exit', () => {
  killAll();
  rmSync(folder, { recursive: true, force: true });
});
const measuring: Measuring = {
  ...{ cores, folder, say },
  rounds: Number(options.rounds),
  bundle: copyBundle(folder, join(root, 'dist/tollgate.js')),
  nodeFlags:
    options.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(options.profile)}`],
};

const results: Result[] = [];
try {
  for (const name of only) results.push(...((await MEASURES[name]?.(measuring)) ?? []));
} finally {
  await endCluster();
}
if (options.json) console.log(JSON.stringify({ machine, results }, null, 2));
else
  console.log(
    [
      '',
      describeHost(machine),
      '',
      ...table(results),
      '',
      'For docs/measurements.md:',
      '',
      ...markdown(results),
    ].join('\n'),
  );
for (const { what } of far(results)) say(`${what}: worse than twice its bar`);
process.exit(far(results).length > 0 ? 1 : 0);
