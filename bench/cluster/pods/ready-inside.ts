/** Makes the same pod with and without the annotation, in turns, one at a time, and says when a watch saw what of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '../../../adapters/kube/client.ts';
import { resource } from '../../../adapters/kube/object.ts';
import { Reflector } from '../../../adapters/kube/reflector.ts';
import { INJECT } from '../../../core/cluster/names.ts';
import { inside } from '../inside.ts';
import { type Pod, type Step, stepsOf } from './seen.ts';

export interface ReadyOrders {
  readonly namespace: string;
  readonly image: string;
  readonly pairs: number;
}

/** Times are epoch ms. */
export interface Born {
  readonly name: string;
  readonly governed: boolean;
  /** Before it was asked for. */
  readonly created: number;
  /** When the API server had answered: what admission takes is before it. */
  readonly admitted: number;
  readonly seen: Partial<Record<Step, number>>;
}

const PODS = resource<Pod>('v1 Pod', 'pods');
const PATIENCE_MS = 180_000;
/** The kubelet looks what has become of containers once a second: pods must not all come at the same time of it. */
const BETWEEN_MS = 730;
const now = () => performance.timeOrigin + performance.now();

await inside<ReadyOrders, Born[]>(async ({ client }, orders) => {
  const seen = new Map<string, Partial<Record<Step, number>>>();
  const pods = new Reflector(client, PODS, { namespace: orders.namespace });
  const look = (pod: Pod) => {
    const times = seen.get(pod.metadata.name) ?? {};
    seen.set(pod.metadata.name, times);
    for (const step of stepsOf(pod)) times[step] ??= now();
  };
  pods.on({ add: look, update: look });
  pods.start();
  await pods.synced();
  const born: Born[] = [];
  for (let n = 0; n < orders.pairs * 2; n++) {
    // Which of a pair is first takes turns too.
    const governed = (n % 2 === 1) !== (Math.floor(n / 2) % 2 === 1);
    born.push(await one(client, orders, `${governed ? 'governed' : 'plain'}-${n}`, governed, seen));
    await sleep(BETWEEN_MS);
  }
  await pods.stop();
  return born;
});

async function one(
  client: KubeClient,
  { namespace, image }: ReadyOrders,
  name: string,
  governed: boolean,
  seen: ReadonlyMap<string, Partial<Record<Step, number>>>,
): Promise<Born> {
  const created = now();
  const answer = await client.create(PODS, podOf(name, image, governed), { place: { namespace } });
  if (!answer.ok) throw new Error(answer.error.message);
  const admitted = now();
  for (const end = created + PATIENCE_MS; seen.get(name)?.ready === undefined; await sleep(5))
    if (now() > end) throw new Error(`pod ${name} is not Ready after ${PATIENCE_MS} ms`);
  return { name, governed, created, admitted, seen: seen.get(name) ?? {} };
}

function podOf(name: string, image: string, governed: boolean): object {
  return {
    metadata: { name, ...(governed ? { annotations: { [INJECT]: 'true' } } : {}) },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          ...{ name: 'agent', image, command: ['sleep', '3600'] },
          securityContext: { runAsUser: 1000 },
        },
      ],
    },
  };
}
