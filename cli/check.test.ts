import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runCli } from './testing.ts';

const examples = join(import.meta.dirname, '..', 'examples', 'local');

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
    const bad = JSON.parse((await runCli(['check', policies('a: ['), '--json'])).stdout);
    assert.equal(bad.valid, false);
    assert.equal(bad.problems[0].line, 1);
  });

  it('is not content with a folder without policies, or none at all', async () => {
    assert.equal((await runCli(['check', policies('')])).code, 1);
    const { code, stderr } = await runCli(['check', '/nowhere']);
    assert.equal(code, 2);
    assert.match(stderr, /\/nowhere: the policies can't be read \(ENOENT\)/);
  });
});
