/** The real Claude Code under `tollgate run`, against the rehearsal provider. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Machine, sum } from './governed.ts';
import { shown, transcriptOf } from './transcript.ts';

const platform = `${process.platform}-${process.arch}`;
const claude = join(
  import.meta.dirname,
  'node_modules',
  '@anthropic-ai',
  `claude-code-${platform}`,
  'claude',
);
const examples = join(import.meta.dirname, '..', '..', 'examples', 'local');
const transcript = transcriptOf('claude-code');
const prompt = (...lines: string[]) => [claude, '-p', lines.join('\n'), '--allowedTools', 'Bash,Read,Write'];

describe('Claude Code', { timeout: 600_000 }, () => {
  it('is installed at the pinned version', () => {
    assert.ok(existsSync(claude), `${claude} is missing: run npm ci in test/clients`);
  });

  it('completes a session with tools; spend and audit agree with the provider', async () => {
    const machine = new Machine('claude-tools', examples);
    const ran = await machine.run(
      prompt(
        'Do this:',
        '/tool Bash {"command":"echo out of the shell > note.txt","description":"write"}',
        '/tool Read {"file_path":"note.txt"}',
        '/say it is written',
      ),
    );
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(ran.stdout.trim(), '[rehearsal] it is written');
    assert.equal(readFileSync(join(machine.folder, 'note.txt'), 'utf8').trim(), 'out of the shell');
    const exchanges = await machine.exchanges();
    assert.equal(exchanges.length, machine.bill().length);
    assert.ok(exchanges.every(({ verdict, agent }) => verdict === 'allow' && agent === 'claude-code'));
    assert.equal(await machine.spent(), sum(machine.bill()));
    assert.ok(await machine.verifies());
    assert.match(ran.stderr, /3 exchanges, \$0\.\d+ spent \(a rehearsal: not really\)/);
  });

  it('shows a denied tool call verbatim after one judged request, does not run it, and goes on', async () => {
    const machine = new Machine('claude-denied', examples);
    const denied = await machine.run(
      prompt('Do this:', '/tool Bash {"command":"sudo touch root.txt","description":"become root"}'),
    );
    assert.equal(denied.code, 0, denied.stderr);
    const text =
      /^\[tollgate\] The tool call Bash was not allowed: agents do not become root on this machine\. Go on without it, or change spec\.tools of the ToolProfile coding\. \(tool_not_allowed, [0-9a-f]{32}\)$/m;
    assert.match(denied.stdout, text);
    assert.equal(denied.stdout.match(/\[tollgate\]/g)?.length, 1, denied.stdout);
    assert.ok(!existsSync(join(machine.folder, 'root.txt')));
    assert.equal((await machine.exchanges()).length, 1);
    assert.match(denied.stderr, /1 tool call denied/);

    const next = await machine.run([...prompt('And now?', '/say I go on'), '--continue']);
    assert.equal(next.code, 0, next.stderr);
    assert.equal(next.stdout.trim(), '[rehearsal] I go on');
    assert.equal((await machine.exchanges()).length, 2);
    assert.equal(await machine.spent(), sum(machine.bill()));
    assert.ok(await machine.verifies());
  });

  it('shows a refused request as its page says, after one judged request, without a retry', async () => {
    const machine = new Machine('claude-refused', transcript.policies);
    const { code, stdout, stderr } = await machine.run(transcript.client.with(0, claude), transcript.flags);
    assert.equal(code, 0, stderr);
    assert.equal(shown(stdout), transcript.output, stderr);
    const codes = (await machine.exchanges()).map(({ code }) => code);
    assert.deepEqual(codes, ['model_not_allowed']);
    assert.ok(!existsSync(machine.billFile));
    assert.equal(await machine.spent(), 0);
    assert.ok(await machine.verifies());
  });

  it('leaves its exchange closed and paid for when its user presses ^C', async () => {
    const machine = new Machine('claude-left', examples);
    const { stderr } = await machine.leave(prompt('/pace 20', '/tokens 1000'));
    assert.deepEqual(
      (await machine.exchanges()).map(({ status, faults }) => [status, faults]),
      [['closed', ['client_gone']]],
      stderr,
    );
    assert.equal(machine.bill().length, 1);
    assert.equal(await machine.spent(), sum(machine.bill()));
    assert.ok(await machine.verifies());
  });

  it('exits with 77 under --fail-on-refusal when something was refused', async () => {
    const machine = new Machine('claude-fail', examples);
    const denied = prompt('Do this:', '/tool Bash {"command":"sudo true","description":"x"}');
    assert.equal((await machine.run(denied, ['--fail-on-refusal'])).code, 77);
    assert.equal((await machine.run(prompt('/say fine'), ['--fail-on-refusal'])).code, 0);
  });
});
