/** A peer on one wire, in windows that take turns with nginx's. */
import type { Bench } from '../bench.ts';
import { Connection } from '../load/connection.ts';
import { keptUp, pace } from '../load/pace.ts';
import { saturate } from '../load/saturate.ts';
import { readStreams } from '../load/streams.ts';
import { writeBody } from '../measure/warm.ts';
import { median } from '../statistics.ts';
import { httpRequest, requestBody, targetAt } from '../traffic/request.ts';
import { EVENTS, type WireTraffic } from '../traffic/wire.ts';
import { countCpu, settled } from '../under-test/family.ts';
import type { Cell, Pair } from './figures.ts';
import type { Running } from './peer.ts';
import type { PeerPlan } from './plan.ts';

const SMALL = { bytes: 2048, connections: 64 };
const LARGE = { bytes: 102_400, connections: 8 };
/** Calls per second. */
const RATE = 200;
const STREAMS = 100;
const WARM_SLICE_S = 2;

/** What a peer was asked, to be compared with what reached the provider. */
export interface Calls {
  /** Replies that came in full. */
  succeeded: number;
  /** Those of them that were streams. */
  streams: number;
  /** Calls that the end of a window may have broken off. */
  brokenOff: number;
}

export interface OnWire {
  readonly bench: Bench;
  readonly plan: PeerPlan;
  readonly wire: WireTraffic;
  readonly nginx: Running;
  readonly peer: Running;
  readonly calls: Calls;
  /** Ends what takes too long. */
  readonly signal: AbortSignal;
}

/** One call and one stream: what does not work shows here, and what is loaded with the first call is. */
export async function tryOut({ wire, peer, calls, signal }: OnWire): Promise<void> {
  for (const stream of [false, true]) {
    const target = peer.target(wire, stream);
    const connection = new Connection(target.port, signal);
    const body = requestBody({ wire, bytes: SMALL.bytes, stream });
    await connection.call(httpRequest(target, body), { head: () => {}, data: () => {} });
    connection.close();
    calls.succeeded++;
    if (stream) calls.streams++;
  }
}

/** At full speed until `calls` were answered, or `seconds` have passed: V8 compiles what is called often. */
export async function warmUp(on: OnWire, calls: number, seconds: number): Promise<void> {
  const { succeeded } = on.calls;
  for (let spent = 0; spent < seconds && on.calls.succeeded - succeeded < calls; spent += WARM_SLICE_S) {
    await fullSpeed(on, on.peer, SMALL, WARM_SLICE_S);
  }
}

/** @returns calls per CPU-second */
export function small(on: OnWire): Promise<Pair[]> {
  return speed(on, SMALL, on.plan.smallS);
}

/** @returns calls per CPU-second */
export function large(on: OnWire): Promise<Pair[]> {
  return speed(on, LARGE, on.plan.largeS);
}

/** @returns middle latencies less that without a proxy, ms; or that it is too slow for this pace */
export async function added(on: OnWire): Promise<Cell> {
  const { bench, plan, wire, nginx, peer, calls, signal } = on;
  const body = requestBody({ wire, bytes: SMALL.bytes });
  const window = (target: ReturnType<Running['target']>, seconds: number) =>
    pace({ port: target.port, request: httpRequest(target, body), rate: RATE, seconds, signal });
  const pairs: Pair[] = [];
  let queued = 0;
  for (let round = 0; round < plan.rounds; round++) {
    const direct = median(await window(targetAt(bench.otherProvider.port, wire), plan.paceFloorS));
    const ofNginx = median(await window(nginx.target(wire, false), plan.paceFloorS));
    const latencies = await window(peer.target(wire, false), plan.paceS);
    calls.succeeded += latencies.length;
    if (!keptUp(latencies, plan.paceS)) queued++;
    await settled(peer.process.pid);
    pairs.push({ peer: median(latencies) - direct, nginx: ofNginx - direct });
  }
  return queued > plan.rounds / 2 ? { instead: `can't do ${RATE}/s` } : pairs;
}

/** @returns CPU time of an event of a stream, µs, and times to the head of a reply, p50, ms */
export async function streams(on: OnWire): Promise<{ chunk: Pair[]; head: Pair[] }> {
  const { plan, nginx, peer, calls } = on;
  const ofPeer = async (rounds: number) => {
    const window = await readWindow(on, peer, rounds);
    calls.succeeded += STREAMS * rounds;
    calls.streams += STREAMS * rounds;
    return window;
  };
  await ofPeer(1);
  const chunk: Pair[] = [];
  const head: Pair[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    const floor = await readWindow(on, nginx, 1);
    const window = await ofPeer(plan.streamRounds);
    chunk.push({ peer: window.perChunk, nginx: floor.perChunk });
    head.push({ peer: window.head, nginx: floor.head });
  }
  return { chunk, head };
}

async function readWindow({ wire, signal }: OnWire, running: Running, rounds: number) {
  const target = running.target(wire, true);
  const request = httpRequest(target, requestBody({ wire, bytes: SMALL.bytes, stream: true }));
  const used = countCpu(running.process.pid);
  const streams = { port: target.port, request, end: wire.streamEnd, concurrent: STREAMS, rounds, signal };
  const { headMs } = await readStreams(streams);
  await settled(running.process.pid);
  return { perChunk: (used() * 1e6) / (STREAMS * rounds * EVENTS), head: median(headMs) };
}

async function speed(on: OnWire, load: typeof SMALL, seconds: number): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round < on.plan.rounds; round++) {
    const nginx = await fullSpeed(on, on.nginx, load, on.plan.nginxS);
    pairs.push({ nginx, peer: await fullSpeed(on, on.peer, load, seconds) });
  }
  return pairs;
}

/**
 * Counts what reached the provider, and CPU time until nothing more is done: calls that the end of the window breaks off
 * cost a slow proxy as much as those that were answered.
 * @returns calls per CPU-second
 */
async function fullSpeed(on: OnWire, running: Running, load: typeof SMALL, seconds: number): Promise<number> {
  const { bench, peer, calls } = on;
  const { pid } = running.process;
  const provider = running === peer ? bench.provider : bench.otherProvider;
  const before = await provider.calls();
  const used = countCpu(pid);
  const replies = await saturateWith(on, running, load, seconds);
  await settled(pid);
  const cpu = used();
  if (running === peer) {
    calls.succeeded += replies;
    calls.brokenOff += load.connections;
  }
  return ((await provider.calls()) - before) / cpu;
}

/** @returns how many replies came in full */
function saturateWith(
  { bench, wire }: OnWire,
  running: Running,
  { bytes, connections }: typeof SMALL,
  seconds: number,
): Promise<number> {
  const body = writeBody(bench, bytes, wire);
  const target = running.target(wire, false);
  return saturate({ target, cores: bench.cores.load, body, connections, seconds });
}
