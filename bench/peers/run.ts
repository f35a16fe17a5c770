/** `--peers`: the proxies that people compare Tollgate with, on the same core, one after the other beside nginx. */
import type { WireId } from '../../core/policy/provider.ts';
import type { Bench } from '../bench.ts';
import type { Machine } from '../machine.ts';
import { median } from '../statistics.ts';
import { WIRES } from '../traffic/wires.ts';
import { familyResidentMb } from '../under-test/family.ts';
import { columnOf, setupFor, timeStart } from './column.ts';
import type { Cell, Column, MeasureName, Pair } from './figures.ts';
import { nginx } from './nginx.ts';
import type { Peer } from './peer.ts';
import { PEERS } from './peers.ts';
import type { PeerPlan } from './plan.ts';
import type { Result } from './table.ts';
import { tollgate } from './tollgate.ts';

/** What names of `--only` stand for here. */
const ONLY: Readonly<Record<string, readonly MeasureName[]>> = {
  '2kb': ['small'],
  '100kb': ['large'],
  latency: ['added'],
  streams: ['chunk', 'head'],
  start: [],
};

export interface PeersOptions {
  readonly bench: Bench;
  readonly plan: PeerPlan;
  readonly machine: Machine;
  /** Names of measurements. */
  readonly only: readonly string[];
  /** Names of peers, in lower case; undefined: all. nginx is always there. */
  readonly beside: readonly string[] | undefined;
}

/** @returns the whole table; what failed is in it. @throws Error when nginx fails, or a name is not known */
export async function measurePeers({
  bench,
  machine,
  only,
  beside,
  ...options
}: PeersOptions): Promise<Result> {
  const plan = only.includes('start') ? options.plan : { ...options.plan, starts: 0 };
  const floor = nginx(machine.nginx);
  const { envoy, ...others } = PEERS;
  const own = tollgate(machine.commit, bench.sidecar);
  const peers = chosen([envoy, own, ...Object.values(others)], beside);
  const measures = only.flatMap((name) => ONLY[name] ?? []);
  const nginxStarts: number[] = [];
  for (let n = 0; n <= plan.starts; n++) nginxStarts.push(await timeStart(floor, bench));
  const setup = setupFor(floor, bench);
  // Calls that do not go to a peer have a provider of their own, so that the peer's can be counted.
  const running = await floor.start({
    ...setup,
    providers: { json: bench.otherProvider.port, stream: bench.stream },
  });
  const context = {
    bench,
    plan,
    // To see how long a start takes nothing has to be called.
    wires: measures.length > 0 ? WIRES : [],
    measures,
    nginx: running,
    nginxStart: median(nginxStarts.slice(1)),
  };
  const columns: Column[] = [];
  for (const peer of peers) columns.push(await columnOf(peer, context));
  const ofNginx = floorColumn(floor, columns, nginxStarts.slice(1), familyResidentMb(running.process.pid));
  await running.stop();
  const memory = measures.length > 0 ? (['memory'] as const) : [];
  const start = only.includes('start') ? (['start'] as const) : [];
  const once = [...memory, ...start];
  return { machine, wires: WIRES, measures, once, columns: [ofNginx, ...columns] };
}

function chosen(peers: readonly Peer[], beside: readonly string[] | undefined): readonly Peer[] {
  if (beside === undefined) return peers;
  const names = peers.map(({ name }) => name.toLowerCase());
  const unknown = beside.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`there is no peer ${unknown}: ${names.join(', ')}`);
  return peers.filter((_, i) => beside.includes(names[i] ?? ''));
}

/** @returns nginx's own column, of its windows beside all peers */
export function floorColumn(
  { name, version, how }: Pick<Peer, 'name' | 'version' | 'how'>,
  columns: readonly Column[],
  starts: readonly number[],
  memory: number,
): Column {
  const wires = new Map<WireId, Partial<Record<MeasureName, Pair[]>>>();
  for (const column of columns) {
    for (const [wire, figures] of column.wires) {
      const own = wires.get(wire) ?? {};
      wires.set(wire, own);
      for (const [measure, cell] of Object.entries(figures) as [MeasureName, Cell][]) {
        if ('failed' in cell || 'instead' in cell) continue;
        own[measure] = [...(own[measure] ?? []), ...cell.map(({ nginx }) => same(nginx))];
      }
    }
  }
  return { name, version, how, wires, memory: [same(memory)], start: starts.map(same), faults: [] };
}

function same(value: number): Pair {
  return { peer: value, nginx: value };
}
