/** The example policies are valid, and mean what their comments say. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { claudeCode } from '../core/agents/claude-code.ts';
import type { Call } from '../core/govern/call.ts';
import { CallJudge } from '../core/govern/tool-calls.ts';
import { builtInManifests } from '../core/policy/built-in.ts';
import { readManifests } from '../core/policy/manifests.ts';
import { formatProblem } from '../core/policy/problem.ts';
import { buildSnapshot } from '../core/policy/snapshot.ts';

const folder = join(import.meta.dirname, 'local');
const workload = { namespace: 'local', name: 'claude', labels: {} };

function load() {
  const files = readdirSync(folder).map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
  const { manifests, problems, foreign } = readManifests(files);
  assert.deepEqual([problems.map(formatProblem), foreign], [[], []]);
  const snapshot = buildSnapshot({ manifests, builtIn: builtInManifests(), workload });
  if ('error' in snapshot) throw new Error(snapshot.error);
  return snapshot;
}

/** @returns whether the agent may make this call */
function allowed(name: string, args: object): boolean {
  const call = { agent: claudeCode, payer: { workload, session: 's' }, snapshot: load() } as unknown as Call;
  const judge = new CallJudge(call, 'r');
  return (judge.byName(name) ?? judge.byArgs(name, args as never)).allow;
}

describe('examples/local', () => {
  it('limits all agents together for a day, one run, and one request, and how fast they are', () => {
    const [budget] = load().budgets;
    assert.deepEqual(
      budget?.limits.map(({ id, per, window, unit, amount, refuse }) => [
        id,
        per,
        window,
        unit,
        amount / 1e9,
        refuse,
      ]),
      [
        ['local/laptop/per-day', 'namespace', 'day', 'usd', 10, true],
        ['local/laptop/per-run', 'session', 'lifetime', 'usd', 5, true],
        ['local/laptop/per-request', 'workload', 'request', 'usd', 1, true],
      ],
    );
    assert.deepEqual(
      budget?.rates.map(({ requestsPerMinute, concurrent }) => [requestsPerMinute, concurrent]),
      [[120, 16]],
    );
  });

  it('lets no agent become root on this machine', () => {
    for (const command of [
      'sudo ls',
      'ls && sudo -n x',
      'cd / ; su',
      '(doas id)',
      'echo x|sudo tee y',
      ' sudo ls',
      'sudo',
    ]) {
      assert.equal(allowed('Bash', { command }), false, command);
    }
    for (const command of [
      'ls',
      'echo pseudo',
      'cat sudoers',
      'git submodule status',
      'supervisor',
      'ls issu',
    ]) {
      assert.equal(allowed('Bash', { command }), true, command);
    }
    assert.equal(allowed('Bash', {}), false, 'a condition that fails counts against the agent');
  });

  it('lets nobody force-push from here', () => {
    for (const command of [
      'git push --force',
      'git push -f',
      'git  push origin main --force-with-lease',
      'git push origin -f x',
    ]) {
      assert.equal(allowed('Bash', { command }), false, command);
    }
    for (const command of ['git push', 'git push origin main', 'git status --force', 'git fetch -f']) {
      assert.equal(allowed('Bash', { command }), true, command);
    }
  });

  it('fetches from documentation hosts only', () => {
    assert.equal(allowed('WebFetch', { url: 'https://nodejs.org/api/fs.html' }), true);
    for (const url of [
      'https://evil.example',
      'https://nodejs.org.evil.example',
      'https://nodejs.org@evil.example',
      'nodejs.org',
      'https://evil.example\\@nodejs.org',
    ]) {
      assert.equal(allowed('WebFetch', { url }), false, url);
    }
  });

  it('lets agents work with files and a shell, look things up at GitHub, and use no other tool of unknown class', () => {
    for (const name of ['Read', 'Write', 'Edit', 'Grep']) assert.equal(allowed(name, {}), true, name);
    assert.equal(allowed('mcp__github__get_issue', {}), true);
    assert.equal(allowed('mcp__github__create_issue', {}), false);
  });

  it('allows the models of Claude, knows a cheap one by name, and caps what they say', () => {
    const [profile] = load().profiles;
    assert.equal(profile?.models?.matches('claude-sonnet-4-5'), true);
    assert.equal(profile?.models?.matches('gpt-5'), false);
    assert.equal(profile?.aliases.get('cheap'), 'claude-haiku-4-5');
    assert.equal(profile?.maxOutputTokens, 64_000);
    assert.equal(profile?.content, 'none');
  });

  it('asks for nothing that is not in force, beside what no release has yet', () => {
    assert.deepEqual(
      load().notInForce.filter(({ place }) => place !== undefined),
      [],
    );
  });
});
