/**
 * How much later a pod is Ready because it is governed, and where that time goes.
 *
 *   created ── admission ── scheduled ── np-gate starts, proves ── seen by the kubelet ── sidecar starts, is ready ── Ready
 */
import { join } from 'node:path';
import { GATE_CONTAINER, SIDECAR_CONTAINER } from '../../../core/cluster/names.ts';
import type { Cluster } from '../../../test/cluster/cluster.ts';
import { IMAGES } from '../../../test/cluster/images.ts';
import { median, quantile } from '../../statistics.ts';
import { withCluster, withNamespace } from '../in-cluster.ts';
import { askInside } from '../inside.ts';
import type { Measuring } from '../measuring.ts';
import { ms, type Result } from '../result.ts';
import type { Born, ReadyOrders } from './ready-inside.ts';

const NAMESPACE = 'bench-ready';
const PAIRS = 15;
const SECOND = 1_000;

/** @returns the time that governing adds, with its parts */
export function measureReady(measuring: Measuring): Promise<Result[]> {
  return withCluster(measuring, (cluster) =>
    withNamespace(cluster, NAMESPACE, async () => {
      measuring.say(`ready: ${PAIRS} pairs of pods`);
      const orders: ReadyOrders = { namespace: NAMESPACE, image: IMAGES.busybox, pairs: PAIRS };
      const program = join(import.meta.dirname, 'ready-inside.ts');
      const born = await askInside<ReadyOrders, Born[]>(cluster, program, orders);
      const governed = born.filter((one) => one.governed);
      const logs = await Promise.all(governed.map(({ name }) => logOf(cluster, name)));
      return resultsOf(
        born,
        governed.map((one, n) => partsOf(one, logs[n] ?? [])),
      );
    }),
  );
}

function resultsOf(born: readonly Born[], parts: readonly Readonly<Record<string, number>>[]): Result[] {
  const times = (governed: boolean) =>
    born.filter((one) => one.governed === governed).map(({ created, seen }) => (seen.ready ?? 0) - created);
  const [plain, governed] = [times(false), times(true)];
  const both = [plain, governed].map((all) => `${ms(median(all))} (p90 ${ms(quantile(all, 0.9))})`);
  const added = (median(governed) - median(plain)) / SECOND;
  const names = Object.keys(parts[0] ?? {});
  return [
    {
      ...{ what: 'annotated pod: added time to Ready', value: added, unit: 's', limit: 1.5 },
      of: `${both[1]} with, ${both[0]} without the annotation; p50 of ${plain.length} pairs`,
    },
    ...names.map((name) => {
      const all = parts.map((one) => one[name] ?? Number.NaN);
      const of = `p90 ${ms(quantile(all, 0.9))}`;
      return { what: `– ${name}`, value: median(all) / SECOND, unit: 's', of };
    }),
  ];
}

interface Line {
  /** Epoch ms. */
  readonly at: number;
  readonly text: string;
}

/** Times of a governed pod, one after the other, ms. What its containers write says more than its status. */
function partsOf({ created, admitted, seen }: Born, log: readonly Line[]): Record<string, number> {
  const gate = log.find(({ text }) => text.includes('the network is closed'));
  const connected = log.find(({ text }) => text.includes('connected to control'));
  const policy = log.find(({ text }) => text.includes('the policy is in force'));
  const ran = Number(/after (\d+) ms/.exec(gate?.text ?? '')?.[1]);
  const [proved = Number.NaN, heard = Number.NaN, judges = Number.NaN] = [
    gate?.at,
    connected?.at,
    policy?.at,
  ];
  const { scheduled = Number.NaN, sidecarReady = Number.NaN, ready = Number.NaN } = seen;
  return {
    'admission, and storing the pod': admitted - created,
    scheduled: Math.max(0, scheduled - admitted),
    'sandbox, volumes, np-gate container, its Node': proved - ran - Math.max(admitted, scheduled),
    'np-gate: rounds': ran,
    'its end is seen; sidecar container, its Node, hello': heard - proved,
    'sidecar: first policy': judges - heard,
    'startup probe says so': sidecarReady - judges,
    'agent container, Ready': ready - sidecarReady,
  };
}

async function logOf(cluster: Cluster, pod: string): Promise<Line[]> {
  const read = (container: string) =>
    cluster.kubectl(['-n', NAMESPACE, 'logs', pod, '-c', container, '--timestamps']);
  const texts = await Promise.all([read(GATE_CONTAINER), read(SIDECAR_CONTAINER)]);
  return texts
    .join('\n')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const blank = line.indexOf(' ');
      return { at: epochMs(line.slice(0, blank)), text: line.slice(blank + 1) };
    });
}

/** @param stamp RFC 3339 with nanoseconds, of which Date reads three digits */
function epochMs(stamp: string): number {
  const fraction = /\.(\d+)/.exec(stamp)?.[1] ?? '0';
  return Date.parse(stamp.replace(/\.\d+/, '')) + Number(`0.${fraction}`) * 1_000;
}
