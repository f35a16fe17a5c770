/** The real Codex under `tollgate run`, against the rehearsal provider, on the Responses wire. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Machine, sum } from './governed.ts';
import { shown, transcriptOf } from './transcript.ts';

const here = import.meta.dirname;
const policies = join(here, 'policies', 'denied-shell.yaml');
const short = join(here, 'policies', 'short-replies.yaml');
const program = join(here, 'node_modules', '.bin', 'codex');
const transcript = transcriptOf('codex');

function codex(prompt: string, model = 'gpt-5.4'): string[] {
  const flags = ['--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', '-m', model];
  return [program, 'exec', ...flags, prompt];
}

const TOUCH = '/tool exec_command {"cmd":"touch made"}\n/say it is done';

describe('Codex', { timeout: 600_000 }, () => {
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
    assert.match(
      stdout,
      /\[tollgate\] The tool call exec_command was not allowed: nobody runs commands here\. Go on without it, or change spec\.tools of the ToolProfile no-shell\. \(tool_not_allowed, [0-9a-f]{32}\)$/m,
      stderr,
    );
    assert.equal(stdout.match(/\[tollgate\]/g)?.length, 1, stdout);
    assert.ok(!existsSync(join(machine.folder, 'made')));
    assert.equal((await machine.exchanges()).length, 1);
    assert.equal(machine.bill().length, 1);
    assert.equal(await machine.spent(), sum(machine.bill()));
    assert.ok(await machine.verifies());
  });

  it('shows a refused request as its page says, after one judged request, without a retry', async () => {
    const machine = new Machine('codex-refused', transcript.policies);
    // It starts in repositories only, unless it is told otherwise.
    spawnSync('git', ['init', '--quiet', machine.folder]);
    const { code, stdout, stderr } = await machine.run(transcript.client.with(0, program), transcript.flags);
    assert.equal(code, 0, stderr);
    assert.equal(shown(stdout), transcript.output, stderr);
    const codes = (await machine.exchanges()).map(({ code }) => code);
    assert.deepEqual(codes, ['model_not_allowed']);
    assert.ok(!existsSync(machine.billFile));
    assert.equal(await machine.spent(), 0);
    assert.ok(await machine.verifies());
  });

  it('ends with an error, and asks no second time, when an answer ends at the output cap', async () => {
    const machine = new Machine('codex-cap', short);
    const { code, stderr } = await machine.run(codex('/tokens 400'));
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^ERROR: Incomplete response returned, reason: max_output_tokens$/m);
    assert.equal((await machine.exchanges()).length, 1);
    assert.deepEqual(
      machine.bill().map(({ outputTokens }) => outputTokens),
      [50],
    );
    assert.equal(await machine.spent(), sum(machine.bill()));
    assert.ok(await machine.verifies());
  });

  it('leaves its exchange closed and paid for when its user presses ^C', async () => {
    const machine = new Machine('codex-left');
    const { stderr } = await machine.leave(codex('/pace 20\n/tokens 1000'));
    assert.deepEqual(
      (await machine.exchanges()).map(({ status, faults }) => [status, faults]),
      [['closed', ['client_gone']]],
      stderr,
    );
    assert.equal(machine.bill().length, 1);
    assert.equal(await machine.spent(), sum(machine.bill()));
    assert.ok(await machine.verifies());
  });
});
