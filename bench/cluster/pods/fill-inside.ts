/** Fills the API with AgentRunners and pods that no node runs, and says how long it took. */
import { type KubeObject, resource } from '../../../adapters/kube/object.ts';
import { INJECT } from '../../../core/cluster/names.ts';
import { each } from '../each.ts';
import { inside } from '../inside.ts';

export interface FillOrders {
  readonly namespaces: readonly string[];
  readonly image: string;
  readonly runners: number;
  /** Beside those of the runners; one in five asks to be governed. */
  readonly pods: number;
}

const PODS = resource<KubeObject>('v1 Pod', 'pods');
const RUNNERS = resource<KubeObject>('tollgate.dev/v1alpha1 AgentRunner', 'agentrunners');
const AT_ONCE = 12;
/** No scheduler has this name: such a pod stays Pending. */
const NOBODY = 'nobody';

await inside<FillOrders, { seconds: number }>(async ({ client }, { namespaces, image, runners, pods }) => {
  const began = performance.now();
  const namespaceOf = (n: number) => namespaces[n % namespaces.length] ?? '';
  await each(AT_ONCE, runners, async (n) => {
    const body = {
      metadata: { name: `runner-${n}` },
      spec: { agent: 'custom', image, imagePullPolicy: 'Never', work: { command: ['sleep', '60'] } },
    };
    const answer = await client.create(RUNNERS, body, { place: { namespace: namespaceOf(n) } });
    if (!answer.ok) throw new Error(answer.error.message);
  });
  await each(AT_ONCE, pods, async (n) => {
    const answer = await client.create(PODS, podOf(n, image), { place: { namespace: namespaceOf(n) } });
    if (!answer.ok) throw new Error(answer.error.message);
  });
  return { seconds: (performance.now() - began) / 1_000 };
});

function podOf(n: number, image: string): object {
  return {
    metadata: {
      name: `pod-${n}`,
      labels: { app: `app-${n % 100}` },
      ...(n % 5 === 0 ? { annotations: { [INJECT]: 'true' } } : {}),
    },
    spec: {
      schedulerName: NOBODY,
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'agent', image, command: ['sleep', '1'], securityContext: { runAsUser: 1000 } }],
    },
  };
}
