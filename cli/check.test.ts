import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runCli } from './testing.ts';

const examples = join(import.meta.dirname, '..', 'examples', 'local');

const HEAD = 'apiVersion: tollgate.dev/v1alpha1\n';
const TWO_PROFILES = ['p', 'q']
  .map((name) => `${HEAD}kind: ToolProfile\nmetadata: {name: ${name}}\nspec: {tier: locked}\n`)
  .join('---\n');

function policies(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-check-'));
  writeFileSync(join(folder, 'p.yaml'), text);
  return folder;
}

describe('tollgate check', () => {
  it('says what the example policies mean, and what of them is not in force here', async () => {
    const { code, stdout } = await runCli(['check', examples]);
    assert.equal(code, 0);
    assert.match(stdout, /2 policies, all valid/);
    assert.match(stdout, /per-day +\$10\.00 a day \(UTC\) +all of the namespace together/);
    assert.match(stdout, /tool Bash is refused when .*agents do not become root/);
    assert.match(stdout, /key from ANTHROPIC_API_KEY \(NOT SET\)/);
    assert.match(stdout, /Not in force here\n {2}- PII and secrets are not scanned for/);
  });

  it('says what they mean for one key of a gateway: by its name, label, profile and namespace', async () => {
    const team = join(examples, '..', 'team');
    const key = ['--name', 'ci', '--label', 'team=payments', '--profile', 'ci', '--namespace', 'billing'];
    const { code, stdout } = await runCli(['check', team, ...key]);
    assert.equal(code, 0, stdout);
    assert.match(
      stdout,
      /Budgets of billing\/ci\n {2}billing\/team\n(.*\n)* {2}billing\/payments\n(.*\n)* {2}billing\/ci/,
    );
    assert.match(stdout, /Tools and models: ToolProfile ci, tier locked/);
  });

  it('names file, line, field and fix of what is wrong, and exits with 1', async () => {
    const folder = policies(
      'apiVersion: tollgate.dev/v1alpha1\nkind: ToolProfile\nmetadata: {name: x}\nspec:\n  teir: locked\n',
    );
    const { code, stdout } = await runCli(['check', folder]);
    assert.equal(code, 1);
    assert.match(stdout, /p\.yaml:5: spec\.teir: unknown field\. Did you mean "tier"\?/);
    assert.match(stdout, /Nothing of it would be put in force/);
  });

  it('says the same to machines', async () => {
    const good = JSON.parse((await runCli(['check', examples, '--json'])).stdout);
    assert.equal(good.valid, true);
    assert.equal(good.manifests.length, 2);
    assert.match(good.snapshot, /^[0-9a-f]{64}$/);
    const wrong = await runCli(['check', policies('a: ['), '--json']);
    assert.equal(wrong.code, 1);
    const bad = JSON.parse(wrong.stdout);
    assert.equal(bad.valid, false);
    assert.equal(bad.problems[0].line, 1);
    assert.deepEqual([good.problems, good.spendIsLimited, bad.snapshot], [[], true, null]);
    const tied = JSON.parse((await runCli(['check', policies(TWO_PROFILES), '--json'])).stdout);
    assert.deepEqual([tied.valid, tied.snapshot, tied.notInForce], [false, null, []]);
    for (const { problems } of [bad, tied])
      assert.deepEqual(Object.keys(problems[0]).sort(), ['field', 'file', 'fix', 'line', 'message']);
    assert.deepEqual([tied.problems[0].line, tied.problems[0].fix], [null, null]);
    assert.match(
      tied.problems[0].message,
      /^which ToolProfile\? There are p, q: name one with --profile, or/,
    );
  });

  it('says so when spend is not limited, and why a policy is not for this workload', async () => {
    const budget = `${HEAD}kind: BudgetPolicy\nmetadata: {name: ab}\nspec:\n  selector: {workloads: [other]}\n  limits: [{name: a, window: day, usd: 1}]\n`;
    const { code, stdout } = await runCli(['check', policies(budget)]);
    assert.equal(code, 0);
    assert.match(stdout, /no budget: spend is not limited \(no BudgetPolicy has a limit for local\/claude\)/);
    assert.match(stdout, /BudgetPolicy ab is not for local\/claude: it is for workloads named other/);
    const none = await runCli(['check', policies(TWO_PROFILES), '--profile', 'p']);
    assert.match(none.stdout, /local\/built-in\n +per-day +\$10\.00 a day/);
  });

  it('says when limits warn and whom, and why a webhook could not be told', async () => {
    const budget = (name: string, warnings: string) =>
      `${HEAD}kind: BudgetPolicy\nmetadata: {name: ${name}}\nspec:\n  limits: [{name: a, window: day, usd: 1}]\n${warnings}`;
    const hook = (url: string) => `  warnings: {at: [75], webhook: {url: "${url}", secretEnv: HOOK}}\n---\n`;
    const all = [
      budget('plain', '---\n'),
      budget('quiet', '  warnings: {at: []}\n---\n'),
      budget('told', hook('https://hooks.example.com/T0KEN')),
      budget('inside', hook('https://10.0.0.1/')),
    ];
    const secret = Buffer.alloc(32, 1).toString('base64');
    const { code, stdout } = await runCli(['check', policies(all.join(''))], { HOOK: secret });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /plain\n.*\n +warns when 50 %, 80 %, 95 % of a limit is spent\n/);
    assert.match(stdout, /quiet\n +a .*\n {2}local\/told/);
    assert.match(
      stdout,
      /warns when 75 % of a limit is spent; told to hooks\.example\.com, signed with HOOK\n/,
    );
    assert.match(
      stdout,
      /BudgetPolicy local\/inside: its webhook is not told: 10\.0\.0\.1 is not a public address/,
    );
    assert.ok(!stdout.includes('T0KEN') && !stdout.includes(secret));
    const without = await runCli(['check', policies(all.join(''))]);
    assert.match(without.stdout, /its webhook is not told: HOOK is not set/);
  });

  it('is not content with a folder without policies, or none at all', async () => {
    assert.equal((await runCli(['check', policies('')])).code, 1);
    const { code, stderr } = await runCli(['check', '/nowhere']);
    assert.equal(code, 2);
    assert.match(stderr, /\/nowhere: the policies can't be read \(ENOENT\)/);
  });
});
