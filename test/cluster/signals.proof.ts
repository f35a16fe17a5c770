/**
 * What a cluster tells people and keeps: a fence that another policy widens, budgets that are nearly spent, what was said.
 *
 *   node --test test/cluster/signals.proof.ts
 *
 * As root. A cluster of this clone that runs is used, and left as it is found but for Tollgate's own.
 */
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type Cluster, startCluster } from './cluster.ts';
import { until } from './commands.ts';
import { IMAGES } from './images.ts';
import { makeAuthority } from './outside/authority.ts';
import { type Provider, startProvider } from './outside/hosts.ts';
import { installTollgate, isBelieved, loadTollgate, NAMESPACE } from './tollgate.ts';

const TIMEOUT = { timeout: 240_000 };
const TEAM = 'signals';
const SAID = 'a sentence that only this session knows';
const SIGNING = randomBytes(32);

/** Somebody who takes webhooks: a line for each. */
const RECEIVER = `
  require('node:http').createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => (body += piece)).on('end', () => {
      console.log(JSON.stringify({ headers: request.headers, body }));
      response.writeHead(204).end();
    });
  }).listen(8080);`;

const CALL = `
  const { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: key } = process.env;
  const headers = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': key };
  const messages = [{ role: 'user', content: ${JSON.stringify(SAID)} }];
  const body = JSON.stringify({ model: 'claude-sonnet-5', max_tokens: 50, messages });
  fetch(url + '/v1/messages', { method: 'POST', headers, body })
    .then(async (answer) => console.log(answer.status, await answer.text()));`;

let cluster: Cluster;
let provider: Provider;

const labelled = (name: string, label: string, value: string, key: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: NAMESPACE, labels: { [label]: value } },
  stringData: { key },
});
const policy = (kind: string, name: string, namespace: string | undefined, spec: object) => ({
  apiVersion: 'tollgate.dev/v1alpha1',
  kind,
  metadata: namespace === undefined ? { name } : { name, namespace },
  spec,
});
const container = (script: string) => ({
  name: 'agent',
  image: IMAGES.node,
  args: ['-e', script],
  securityContext: { runAsUser: 1000 },
});

before(
  async () => {
    cluster = await startCluster((line) => console.log(line));
    await cluster.loadImages('node');
    await loadTollgate(cluster);
    const authority = await makeAuthority();
    provider = await startProvider(cluster, authority, ['api.anthropic.com'], { host: 21 });
    await clear();
    await cluster.apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
      labelled('signals-contents', 'app', 'signals', randomBytes(32).toString('base64')),
    ]);
    await installTollgate(cluster, {
      trust: { extraCertificates: authority.certificate },
      contents: { existingSecret: 'signals-contents' },
    });
    await cluster.kubectl(['-n', NAMESPACE, 'rollout', 'restart', 'deployment']);
    for (const part of ['control', 'gateway', 'operator'])
      await cluster.kubectl(
        ['-n', NAMESPACE, 'rollout', 'status', `deployment/tollgate-${part}`, '--timeout=240s'],
        { timeout: 260_000 },
      );
    await cluster.apply([
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: TEAM, labels: { 'tollgate.dev/enabled': 'true' } },
      },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'receiver', namespace: TEAM },
        spec: { containers: [container(RECEIVER)], terminationGracePeriodSeconds: 0 },
      },
      labelled('anthropic', 'tollgate.dev/credential', 'true', 'sk-ant-the-real-one'),
      labelled('signals', 'tollgate.dev/webhook', NAMESPACE, `whsec_${SIGNING.toString('base64')}`),
      policy('Provider', 'anthropic', undefined, {
        url: 'https://api.anthropic.com',
        wires: ['anthropic-messages'],
        auth: { secretRef: { name: 'anthropic', key: 'key' } },
      }),
      policy('ToolProfile', 'default', TEAM, { audit: { content: 'full' } }),
    ]);
    await isBelieved(cluster, TEAM, authority.certificate);
    await cluster.kubectl(['-n', TEAM, 'wait', '--for=condition=Ready', 'pod/receiver', '--timeout=120s'], {
      timeout: 130_000,
    });
    const { status } = await cluster.get<{ status: { podIP: string } }>(['pod', 'receiver', '-n', TEAM]);
    const webhook = {
      url: `http://${status.podIP}:8080/`,
      privateAddresses: true,
      secretRef: { name: 'signals', key: 'key' },
    };
    const template = {
      metadata: { labels: { app: 'triage' }, annotations: { 'tollgate.dev/inject': 'true' } },
      spec: { terminationGracePeriodSeconds: 0, containers: [container('setInterval(() => {}, 1e6)')] },
    };
    await cluster.apply([
      policy('BudgetPolicy', 'signals', NAMESPACE, {
        selector: { workloads: ['deployment/signals'] },
        limits: [{ name: 'calls', per: 'workload', window: 'lifetime', requests: 4 }],
        warnings: { webhook },
      }),
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'signals', namespace: TEAM },
        spec: { selector: { matchLabels: { app: 'triage' } }, template },
      },
    ]);
    await cluster.kubectl(['-n', TEAM, 'rollout', 'status', 'deployment/signals', '--timeout=180s'], {
      timeout: 190_000,
    });
  },
  { timeout: 3_600_000 },
);

after(async () => {
  provider?.stop();
  if (cluster !== undefined) await clear();
});

async function clear(): Promise<void> {
  const gone = (...what: string[]) => cluster.kubectl(['delete', ...what, '--ignore-not-found']);
  await gone('namespace', TEAM);
  await gone('secret', '-n', NAMESPACE, 'signals');
  await cluster.kubectl(['delete', 'budgetpolicy', '-n', NAMESPACE, 'signals']).catch(() => undefined);
}

const call = () =>
  cluster.kubectl(['-n', TEAM, 'exec', 'deploy/signals', '-c', 'agent', '--', 'node', '-e', CALL]);

interface Event {
  readonly reason: string;
  readonly note: string;
  readonly regarding: { readonly kind: string; readonly name: string };
}

/** @returns the notes of all events of this reason, about this object */
async function told(namespace: string, reason: string, about: string): Promise<string[]> {
  const { items } = await cluster.get<{ items: Event[] }>(['events.events.k8s.io', '-n', namespace]);
  return items
    .filter(({ reason: why, regarding: { kind, name } }) => why === reason && `${kind}/${name}` === about)
    .map(({ note }) => note);
}

interface Exported {
  readonly kind: string;
  readonly exchange?: string;
  readonly workload?: { readonly namespace: string };
}

const audit = (...args: string[]) =>
  cluster.kubectl(
    [
      ...['-n', NAMESPACE, 'exec', 'deploy/tollgate-control', '--', '/usr/local/bin/node'],
      ...['/opt/tollgate/dist/tollgate.js', 'audit', ...args, '--control', '/etc/tollgate/config.yaml'],
    ],
    { timeout: 60_000 },
  );

describe('a cluster', TIMEOUT, () => {
  it('warns once of a budget that is nearly spent: by an Event, and a webhook that is signed', async () => {
    for (let n = 0; n < 2; n++) assert.match(await call(), /^200 /);
    await until('the BudgetPolicy has an Event', async () => {
      return (await told(NAMESPACE, 'BudgetWarning', 'BudgetPolicy/signals')).length > 0;
    });
    const [note = ''] = await told(NAMESPACE, 'BudgetWarning', 'BudgetPolicy/signals');
    assert.match(
      note,
      /^50 % of calls is spent: 2 requests of 4 requests, counted for workload:signals\/deployment\/signals/,
    );
    const received = async () =>
      (await cluster.kubectl(['-n', TEAM, 'logs', 'receiver'])).split('\n').filter(Boolean);
    await until('the webhook was told', async () => (await received()).length > 0);
    const { headers, body } = JSON.parse((await received())[0] ?? '') as {
      headers: Record<string, string>;
      body: string;
    };
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const signature = createHmac('sha256', SIGNING).update(signed).digest('base64');
    assert.equal(headers['webhook-signature'], `v1,${signature}`);
    assert.equal(JSON.parse(body).data.percent, 50);
    assert.match(await call(), /^200 /);
    // 75 %: nothing new. Two replicas had time to tell of the first again.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    assert.equal((await received()).length, 1);
    assert.equal((await told(NAMESPACE, 'BudgetWarning', 'BudgetPolicy/signals')).length, 1);
  });

  it('keeps what was said where a profile asks for it, shows it, and erases it', async () => {
    const { status } = await cluster.get<{ status: { conditions: { type: string; reason: string }[] } }>([
      ...['toolprofile', 'default', '-n', TEAM],
    ]);
    assert.equal(status.conditions.find(({ type }) => type === 'Valid')?.reason, 'Understood');
    let exchanges: readonly string[] = [];
    await until('its exchanges are in the audit log', async () => {
      exchanges = (await audit('export'))
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { readonly entry: Exported }).entry)
        .flatMap(({ kind, exchange = '', workload }) =>
          kind === 'opened' && workload?.namespace === TEAM ? [exchange] : [],
        );
      return exchanges.length > 0;
    });
    let found: { exchange: string; shown: string } | undefined;
    await until('an exchange has what was said', async () => {
      for (const exchange of exchanges) {
        const shown = await audit('show', exchange, '--content').catch(String);
        if (shown.includes(SAID)) found = { exchange, shown };
      }
      return found !== undefined;
    });
    assert.match(found?.shown ?? '', /--- reply of the provider/);
    const [, session = ''] = /"session":"([^"]+)"/.exec(found?.shown ?? '') ?? [];
    assert.match(await audit('erase', session), /The key of session .* was destroyed/);
    const after = await audit('show', found?.exchange ?? '', '--content').catch(String);
    assert.match(after, /were erased/);
    assert.doesNotMatch(after, new RegExp(SAID));
  });

  it('tells of a NetworkPolicy that lets governed pods out, and of its end', async () => {
    await cluster.apply({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'dns', namespace: TEAM },
      spec: {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [{ ports: [{ protocol: 'UDP', port: 53 }] }],
      },
    });
    const of = (reason: string) => told(TEAM, reason, 'Deployment/signals');
    await until('the Deployment has an Event', async () => (await of('EgressWidened')).length > 0);
    assert.match(
      (await of('EgressWidened'))[0] ?? '',
      /NetworkPolicy dns selects it and lets it out: to any address at UDP 53/,
    );
    await cluster.kubectl(['-n', TEAM, 'delete', 'networkpolicy', 'dns']);
    await until('it is told that it is over', async () => (await of('EgressNarrowed')).length > 0);
    assert.equal((await of('EgressWidened')).length, 1);
  });
});
