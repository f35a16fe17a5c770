/**
 * The real Claude Code and the real Codex as AgentRunners: setup clones from a server outside, the agent works, teardown
 * pushes, all of it governed. The examples are applied as they are.
 *
 *   node --test test/cluster/agents.proof.ts
 *
 * As root, with the agents of test/clients installed (npm ci there).
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  ended,
  foundNothing,
  getRunner,
  logsOf,
  type Runner,
  runner,
  SEARCH,
  shell,
  tries,
  WITH_DECOY,
  whenRunner,
} from './agents/runners.ts';
import { example, IMAGES, openSite, REPOSITORIES, SECRETS, type Site, TEAM } from './agents/site.ts';
import { chargedIn, type Entry, entriesOf, faultsOf, readAuditLog } from './audit-log.ts';

const TIMEOUT = { timeout: 900_000 };

let site: Site;

before(
  async () => {
    site = await openSite((line) => console.log(line));
    const { cluster } = site;
    // All at once: most of their time is waiting.
    await cluster.apply(example('claude-code-runner.yaml'), ['-n', TEAM]);
    await cluster.apply(example('codex-runner.yaml'), ['-n', TEAM]);
    await cluster.apply([...POLICIES, ...RUNNERS]);
  },
  { timeout: 3_600_000 },
);

after(async () => {
  await site?.close();
});

const CLONE = 'git clone --quiet http://127.0.0.1:4141/git/app app';
const TOUCH = 'touch /workspace/made';

const claude = (model: string, ...lines: string[]) =>
  `claude --model ${model} --dangerously-skip-permissions -p "$(cat <<'EOT'\n${lines.join('\n')}\nEOT\n)"`;

const POLICIES = [
  {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'ToolProfile',
    metadata: { name: 'no-shell', namespace: TEAM },
    spec: {
      // Of all tiers with a root file system that can't be written.
      tier: 'web_automation',
      tools: {
        allow: [{ name: '*' }],
        deny: ['Bash', 'exec_command'].map((name) => ({ name, reason: 'nobody runs commands here' })),
      },
      models: { allow: ['*'] },
      network: {
        setup: { hosts: ['github.com'] },
        work: { access: 'local' },
        teardown: { hosts: ['github.com'] },
      },
    },
  },
  {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'BudgetPolicy',
    metadata: { name: 'spends', namespace: TEAM },
    spec: {
      selector: { labels: { app: 'spends' } },
      limits: [{ name: 'all', per: 'runner', window: 'lifetime', usd: '0.3' }],
    },
  },
];

const GIT = [
  {
    name: 'app',
    url: `https://github.com/${REPOSITORIES.app}`,
    secret: { name: 'github', key: 'token' },
    push: { branches: ['agents/*'] },
  },
];

const RUNNERS = [
  // Its tools are denied, and in each of its phases something looks for what must not be there.
  runner('denied-claude', {
    agent: 'claude-code',
    image: IMAGES.claudeCode,
    toolProfile: 'no-shell',
    git: GIT,
    setup: { image: IMAGES.git, command: [...WITH_DECOY, 'sh', '-euc', `${CLONE}\n${SEARCH}`] },
    work: {
      command: [
        ...[...WITH_DECOY, 'sh', '-euc'],
        `${claude('claude-sonnet-5', `/tool Bash {"command":"${TOUCH}","description":"Touch"}`, '/say it is done')}
         echo made: $(ls /workspace)\n${SEARCH}`,
      ],
    },
    teardown: {
      image: IMAGES.git,
      command: [
        ...[...WITH_DECOY, 'sh', '-euc'],
        `git init --quiet --bare /tmp/out; cd /tmp/out; git fetch --quiet /workspace/app HEAD
         git push http://127.0.0.1:4141/git/app FETCH_HEAD:refs/heads/main || echo main is refused
         git push --quiet http://127.0.0.1:4141/git/app FETCH_HEAD:refs/heads/agents/denied\n${SEARCH}`,
      ],
    },
  }),
  runner('denied-codex', {
    agent: 'codex',
    image: IMAGES.codex,
    toolProfile: 'no-shell',
    work: shell(
      `codex exec --skip-git-repo-check --dangerously-bypass-approvals-and-sandbox -m gpt-5.4 '/tool exec_command {"cmd":"${TOUCH}"}\n/say it is done'
       echo made: $(ls /workspace)`,
    ),
  }),
  // Each answer costs 4 cents; that the last one is refused is for the limit to say.
  runner('spends', {
    agent: 'claude-code',
    image: IMAGES.claudeCode,
    toolProfile: 'no-shell',
    work: shell(
      claude(
        'claude-haiku-4-5',
        '/bill input=40000 output=0',
        ...Array.from({ length: 20 }, () => '/tool Glob {"pattern":"*"}'),
        '/say it is never done',
      ),
    ),
  }),
];

/** nano-USD that the provider has billed for a model; each runner has one of its own. */
const billed = (model: string) =>
  site.provider
    .bill()
    .filter((line) => line.model.startsWith(model))
    .reduce((sum, { nanoUsd }) => sum + nanoUsd, 0);

const dollars = (nano: number) => nano / 1e9;

const audited = async (name: string): Promise<Entry[]> =>
  entriesOf(await readAuditLog(site.cluster), TEAM, `agentrunner/${name}`);

const closed = (entries: readonly Entry[]) => entries.filter(({ kind }) => kind === 'closed');

/** What was asked of the repository, in the order in which it went out. */
const gitRequests = (entries: readonly Entry[]) =>
  entries
    .filter(({ kind, step, listing }) => kind === 'git' && step === 'ended' && !listing)
    .map(({ phase, service, verdict, commands = [] }) => [
      phase,
      service,
      verdict,
      ...commands.map(({ ref, result }) => `${ref} ${result ?? ''}`.trim()),
    ]);

async function spendAgrees({ metadata: { name }, status }: Runner, model: string): Promise<void> {
  const entries = await audited(name);
  assert.ok(billed(model) > 0);
  assert.equal(chargedIn(entries), billed(model));
  assert.equal(Number(status?.spend?.usd), dollars(billed(model)));
  const line = await site.cluster.kubectl(['get', 'agentrunners', '-n', TEAM, name, '--no-headers']);
  assert.ok(line.split(/\s+/).includes(status?.spend?.usd ?? '-'), line);
}

describe('Claude Code in the example runner', TIMEOUT, () => {
  it('mends a repository: setup clones it, its commit is pushed by teardown', async () => {
    const { cluster, repositories } = site;
    const bugfix = await ended(cluster, 'bugfix', 3);
    assert.equal(bugfix.status?.phase, 'Succeeded', JSON.stringify(bugfix.status));
    assert.deepEqual(tries(bugfix), [
      ['setup', 1, 0],
      ['work', 1, 0],
      ['teardown', 1, 0],
    ]);
    const log = ['log', '--format=%an: %s', 'agents/bugfix'];
    assert.equal(repositories.git(REPOSITORIES.app, ...log), 'bugfix: Mend it\na: first');
    assert.equal(repositories.git(REPOSITORIES.app, 'show', 'agents/bugfix:fix.txt'), 'mended');
    assert.equal((await logsOf(cluster, 'bugfix', 'work')).trim(), '[rehearsal] it is mended');
  });

  it('has spent what the provider billed, in its status, in kubectl get and in the audit log', async () => {
    const bugfix = await getRunner(site.cluster, 'bugfix');
    assert.equal(bugfix.status?.spend?.exchanges, 3);
    await spendAgrees(bugfix, 'claude-opus-5-5');
  });

  it('is in the audit log with its exchanges, its tools and what it asked of the repository', async () => {
    const entries = await audited('bugfix');
    const calls = closed(entries).flatMap(({ calls = [] }) => calls);
    assert.deepEqual(
      calls.map(({ name, verdict }) => [name, verdict]),
      [
        ['Write', 'allow'],
        ['Bash', 'allow'],
      ],
    );
    assert.ok(closed(entries).every(({ verdict }) => verdict === 'allow'));
    assert.deepEqual(gitRequests(entries), [
      ['setup', 'git-upload-pack', 'allow'],
      ['setup', 'git-upload-pack', 'allow'],
      ['teardown', 'git-receive-pack', 'allow', 'refs/heads/agents/bugfix ok'],
    ]);
  });
});
