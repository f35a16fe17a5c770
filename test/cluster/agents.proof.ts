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
import { DENIED_CLAUDE, DENIED_CODEX, POLICIES, SPENDS } from './agents/manifests.ts';
import { ended, getRunner, logsOf, type Runner, tries, whenRunner } from './agents/runners.ts';
import { foundNothing, SEARCH, WITH_DECOY } from './agents/search.ts';
import { example, openSite, REPOSITORIES, SECRETS, type Site, TEAM } from './agents/site.ts';
import { chargedIn, type Entry, entriesOf, faultsOf, readAuditLog } from './audit-log.ts';
import { until } from './commands.ts';

const TIMEOUT = { timeout: 900_000 };

let site: Site;

before(
  async () => {
    site = await openSite((line) => console.log(line));
    await site.cluster.apply(POLICIES);
  },
  { timeout: 3_600_000 },
);

after(async () => {
  await site?.close();
});

/** nano-USD that the provider has billed for a model; each runner has one of its own. */
const billed = (model: string) =>
  site.provider
    .bill()
    .filter((line) => line.model.startsWith(model))
    .reduce((sum, { nanoUsd }) => sum + nanoUsd, 0);

const dollars = (nano: number) => nano / 1e9;

const audited = async (name: string): Promise<Entry[]> =>
  entriesOf(await readAuditLog(site.cluster), TEAM, `agentrunner/${name}`, site.since);

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
  before(() => site.cluster.apply(example('claude-code-runner.yaml'), ['-n', TEAM]));

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

describe('Codex in the example runner', TIMEOUT, () => {
  before(() => site.cluster.apply(example('codex-runner.yaml'), ['-n', TEAM]));

  it('is kept running as a service, and commits a review by the tool of its default model', async () => {
    const { cluster } = site;
    const reviewer = await whenRunner(
      cluster,
      'reviewer',
      'has made two exchanges',
      ({ status }) => (status?.spend?.exchanges ?? 0) >= 2,
    );
    assert.equal(reviewer.status?.phase, 'Work');
    assert.match(await logsOf(cluster, 'reviewer', 'work'), /^\[rehearsal\] it is reviewed$/m);
    await spendAgrees(reviewer, 'gpt-6.1-sol');
    const calls = closed(await audited('reviewer')).flatMap(({ calls = [] }) => calls);
    assert.deepEqual(
      calls.map(({ name, verdict }) => [name, verdict]),
      [['functions/exec', 'allow']],
    );
  });

  it('has no credential anywhere that it can look', async () => {
    const { cluster } = site;
    const exec = ['exec', '-n', TEAM, 'deployment/reviewer-work', '-c', 'agent', '--'];
    const written = await cluster.kubectl([...exec, ...WITH_DECOY, 'sh', '-euc', SEARCH], {
      timeout: 240_000,
    });
    assert.ok(foundNothing(written), written);
  });

  it('has its work pushed by teardown when it is deleted', async () => {
    const { cluster, repositories } = site;
    const gone = ['delete', 'agentrunner', 'reviewer', '-n', TEAM, '--timeout=480s'];
    await cluster.kubectl(gone, { timeout: 500_000 });
    const log = ['log', '--format=%an: %s', 'agents/reviewer'];
    assert.equal(repositories.git(REPOSITORIES.team, ...log), 'reviewer: Review\na: first');
    assert.equal(repositories.git(REPOSITORIES.team, 'show', 'agents/reviewer:REVIEW.md'), 'fine');
    assert.deepEqual(gitRequests(await audited('reviewer')).at(-1), [
      ...['teardown', 'git-receive-pack', 'allow', 'refs/heads/agents/reviewer ok'],
    ]);
  });
});

describe('a tool call that the profile denies', TIMEOUT, () => {
  it('is shown by Claude Code as on a laptop, runs nothing, and costs what it cost', async () => {
    const { cluster } = site;
    await cluster.apply(DENIED_CLAUDE);
    const denied = await ended(cluster, 'denied-claude', 1);
    assert.equal(denied.status?.phase, 'Succeeded', JSON.stringify(denied.status));
    const written = await logsOf(cluster, 'denied-claude', 'work');
    assert.equal(written.match(DENIED)?.[1], 'Bash', written);
    assert.equal(written.match(/\[tollgate\]/g)?.length, 1, written);
    assert.match(written, /^made: app$/m);
    assert.equal(denied.status?.spend?.exchanges, 1);
    await spendAgrees(denied, 'claude-sonnet-5');
    assert.deepEqual(
      closed(await audited('denied-claude')).map(({ verdict, calls = [] }) => [verdict, calls[0]?.verdict]),
      [['allow', 'deny']],
    );
  });

  it('is shown by Codex as on a laptop, and runs nothing', async () => {
    const { cluster } = site;
    await cluster.apply(DENIED_CODEX);
    const denied = await ended(cluster, 'denied-codex', 1);
    assert.equal(denied.status?.phase, 'Succeeded', JSON.stringify(denied.status));
    const written = await logsOf(cluster, 'denied-codex', 'work');
    assert.equal(written.match(DENIED)?.[1], 'exec_command', written);
    assert.match(written, /^made:$/m);
    assert.equal(denied.status?.spend?.exchanges, 1);
    await spendAgrees(denied, 'gpt-5.4');
  });

  it('leaves no credential in any phase, neither in its files nor in its environment', async () => {
    for (const phase of ['setup', 'work', 'teardown']) {
      const written = await logsOf(site.cluster, 'denied-claude', phase);
      assert.ok(foundNothing(written), `${phase}: ${written}`);
    }
  });

  it('does not keep teardown from pushing, but only where it may', async () => {
    const { cluster, repositories } = site;
    assert.match(await logsOf(cluster, 'denied-claude', 'teardown'), /other is refused/);
    assert.equal(repositories.git(REPOSITORIES.app, 'log', '--format=%s', 'agents/denied'), 'first');
    const branches = repositories.git(REPOSITORIES.app, 'branch', '--format=%(refname:short)');
    assert.deepEqual(branches.split('\n'), ['agents/bugfix', 'agents/denied', 'main']);
    assert.deepEqual(gitRequests(await audited('denied-claude')).slice(-2), [
      ['teardown', 'git-receive-pack', 'deny', 'refs/heads/other'],
      ['teardown', 'git-receive-pack', 'allow', 'refs/heads/agents/denied ok'],
    ]);
  });
});

describe('a budget that is spent', TIMEOUT, () => {
  it('ends the runner as Refused, with the code, and was never overspent', async () => {
    const { cluster } = site;
    await cluster.apply(SPENDS);
    const spends = await ended(cluster, 'spends', 2);
    const { phase, spend, conditions = [] } = spends.status ?? {};
    assert.deepEqual([phase, spend?.lastRefusal, spend?.refused], ['Refused', 'budget_spent', 1]);
    const finished = conditions.find(({ type }) => type === 'Finished');
    assert.equal(finished?.reason, 'Refused');
    assert.match(finished?.message ?? '', /^its last model call was refused: budget_spent; work ended: /);
    await spendAgrees(spends, 'claude-haiku-4-5');
    assert.ok(Number(spend?.usd) <= 0.5);
    assert.equal(Number(spend?.usd) + Number(spend?.left), 0.5);
    assert.match(
      await logsOf(cluster, 'spends'),
      /^\[tollgate\] The budget agents\/spends\/all is used up: /m,
    );
    let budget = '';
    await until(
      () => `kubectl get budgetpolicies shows $${spend?.usd}: ${budget}`,
      async () => {
        budget = await cluster.kubectl(['get', 'budgetpolicies', '-n', TEAM, 'spends', '--no-headers']);
        return budget.includes(` $0.50 `) && budget.includes(` $${spend?.usd} `);
      },
      { timeout: 120_000, every: 1_000 },
    );
    const line = await cluster.kubectl(['get', 'agentrunners', '-n', TEAM, 'spends', '--no-headers']);
    assert.match(
      line,
      /^spends +claude-code +Refused +0\.\d+ +0\.\d+ +its last model call was refused: budget_spent/,
    );
  });
});

describe('all of it', TIMEOUT, () => {
  it('is in an audit log in which no entry is changed, missing or out of place', async () => {
    const log = await readAuditLog(site.cluster);
    assert.deepEqual(faultsOf(log), []);
    const [row] = log.rows;
    assert.ok(row);
    const forged = { ...row, text: row.text.replace('"at":1', '"at":2') };
    assert.equal(faultsOf({ ...log, rows: [forged, ...log.rows.slice(1)] }).length, 1, 'it would be found');
  });

  it('went with the credentials that nobody saw', async () => {
    const { cluster, repositories } = site;
    assert.ok(repositories.seen().length > 0);
    assert.ok(repositories.seen().every(({ isKnown }) => isKnown));
    const shown = [
      await cluster.kubectl(['get', 'pods,jobs,deployments,agentrunners,events', '-n', TEAM, '-o', 'json']),
      ...(await readAuditLog(cluster)).rows.map(({ text }) => text),
    ];
    const pods = await cluster.get<{ items: { metadata: { name: string } }[] }>(['pods', '-n', TEAM]);
    for (const { metadata } of pods.items)
      shown.push(await cluster.kubectl(['logs', '-n', TEAM, metadata.name, '--all-containers']));
    for (const part of ['control', 'gateway', 'operator'])
      shown.push(await cluster.kubectl(['logs', '-n', 'tollgate-system', `deployment/tollgate-${part}`]));
    const text = shown.join('\n');
    assert.match(text, /sidecar/);
    for (const secret of Object.values(SECRETS)) assert.ok(!text.includes(secret));
  });
});

const DENIED =
  /^\[tollgate\] The tool call (\S+) was not allowed: nobody runs commands here\. Go on without it, or change spec\.tools of the ToolProfile no-shell\. \(tool_not_allowed, [0-9a-f]{32}\)$/m;
