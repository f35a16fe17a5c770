/**
 * Tollgate in a cluster: what opts in is governed and confined, as docs/kubernetes.md says it.
 *
 *   node --test test/cluster/governed.proof.ts
 *
 * As root. A cluster of this clone that runs is used, and left as it is found but for Tollgate's own.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { root } from '../../scripts/test-files.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { until } from './commands.ts';
import { IMAGES } from './images.ts';
import { makeAuthority } from './outside/authority.ts';
import { type Provider, startProvider } from './outside/hosts.ts';
import { installTollgate, isBelieved, loadTollgate, NAMESPACE } from './tollgate.ts';

const say = (line: string) => console.log(line);
const TIMEOUT = { timeout: 180_000 };
const TEAM = 'team-a';
/** Shown to nobody but the providers. */
const KEY = 'sk-ant-the-real-one';

let cluster: Cluster;
let provider: Provider;

before(
  async () => {
    cluster = await startCluster(say);
    await cluster.loadImages('node');
    await loadTollgate(cluster, say);
    const authority = await makeAuthority();
    provider = await startProvider(cluster, authority, ['api.anthropic.com', 'api.openai.com'], { host: 20 });
    await installTollgate(cluster, { trust: { extraCertificates: authority.certificate } });
    await cluster.apply([
      namespace(TEAM, 'true'),
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'anthropic', namespace: NAMESPACE, labels: { 'tollgate.dev/credential': 'true' } },
        stringData: { key: KEY },
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
        metadata: { name: 'day', namespace: TEAM },
        spec: { limits: [{ name: 'day', window: 'day', usd: '5' }] },
      },
    ]);
    await isBelieved(cluster, TEAM, authority.certificate);
  },
  { timeout: 3_600_000 },
);

after(async () => {
  provider?.stop();
  await cluster?.kubectl(['delete', 'namespace', TEAM, '--ignore-not-found']);
});

function namespace(name: string, enabled: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'tollgate.dev/enabled': enabled } },
  };
}

/** A program that makes one call and says what came of it, and then waits for its end. */
const CALL = `
  const call = async () => {
    const { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: key } = process.env;
    const headers = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': key };
    const messages = [{ role: 'user', content: 'hello' }];
    const body = JSON.stringify({ model: 'claude-sonnet-5', max_tokens: 100, messages });
    const answer = await fetch(url + '/v1/messages', { method: 'POST', headers, body });
    console.log(JSON.stringify({ status: answer.status, env: process.env, body: await answer.json() }));
  };
  call();`;

/** As somebody writes it who has never heard of Tollgate. */
function template(script: string, more: object = {}): { metadata: object; spec: object } {
  return {
    metadata: { labels: { app: 'triage' } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        { name: 'agent', image: IMAGES.node, args: ['-e', script], securityContext: { runAsUser: 1000 } },
      ],
      ...more,
    },
  };
}

interface Said {
  readonly status: number;
  readonly env: Readonly<Record<string, string>>;
  readonly body: { readonly usage?: object };
}

/** @returns what the agent of a pod with this label has written */
async function said(selector: string): Promise<Said> {
  let text = '';
  await until(`the agent of ${selector} says something`, async () => {
    text = await cluster
      .kubectl(['-n', TEAM, 'logs', '-l', selector, '-c', 'agent', '--tail=-1'])
      .catch(() => '');
    return text.includes('\n');
  });
  return JSON.parse(text.split('\n')[0] ?? '') as Said;
}

describe('a workload of an enabled namespace', TIMEOUT, () => {
  const before = () => provider.bill().length;

  async function isGoverned(selector: string, billed: number): Promise<void> {
    const { status, env, body } = await said(selector);
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(provider.bill().length, billed + 1);
    assert.equal(env.ANTHROPIC_BASE_URL, 'http://127.0.0.1:4141');
    assert.equal(env.HTTPS_PROXY, 'http://127.0.0.1:4142');
    assert.ok(!JSON.stringify(env).includes(KEY));
  }

  it('a Deployment is governed once its template has the annotation', async () => {
    const billed = before();
    await cluster.apply({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'triage', namespace: TEAM },
      spec: {
        selector: { matchLabels: { app: 'triage' } },
        replicas: 0,
        template: template(`${CALL} setInterval(() => {}, 1e6);`),
      },
    });
    const patch = readFileSync(join(root, 'examples/kubernetes/opt-in.yaml'), 'utf8');
    await cluster.kubectl(['-n', TEAM, 'patch', 'deployment', 'triage', '--patch', patch]);
    await cluster.kubectl(['-n', TEAM, 'scale', 'deployment', 'triage', '--replicas=1']);
    await cluster.kubectl(['-n', TEAM, 'rollout', 'status', 'deployment', 'triage', '--timeout=90s']);
    await isGoverned('app=triage', billed);
  });

  it('a Job ends when its agent does', async () => {
    const billed = before();
    const annotated = template(CALL, { restartPolicy: 'Never' });
    await cluster.apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'once', namespace: TEAM },
      spec: {
        backoffLimit: 0,
        template: {
          ...annotated,
          metadata: { labels: { app: 'once' }, annotations: { 'tollgate.dev/inject': 'true' } },
        },
      },
    });
    await cluster.kubectl(['-n', TEAM, 'wait', '--for=condition=Complete', 'job/once', '--timeout=90s']);
    await isGoverned('app=once', billed);
  });

  it('a bare pod too', async () => {
    const billed = before();
    const { spec } = template(CALL, { restartPolicy: 'Never' });
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'bare',
        namespace: TEAM,
        labels: { app: 'bare' },
        annotations: { 'tollgate.dev/inject': 'true' },
      },
      spec,
    });
    await isGoverned('app=bare', billed);
  });

  it('a pod that asks for nothing is not touched', async () => {
    const { spec } = template('setInterval(() => {}, 1e6)');
    const own = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'own', namespace: TEAM }, spec };
    await cluster.apply(own);
    const { spec: is } = await cluster.get<{ spec: Record<string, unknown> }>(['pod', 'own', '-n', TEAM]);
    assert.equal(is.initContainers, undefined);
    assert.equal(is.dnsPolicy, 'ClusterFirst');
    await cluster.kubectl(['-n', TEAM, 'delete', 'pod', 'own', '--now']);
  });
});
