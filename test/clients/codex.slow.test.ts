/** The real Codex under `tollgate run`, against the rehearsal provider, on the Responses wire. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Machine, sum } from './governed.ts';

const here = import.meta.dirname;
const policies = join(here, 'policies', 'denied-shell.yaml');

function codex(prompt: string, model = 'gpt-5.4'): string[] {
  const program = join(here, 'node_modules', '.bin', 'codex');
  const flags = ['--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', '-m', model];
  return [program, 'exec', ...flags, prompt];
}

const TOUCH = '/tool exec_command {"cmd":"touch made"}\n/say it is done';

describe('Codex', { timeout: 120_000 }, () => {
  it('completes a session with a tool; spend and audit agree with the provider', async () => {
    const machine = new Machine('codex');
    const { code, stdout, stderr } = await machine.run(codex(TOUCH));
    assert.equal(code, 0, stderr);
    assert.equal(stdout.trim(), '[rehearsal] it is done');
    assert.ok(existsSync(join(machine.folder, 'made')));
    assert.equal(machine.bill().length, 2);
    assert.deepEqual(
      (await machine.exchanges()).map(({ agent, verdict }) => [agent, verdict]),
      [
        ['codex', 'allow'],
        ['codex', 'allow'],
      ],
    );
    assert.equal(await machine.spent(), sum(machine.bill()));
    assert.ok(await machine.verifies());
  });

  it('shows a denied tool call verbatim after one judged request, and does not run it', async () => {
    const machine = new Machine('codex-denied', policies);
    const { stdout, stderr } = await machine.run(codex(TOUCH));
    assert.match(stdout, /\[tollgate\] The tool call exec_command was not allowed: nobody runs/, stderr);
    assert.ok(!existsSync(join(machine.folder, 'made')));
    assert.equal((await machine.exchanges()).length, 1);
    assert.equal(await machine.spent(), sum(machine.bill()));
  });

  it('shows a refused request verbatim after one judged request, without a retry', async () => {
    const machine = new Machine('codex-refused', policies);
    const { stdout, stderr } = await machine.run(codex('hi', 'gpt-5'));
    assert.match(stdout, /\[tollgate\] The model gpt-5 is not allowed by the ToolProfile no-shell/, stderr);
    const codes = (await machine.exchanges()).map(({ code }) => code);
    assert.deepEqual(codes, ['model_not_allowed']);
  });
});
