/** Asks for pods as `dryRun=All` at a fixed pace, so that admission is asked and nothing is stored. */
import { setTimeout as sleep } from 'node:timers/promises';
import { INJECT } from '../../../core/cluster/names.ts';
import { each } from '../each.ts';
import { inside } from '../inside.ts';

export interface WebhookOrders {
  readonly namespace: string;
  readonly image: string;
  readonly perSecond: number;
  readonly seconds: number;
  /** Addresses of the operator's replicas, host:port of their metrics. */
  readonly operators: readonly string[];
}

export interface Paced {
  /** From when each was due until its answer, ms: the API server's own time is in it. */
  readonly ms: readonly number[];
  /** Seconds that all took: longer than meant where the machine can't keep the pace. */
  readonly took: number;
  /** What was not answered by a pod. */
  readonly problems: readonly string[];
  /** /metrics before and after: of the API server, and of each replica of the operator. */
  readonly before: Metrics;
  readonly after: Metrics;
}

interface Metrics {
  readonly api: string;
  readonly operators: readonly string[];
}

/** Requests under way at once, each on a connection of its own. */
const AT_ONCE = 40;

await inside<WebhookOrders, Paced>(async ({ access }, orders) => {
  const { namespace, image, perSecond, seconds, operators } = orders;
  const send = async (method: 'GET' | 'POST', path: string, body?: object) => {
    const { dispatcher, headers } = await access.way();
    const answer = await dispatcher.request({
      ...{ origin: access.server.origin, path, method },
      headers: { ...headers, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  };
  const metrics = async (): Promise<Metrics> => ({
    api: (await send('GET', '/metrics')).text,
    operators: await Promise.all(operators.map(async (at) => (await fetch(`http://${at}/metrics`)).text())),
  });
  const ms: number[] = [];
  const problems: string[] = [];
  const ask = async (n: number, due: number) => {
    const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`;
    const { status, text } = await send('POST', path, podOf(`paced-${n}`, image));
    ms.push(performance.now() - due);
    if (status !== 201 || !text.includes('tollgate-sidecar')) problems.push(text.slice(0, 300));
  };
  await ask(0, performance.now());
  ms.length = 0;
  const before = await metrics();
  const began = performance.now();
  await each(AT_ONCE, perSecond * seconds, async (n) => {
    const due = began + (n * 1_000) / perSecond;
    await sleep(Math.max(0, due - performance.now()));
    await ask(n, due);
  });
  const took = (performance.now() - began) / 1_000;
  return { ms, problems, took, before, after: await metrics() };
});

function podOf(name: string, image: string): object {
  const containers = [
    { name: 'agent', image, command: ['sleep', '1'], securityContext: { runAsUser: 1000 } },
  ];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, annotations: { [INJECT]: 'true' } },
    spec: { containers },
  };
}
