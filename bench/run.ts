/**
 * `make bench`: Tollgate beside nginx, on this machine, in one run.
 *
 *   core for load                         core for the proxy            core for load
 *   wrk, or a client of our own ────────> nginx │ Tollgate, in turn ──> stand-in provider (JSON: nginx; streams: ours)
 *                                                    └──> ledger and audit log, counted against the calls
 *
 * Machines are small, shared and noisy: what counts is the ratio of windows that lie side by side, and CPU time rather
 * than the clock. Ends with 1 when a figure is worse than twice its bar, or when something could not be measured.
 * --quick takes less than two minutes, for CI; --only names measurements; --profile keeps profiles of Tollgate in a folder.
 * --peers measures other proxies beside it (peers/): --beside names some of them.
 */
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BARS, judge, type Row } from './bars.ts';
import { type Bench, FULL, QUICK, withBench } from './bench.ts';
import { describeMachine } from './machine.ts';
import { measureLatency } from './measure/latency.ts';
import { measureStart } from './measure/start.ts';
import { measureStreams } from './measure/streams.ts';
import { measureThroughput } from './measure/throughput.ts';
import { installParts } from './parts.ts';
import { PEERS, PEERS_QUICK } from './peers/plan.ts';
import { measurePeers } from './peers/run.ts';
import * as peers from './peers/table.ts';
import { describe, json, markdown, table } from './report.ts';

const MEASURES: Readonly<Record<string, (bench: Bench) => Promise<Row[]>>> = {
  '2kb': (bench) =>
    measureThroughput(bench, { bytes: 2048, connections: 64, ratio: 'small', memory: 'smallMemory' }),
  '100kb': (bench) =>
    measureThroughput(bench, { bytes: 102_400, connections: 8, ratio: 'large', memory: 'largeMemory' }),
  latency: measureLatency,
  streams: measureStreams,
  start: measureStart,
};

const root = join(import.meta.dirname, '..');
const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(MEASURES).join(',') },
    /** Another build of Tollgate: its dist/tollgate.js. */
    bundle: { type: 'string' },
    profile: { type: 'string' },
    peers: { type: 'boolean', default: false },
    beside: { type: 'string' },
  },
});

const say = (line: string): void => {
  process.stderr.write(`bench: ${line}\n`);
};

installParts(say);
const machine = describeMachine(root);
if (options.bundle === undefined) {
  say('building the bundle');
  execFileSync(process.execPath, [join(root, 'scripts/build.ts')], { stdio: ['ignore', 2, 2] });
}
const bundle = resolve(options.bundle ?? join(root, 'dist/tollgate.js'));
const nodeFlags =
  options.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(options.profile)}`];
const plan = options.quick ? QUICK : FULL;
const only = options.only.split(',');
const unknown = only.find((name) => !(name in MEASURES));
if (unknown !== undefined) {
  throw new Error(`there is no measurement ${unknown}: ${Object.keys(MEASURES).join(', ')}`);
}

await withBench({ plan, bundle, nodeFlags, say }, options.peers ? besidePeers : besideNginx);

async function besideNginx(bench: Bench): Promise<void> {
  const rows: Row[] = [];
  for (const name of only) {
    say(`measuring ${name}`);
    rows.push(...((await MEASURES[name]?.(bench)) ?? []));
  }
  if (options.json) {
    console.log(json(rows, machine));
  } else {
    console.log(['', describe(machine), '', ...table(rows), '', 'For docs/measurements.md:', ''].join('\n'));
    console.log(markdown(rows, machine).join('\n'));
  }
  const far = rows.filter(({ bar, value, waited }) => judge(BARS[bar], value.median, waited) === 'far');
  for (const { bar } of far) say(`${BARS[bar].what} is worse than twice its bar`);
  process.exitCode = far.length > 0 ? 1 : 0;
}

async function besidePeers(bench: Bench): Promise<void> {
  const peerPlan = options.quick ? PEERS_QUICK : PEERS;
  const beside = options.beside?.toLowerCase().split(',');
  const result = await measurePeers({ bench, plan: peerPlan, machine, only, beside });
  const text = options.json
    ? peers.json(result)
    : ['', ...peers.table(result), '', 'For docs/measurements.md:', '', ...peers.markdown(result)].join('\n');
  console.log(text);
  process.exitCode = peers.failures(result.columns).length > 0 ? 1 : 0;
}
