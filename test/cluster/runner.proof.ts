/**
 * AgentRunners in a cluster: phases in a row on one workspace, each governed, and what `kubectl` shows of them.
 *
 *   node --test test/cluster/runner.proof.ts
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Cluster, startCluster } from './cluster.ts';
import { until } from './commands.ts';
import { IMAGES } from './images.ts';
import { makeAuthority } from './outside/authority.ts';
import { type Provider, startProvider } from './outside/hosts.ts';
import { installTollgate, isBelieved, loadTollgate, NAMESPACE } from './tollgate.ts';

const TEAM = 'runners';
const TIMEOUT = { timeout: 600_000 };
const say = (line: string) => console.log(line);

let cluster: Cluster;
let provider: Provider;

before(
  async () => {
    cluster = await startCluster(say);
    await cluster.loadImages('node');
    await loadTollgate(cluster, say);
    const authority = await makeAuthority();
    provider = await startProvider(cluster, authority, ['api.anthropic.com'], { host: 21 });
    await installTollgate(cluster, { trust: { extraCertificates: authority.certificate } });
    await cluster.apply([
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: TEAM, labels: { 'tollgate.dev/enabled': 'true' } },
      },
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
    ]);
    await isBelieved(cluster, TEAM, authority.certificate);
  },
  { timeout: 3_600_000 },
);

after(async () => {
  provider?.stop();
  await cluster?.kubectl(['delete', 'agentrunners', '--all', '-n', TEAM, '--timeout=90s']);
  await cluster?.kubectl(['delete', 'namespace', TEAM, '--ignore-not-found']);
});

const CALL = `
  const { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: key } = process.env;
  const headers = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': key };
  const body = JSON.stringify({ model: 'claude-sonnet-5', max_tokens: 100, messages: [{ role: 'user', content: 'hello' }] });
  const answer = await fetch(url + '/v1/messages', { method: 'POST', headers, body });
  console.log(answer.status, await answer.text());
  if (answer.status !== 200) process.exit(3);`;

const program = (script: string) => ({
  command: ['node', '--input-type=module', '-e', `import fs from 'node:fs';${script}`],
});

function runner(name: string, phases: object, more: object = {}): object {
  return {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'AgentRunner',
    metadata: { name, namespace: TEAM },
    spec: { agent: 'custom', image: IMAGES.node, imagePullPolicy: 'Never', ...phases, ...more },
  };
}

interface Runner {
  readonly status?: {
    readonly phase?: string;
    readonly phases?: readonly {
      readonly name: string;
      readonly exitCode?: number;
      readonly message?: string;
    }[];
    readonly spend?: { readonly usd: string; readonly exchanges: number };
  };
}

/** @returns it, once it has come to this */
async function reached(name: string, phase: string): Promise<Runner> {
  let now: Runner = {};
  await until(
    `${name} is ${phase}`,
    async () => {
      now = await cluster.get<Runner>(['agentrunner', name, '-n', TEAM]);
      return now.status?.phase === phase;
    },
    { timeout: 120_000, every: 500 },
  );
  return now;
}

describe('an AgentRunner', TIMEOUT, () => {
  it('runs setup, work and teardown on one workspace, all governed, and says what it spent', async () => {
    const billed = provider.bill().length;
    await cluster.apply(
      runner('task', {
        setup: program(`fs.writeFileSync('/workspace/by-setup', '1')`),
        work: program(
          `fs.readFileSync('/workspace/by-setup');${CALL};fs.writeFileSync('/workspace/by-work', '2')`,
        ),
        teardown: program(
          `console.log('teardown found', fs.readdirSync('/workspace').filter((n) => n.startsWith('by')).join())`,
        ),
      }),
    );
    const { status } = await reached('task', 'Succeeded');
    assert.deepEqual(
      status?.phases?.map(({ name, exitCode }) => [name, exitCode]),
      [
        ['setup', 0],
        ['work', 0],
        ['teardown', 0],
      ],
    );
    assert.equal(provider.bill().length, billed + 1);
    let spend: NonNullable<Runner['status']>['spend'];
    await until('its spend is written', async () => {
      ({ spend } = (await cluster.get<Runner>(['agentrunner', 'task', '-n', TEAM])).status ?? {});
      return spend?.exchanges === 1;
    });
    assert.notEqual(spend?.usd, '0.00');
    const columns = await cluster.kubectl(['get', 'agentrunners', '-n', TEAM]);
    assert.match(columns, /^NAME\s+AGENT\s+PHASE\s+SPENT\s+LEFT\s+WHY/);
  });

  it('says what was wrong with a phase that failed, and runs teardown all the same', async () => {
    await cluster.apply(
      runner('fails', {
        work: program(`console.log('the disk is made of cheese'); process.exit(7)`),
        teardown: program(`console.log('put away')`),
      }),
    );
    const { status } = await reached('fails', 'Failed');
    const [work, teardown] = status?.phases ?? [];
    assert.deepEqual([work?.exitCode, work?.message?.trim()], [7, 'the disk is made of cheese']);
    assert.equal(teardown?.exitCode, 0);
    const described = await cluster.kubectl(['describe', 'agentrunner', 'fails', '-n', TEAM]);
    assert.match(described, /WorkFailed.*exit code 7: the disk is made of cheese/);
  });

  it('is stopped while it is suspended, and goes on with the same phase afterwards', async () => {
    await cluster.apply(
      runner('pauses', {
        work: program(`
          const tries = fs.existsSync('/workspace/tries') ? Number(fs.readFileSync('/workspace/tries')) + 1 : 1;
          fs.writeFileSync('/workspace/tries', String(tries));
          if (tries === 1) setInterval(() => {}, 1e6); else console.log('try', tries);`),
      }),
    );
    const pod = ['-n', TEAM, '-l', 'tollgate.dev/runner=pauses'];
    await until('its agent runs', async () =>
      (await cluster.kubectl(['get', 'pods', ...pod, '--no-headers'])).includes('2/2'),
    );
    await cluster.kubectl([
      '-n',
      TEAM,
      'patch',
      'agentrunner',
      'pauses',
      '--type=merge',
      '-p',
      '{"spec":{"suspend":true}}',
    ]);
    await reached('pauses', 'Suspended');
    await until(
      'no pod of it is there',
      async () =>
        (await cluster.kubectl(['get', 'pods', ...pod, '--no-headers', '--ignore-not-found'])).trim() === '',
    );
    await cluster.kubectl([
      '-n',
      TEAM,
      'patch',
      'agentrunner',
      'pauses',
      '--type=merge',
      '-p',
      '{"spec":{"suspend":false}}',
    ]);
    const { status } = await reached('pauses', 'Succeeded');
    assert.match(status?.phases?.at(-1)?.message ?? 'try 2', /try 2/);
  });

  it('tears down when it is deleted in the middle of its work', async () => {
    await cluster.apply(
      runner('leaves', {
        work: program(`setInterval(() => {}, 1e6)`),
        teardown: program(`console.log('put away')`),
      }),
    );
    const pods = (phase: string) =>
      cluster.kubectl([
        ...[
          'get',
          'pods',
          '-n',
          TEAM,
          '-l',
          `tollgate.dev/runner=leaves,tollgate.dev/phase=${phase}`,
          '--no-headers',
        ],
      ]);
    await until('its agent runs', async () => (await pods('work')).includes('2/2'));
    await cluster.kubectl(['delete', 'agentrunner', 'leaves', '-n', TEAM, '--wait=false']);
    await until('teardown runs', async () => (await pods('teardown')) !== '');
    await cluster.kubectl(['wait', '--for=delete', 'agentrunner/leaves', '-n', TEAM, '--timeout=90s']);
  });
});
