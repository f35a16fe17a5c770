/** The policies of the example team are valid, and mean for each key what their comments say. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { claudeCode } from '../core/agents/claude-code.ts';
import type { Call } from '../core/govern/call.ts';
import { CallJudge } from '../core/govern/tool-calls.ts';
import { scopeOf } from '../core/ledger/checks.ts';
import { builtInManifests } from '../core/policy/built-in.ts';
import { readManifests } from '../core/policy/manifests.ts';
import { formatProblem } from '../core/policy/problem.ts';
import { buildSnapshot, type Snapshot, type Workload } from '../core/policy/snapshot.ts';

const folder = join(import.meta.dirname, 'team');

/** @returns what is in force for a key with this name, label and profile */
function of(name: string, team?: string, profile?: string): { snapshot: Snapshot; workload: Workload } {
  const files = readdirSync(folder).map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
  const { manifests, problems, foreign } = readManifests(files);
  assert.deepEqual([problems.map(formatProblem), foreign], [[], []]);
  const workload = { namespace: 'local', name, labels: team === undefined ? {} : { team } };
  const more = profile === undefined ? {} : { profile };
  const snapshot = buildSnapshot({ manifests, builtIn: builtInManifests(), workload, ...more });
  if ('error' in snapshot) throw new Error(snapshot.error);
  return { snapshot, workload };
}

/** @returns name, scope and US dollars of each limit that counts something */
function limitsOf({ snapshot, workload }: ReturnType<typeof of>): string[] {
  const payer = { workload, session: 'k' };
  return snapshot.budgets.flatMap(({ limits }) =>
    limits
      .filter(({ window }) => window !== 'request')
      .map(({ id, per, amount, refuse }) => `${id} ${scopeOf(per, payer)} ${amount / 1e9} ${refuse}`),
  );
}

function allowed({ snapshot, workload }: ReturnType<typeof of>, name: string, args: object = {}): boolean {
  const call = { agent: claudeCode, payer: { workload, session: 's' }, snapshot } as unknown as Call;
  const judge = new CallJudge(call, 'r');
  return (judge.byName(name) ?? judge.byArgs(name, args as never)).allow;
}

const TEAM = (name: string) => [
  'local/team/per-month namespace:local 2000 true',
  `local/team/per-day workload:local/${name} 50 true`,
];

describe('examples/team', () => {
  it('gives each key a budget of its own, and all of them one together', () => {
    assert.deepEqual(limitsOf(of('web')), TEAM('web'));
    const { limits = [] } = of('web').snapshot.budgets[0] ?? {};
    assert.deepEqual(
      limits.map(({ timeZone }) => timeZone),
      ['Europe/Berlin', 'Europe/Berlin', 'Europe/Berlin'],
    );
  });

  it('gives the keys of one label a budget that they share', () => {
    const shared = 'local/payments/per-month namespace:local 400 true';
    assert.deepEqual(limitsOf(of('web', 'payments')), [...TEAM('web'), shared]);
    assert.deepEqual(limitsOf(of('other', 'payments')), [...TEAM('other'), shared]);
    assert.deepEqual(limitsOf(of('web', 'search')), TEAM('web'));
  });

  it('keeps jobs shorter, by their names', () => {
    for (const name of ['ci', 'ci-nightly'])
      assert.deepEqual(limitsOf(of(name)), [
        ...TEAM(name),
        `local/ci/per-day workload:local/${name} 10 true`,
      ]);
    assert.deepEqual(limitsOf(of('circle')), TEAM('circle'));
    const rates = of('ci').snapshot.budgets.flatMap(({ rates }) => rates);
    assert.deepEqual(
      rates.map(({ id, requestsPerMinute, concurrent }) => [id, requestsPerMinute, concurrent]),
      [
        ['local/team/pace', 300, 32],
        ['local/ci/pace', 60, 4],
      ],
    );
  });

  it('lets programs call their own tools, and nobody force-push', () => {
    const web = of('web');
    for (const tool of ['Read', 'Bash', 'lookup_order', 'mcp__x__y']) {
      assert.equal(allowed(web, tool, { command: 'ls' }), true, tool);
    }
    assert.equal(allowed(web, 'Bash', { command: 'git push --force' }), false);
  });

  it('lets jobs whose key says so read and answer, with small models', () => {
    const job = of('ci', undefined, 'ci');
    assert.equal(allowed(job, 'Read'), true);
    for (const tool of ['Bash', 'Write', 'WebFetch', 'lookup_order'])
      assert.equal(allowed(job, tool), false, tool);
    const [profile] = job.snapshot.profiles;
    const may = (model: string) => profile?.models?.matches(model);
    assert.deepEqual(['claude-haiku-4-5', 'gpt-5-mini', 'claude-opus-5-5', 'gpt-5'].map(may), [
      true,
      true,
      false,
      false,
    ]);
    assert.equal(profile?.aliases.get('cheap'), 'claude-haiku-4-5');
  });

  it('has both providers, each with a key of its own', () => {
    assert.deepEqual(
      of('web').snapshot.providers.map(({ name, origin, auth }) => [name, origin, auth.env]),
      [
        ['anthropic', 'https://api.anthropic.com', 'ANTHROPIC_API_KEY'],
        ['openai', 'https://api.openai.com', 'OPENAI_API_KEY'],
      ],
    );
  });

  it('asks for nothing that is not in force, beside what is for other keys', () => {
    for (const snapshot of [of('ci', 'payments').snapshot, of('ci', 'payments', 'ci').snapshot]) {
      const asked = snapshot.notInForce
        .filter(({ place }) => place !== undefined)
        .map(({ sentence }) => sentence);
      assert.ok(
        asked.every((sentence) => / is not for local\/ci: the profile is /.test(sentence)),
        asked.join('\n'),
      );
    }
  });
});
