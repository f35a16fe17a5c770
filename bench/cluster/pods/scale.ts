/**
 * 1,000 AgentRunners and 5,000 pods in the API: what the operator, control and the gateway need for that, and how soon the
 * operator works again after a restart. The node is cordoned and nobody schedules the other pods, so that nothing runs.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../../test/cluster/cluster.ts';
import { until } from '../../../test/cluster/commands.ts';
import { IMAGES } from '../../../test/cluster/images.ts';
import { NODE } from '../../../test/cluster/machine.ts';
import { NAMESPACE as SYSTEM } from '../../../test/cluster/tollgate.ts';
import { cpuSeconds, residentMb } from '../../under-test/process.ts';
import { withCluster } from '../in-cluster.ts';
import { askInside } from '../inside.ts';
import type { Measuring } from '../measuring.ts';
import { megabytes, type Result } from '../result.ts';
import type { FillOrders } from './fill-inside.ts';
import { type PartPod, processesOf } from './processes.ts';

const RUNNERS = 1_000;
/** Each runner has one of its own beside these. */
const PODS = 4_000;
const NAMESPACES = Array.from({ length: 10 }, (_, n) => `bench-scale-${n}`);
const STEADY_SECONDS = 60;
const LONG = { timeout: 1_800_000, every: 2_000 };
const PARTS = ['operator', 'control', 'gateway'] as const;

type Memory = Readonly<Record<(typeof PARTS)[number], number>>;

export function measureScale(measuring: Measuring): Promise<Result[]> {
  return withCluster(measuring, async (cluster) => {
    const { say } = measuring;
    const all = ['namespace', ...NAMESPACES];
    const cleanUp = async () => {
      say('scale: taking all of it away again');
      await cluster.kubectl(['delete', ...all, '--ignore-not-found'], { timeout: LONG.timeout });
      await cluster.kubectl(['uncordon', NODE]);
    };
    await cleanUp();
    const before = await memoryOf(cluster);
    try {
      await cluster.kubectl(['cordon', NODE]);
      await fill(cluster, say);
      return await measureFull(cluster, say, before);
    } finally {
      await cleanUp();
    }
  });
}

async function fill(cluster: Cluster, say: (line: string) => void): Promise<void> {
  const labels = { 'tollgate.dev/enabled': 'true' };
  await cluster.apply(
    NAMESPACES.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })),
  );
  say(`scale: ${RUNNERS} AgentRunners and ${PODS} pods`);
  const orders: FillOrders = { namespaces: NAMESPACES, image: IMAGES.busybox, runners: RUNNERS, pods: PODS };
  const program = join(import.meta.dirname, 'fill-inside.ts');
  const { seconds } = await askInside<FillOrders, { seconds: number }>(cluster, program, orders);
  say(`scale: written after ${seconds.toFixed(0)} s; waiting until each runner has its pod`);
  const selector = ['-A', '-l', 'tollgate.dev/runner', '--no-headers', '-o', 'name'];
  const made = async () => (await cluster.kubectl(['get', 'pods', ...selector])).split('\n').filter(Boolean);
  await until('each runner has its pod', async () => (await made()).length >= RUNNERS, LONG);
  await sleep(30_000);
}

async function measureFull(cluster: Cluster, say: (line: string) => void, before: Memory): Promise<Result[]> {
  const leader = await leaderOf(cluster);
  say(`scale: ${STEADY_SECONDS} s of nothing`);
  const used = cpuSeconds(leader.pid);
  await sleep(STEADY_SECONDS * 1_000);
  const steady = (cpuSeconds(leader.pid) - used) / STEADY_SECONDS;
  const after = await memoryOf(cluster);
  const led = residentMb(leader.pid);
  say('scale: a restart of the operator');
  const converged = await restart(cluster);
  const grown = (part: (typeof PARTS)[number]): Result => ({
    ...{ what: `memory of ${part}, the largest of its replicas`, value: after[part], unit: 'MB' },
    of: `${megabytes(before[part])} before`,
  });
  const what = `with ${RUNNERS} AgentRunners and ${PODS + RUNNERS} pods`;
  return [
    {
      what: `operator that leads, ${what}: memory`,
      value: led,
      unit: 'MB',
      of: `${megabytes(before.operator)} before`,
    },
    {
      what: 'its CPU when nothing happens',
      value: steady * 100,
      unit: '% of a core',
      of: `over ${STEADY_SECONDS} s`,
    },
    {
      ...{
        what: 'all its replicas restarted: a change to a runner is acted upon',
        value: converged,
        unit: 's',
      },
      of: 'since they were told to end: containers, caches, election',
    },
    ...PARTS.map(grown),
  ];
}

/** Ends the operator's programs as the kubelet does, which starts them anew. @returns seconds until a change took effect */
async function restart(cluster: Cluster): Promise<number> {
  const began = performance.now();
  const before = await processesOf(cluster, 'operator');
  for (const { pid } of before) process.kill(pid, 'SIGTERM');
  const [namespace = ''] = NAMESPACES;
  const runner = ['-n', namespace, 'agentrunner', 'runner-0'];
  const suspend = JSON.stringify({ spec: { suspend: true } });
  await cluster.kubectl(['patch', ...runner, '--type=merge', '-p', suspend]);
  const phase = async () => cluster.kubectl(['get', ...runner, '-o', 'jsonpath={.status.phase}']);
  await until('the runner is suspended', async () => (await phase()) === 'Suspended', {
    ...LONG,
    every: 200,
  });
  return (performance.now() - began) / 1_000;
}

interface Lease {
  readonly spec: { readonly holderIdentity?: string };
}

async function leaderOf(cluster: Cluster): Promise<PartPod> {
  const { spec } = await cluster.get<Lease>(['lease', '-n', SYSTEM, 'tollgate-operator']);
  const pods = await processesOf(cluster, 'operator');
  const leader = pods.find(({ name }) => spec.holderIdentity?.startsWith(name));
  if (leader === undefined) throw new Error(`no pod holds the operator's Lease: ${spec.holderIdentity}`);
  return leader;
}

/** @returns of each part the replica that has most, MB */
async function memoryOf(cluster: Cluster): Promise<Memory> {
  const largest = async (part: string) =>
    Math.max(...(await processesOf(cluster, part)).map(({ pid }) => residentMb(pid)));
  return {
    operator: await largest('operator'),
    control: await largest('control'),
    gateway: await largest('gateway'),
  };
}
