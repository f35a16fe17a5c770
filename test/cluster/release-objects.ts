/** What install.proof.ts puts into a cluster: namespaces, policies, and a pod that makes calls all the time. */
import type { Cluster } from './cluster.ts';
import { IMAGES } from './images.ts';
import { NAMESPACE } from './tollgate.ts';

/** How many calls there are at least, when all is over. */
export const CALLS = 30;

export function namespaceOf(name: string, enabled: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'tollgate.dev/enabled': enabled } },
  };
}

export function policies(namespace: string): object[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'anthropic', namespace: NAMESPACE, labels: { 'tollgate.dev/credential': 'true' } },
      stringData: { key: 'sk-ant-the-real-one' },
    },
    {
      apiVersion: 'tollgate.dev/v1alpha1',
      kind: 'Provider',
      metadata: { name: 'anthropic' },
      spec: {
        url: 'https://api.anthropic.com',
        wires: ['anthropic-messages'],
        auth: { secretRef: { name: 'anthropic', key: 'key' } },
      },
    },
    {
      apiVersion: 'tollgate.dev/v1alpha1',
      kind: 'BudgetPolicy',
      metadata: { name: 'day', namespace },
      spec: { limits: [{ name: 'day', window: 'day', usd: '5' }] },
    },
  ];
}

/** One that waits: it has its finalizer, and runs nothing. */
export function agentRunner(name: string, namespace: string): object {
  const command = ['node', '-e', 'setInterval(() => {}, 1e6)'];
  return {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'AgentRunner',
    metadata: { name, namespace },
    spec: {
      ...{ agent: 'custom', image: IMAGES.node, imagePullPolicy: 'Never', suspend: true },
      work: { command },
      teardown: { command },
    },
  };
}

/** Makes a call, waits a little, and again; it writes what came of each. */
const SCRIPT = `
  const { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: key } = process.env;
  const headers = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': key };
  const messages = [{ role: 'user', content: 'hello' }];
  const body = JSON.stringify({ model: 'claude-sonnet-5', max_tokens: 20, messages });
  const call = async () => {
    const at = Date.now();
    try {
      const answer = await fetch(url + '/v1/messages', { method: 'POST', headers, body });
      const text = await answer.text();
      return { at, status: answer.status, ...(answer.status === 200 ? {} : { text }) };
    } catch (error) {
      return { at, status: 0, text: String(error.cause ?? error) };
    }
  };
  for (;;) {
    console.log(JSON.stringify(await call()));
    await new Promise((resolve) => setTimeout(resolve, 400));
  }`;

/** A Deployment as somebody has it who has not heard of Tollgate; nothing of it runs yet. */
export function caller(namespace: string, name: string): object {
  const labels = { app: name };
  const container = {
    ...{ name: 'agent', image: IMAGES.node, args: ['--input-type=module', '-e', SCRIPT] },
    securityContext: { runAsUser: 1000 },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      ...{ replicas: 0, selector: { matchLabels: labels } },
      template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 2, containers: [container] } },
    },
  };
}

export interface Call {
  /** When it began, ms since 1970. */
  readonly at: number;
  /** 0: there was no answer. */
  readonly status: number;
  readonly text?: string;
}

/** @returns what the running pod of a caller has written */
export async function callsOf(cluster: Cluster, namespace: string, name: string): Promise<readonly Call[]> {
  const text = await cluster
    .kubectl(['-n', namespace, 'logs', `deployment/${name}`, '-c', 'agent', '--tail=-1'])
    .catch(() => '');
  return text
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Call);
}

/** A pod that waits. @param asks  whether it asks to be governed */
export function bare(namespace: string, name: string, asks: boolean): object {
  const container = { name: 'main', image: IMAGES.node, args: ['-e', 'setInterval(() => {}, 1e6)'] };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, annotations: asks ? { 'tollgate.dev/inject': 'true' } : {} },
    spec: { terminationGracePeriodSeconds: 0, containers: [container] },
  };
}
