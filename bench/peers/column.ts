/**
 * One peer: started, warmed up, measured on each wire it speaks, and ended.
 *
 *   start … start ── each wire: one call, one stream ── warm-up ── speed, pace, streams ── memory ── end, calls counted
 *
 * What fails is a cell of its own that says why; the rest goes on. Afterwards the calls that reached the provider are
 * counted: a reply from somewhere else, or a call made twice, would be no proxy's.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { WireId } from '../../core/policy/provider.ts';
import type { Bench } from '../bench.ts';
import type { WireTraffic } from '../traffic/wire.ts';
import { familyResidentMb, settled } from '../under-test/family.ts';
import type { Expected } from '../under-test/ledger.ts';
import type { Cell, Column, MeasureName } from './figures.ts';
import { added, type Calls, large, type OnWire, small, streams, tryOut, warmUp } from './on-wire.ts';
import { Missing, type Peer, type PeerSetup, type Running } from './peer.ts';
import type { PeerPlan } from './plan.ts';

export interface ColumnOptions {
  readonly bench: Bench;
  readonly plan: PeerPlan;
  readonly wires: readonly WireTraffic[];
  readonly measures: readonly MeasureName[];
  readonly nginx: Running;
  /** The middle of nginx's starts, ms. */
  readonly nginxStart: number;
}

type Figures = Partial<Record<MeasureName, Cell>>;

/** A step that takes longer hangs, or is one for a faster machine. */
const DEADLINE_MS = 90_000;

/** @returns what could be measured of a peer, and why the rest could not */
export async function columnOf(peer: Peer, options: ColumnOptions): Promise<Column> {
  const { bench, plan, nginx, nginxStart } = options;
  const { name, version, how } = peer;
  const wires = new Map<WireId, Figures>();
  const none = { failed: 'it was not started' };
  try {
    peer.install(bench.say);
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    bench.say(`${name} is missing: ${error.message}`);
    return { name, version, how, missing: error.message, wires, memory: none, start: none, faults: [] };
  }
  bench.say(`measuring ${name} ${version}`);
  const before = await bench.provider.calls();
  const starts: number[] = [];
  let running: Running;
  try {
    for (let n = 0; n < plan.starts; n++) starts.push(await timeStart(peer, bench));
    running = await peer.start(setupFor(peer, bench));
    starts.push(running.startMs);
  } catch (error) {
    const start = failure(error);
    bench.say(`${name}: ${start.failed}`);
    return { name, version, how, wires, memory: none, start, faults: [] };
  }
  const calls: Calls = { succeeded: 0, streams: 0, brokenOff: 0 };
  for (const wire of options.wires) {
    if (!peer.speaks(wire)) continue;
    const on = { bench, plan, wire, nginx, peer: running, calls };
    wires.set(wire.id, await figuresOf(on, options.measures, peer.compiles && wires.size === 0));
  }
  const pid = running.process.pid;
  const memory = [{ peer: familyResidentMb(pid), nginx: familyResidentMb(nginx.process.pid) }];
  const failed = [...wires.values()]
    .flatMap((figures) => Object.values(figures))
    .some((cell) => 'failed' in cell);
  const counted = { ...calls, provided: (await bench.provider.calls()) - before + calls.streams };
  const faults: string[] = [];
  try {
    // Where something failed, nobody knows how many calls were under way.
    await running.stop(failed ? undefined : counted);
    if (!failed) checkCalls(counted);
  } catch (error) {
    faults.push(failure(error).failed);
  }
  const start = starts.slice(1).map((ms) => ({ peer: ms, nginx: nginxStart }));
  return { name, version, how, wires, memory, start, faults };
}

/** @throws Error when replies and calls at the provider do not match */
export function checkCalls({ succeeded, brokenOff, provided }: Expected): void {
  if (provided >= succeeded && provided <= succeeded + brokenOff) return;
  throw new Error(
    `it gave ${succeeded} replies, and called the provider ${provided} times (${brokenOff} may have been broken off)`,
  );
}

/** @returns ms from spawning to the first connection it accepts */
export async function timeStart(peer: Peer, bench: Bench): Promise<number> {
  const running = await peer.start(setupFor(peer, bench));
  await running.stop();
  return running.startMs;
}

let starts = 0;

export function setupFor({ name }: Peer, { folder, cores, provider, stream }: Bench): PeerSetup {
  const own = join(folder, `${name.toLowerCase()}-${++starts}`);
  mkdirSync(own);
  return { folder: own, cores: cores.proxy, providers: { json: provider.port, stream } };
}

async function figuresOf(
  on: Omit<OnWire, 'signal'>,
  measures: readonly MeasureName[],
  long: boolean,
): Promise<Figures> {
  const figures: Figures = {};
  const { warmCalls, warmS, warmWireS } = on.plan;
  try {
    await soon(on, tryOut);
    await soon(on, (limited) => warmUp(limited, warmCalls, long ? warmS : warmWireS));
  } catch (error) {
    for (const name of measures) figures[name] = failure(error);
    return figures;
  }
  for (const [name, step] of STEPS) {
    if (!measures.includes(name)) continue;
    try {
      Object.assign(figures, await soon(on, step));
    } catch (error) {
      figures[name] = failure(error);
      if (name === 'chunk') figures.head = failure(error);
    }
  }
  return figures;
}

const STEPS: readonly [MeasureName, (on: OnWire) => Promise<Figures>][] = [
  ['small', async (on) => ({ small: await small(on) })],
  ['large', async (on) => ({ large: await large(on) })],
  ['added', async (on) => ({ added: await added(on) })],
  ['chunk', streams],
];

function failure(error: unknown): { failed: string } {
  return { failed: error instanceof Error ? error.message : String(error) };
}

/**
 * Takes a step, but not for longer than it may.
 * @throws Error when it does not end; its calls are given up by then
 */
async function soon<T>(on: Omit<OnWire, 'signal'>, step: (on: OnWire) => Promise<T>): Promise<T> {
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), DEADLINE_MS);
  try {
    return await step({ ...on, signal: end.signal });
  } catch (error) {
    if (!end.signal.aborted) throw error;
    await settled(on.peer.process.pid);
    throw new Error(`no end after ${DEADLINE_MS / 1000} s`);
  } finally {
    clearTimeout(timer);
  }
}
