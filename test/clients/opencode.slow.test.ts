/**
 * The real OpenCode under `tollgate run`, against the rehearsal provider, on both wires that it is led to. It asks a small
 * model for a title of each session that has none, with the same prompt: one exchange more than its user would count.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Machine, sum } from './governed.ts';
import { shown, transcriptOf } from './transcript.ts';

const here = import.meta.dirname;
const opencode = join(
  ...[here, 'node_modules', `opencode-${process.platform}-${process.arch}`],
  ...['bin', 'opencode'],
);
const denied = join(here, 'policies', 'denied-shell.yaml');
const transcript = transcriptOf('opencode');
const TOUCH = '/tool bash {"command":"touch made","description":"touch"}\n/say it is done';

/** Its model, and the one that it asks for a title. */
const WIRES = [
  ['anthropic/claude-sonnet-5', 'claude-sonnet-5', 'claude-haiku-4-5-20251001'],
  ['openai/gpt-5.4', 'gpt-5.4', 'gpt-5.4-nano'],
] as const;

/** As an argument a prompt of several words would reach the model in quotation marks, so it is typed. */
function run(machine: Machine, model: string, prompt: string, flags: readonly string[] = []) {
  return machine.run([opencode, 'run', '-m', model, ...flags], [], {}, prompt);
}

describe('OpenCode', { timeout: 1_500_000 }, () => {
  it('is installed at the pinned version', () => {
    assert.ok(existsSync(opencode), `${opencode} is missing: run npm ci in test/clients`);
  });

  for (const [model, name, small] of WIRES) {
    it(`completes a session with a tool: ${model}; spend and audit agree with the provider`, async () => {
      const machine = new Machine('opencode');
      const { code, stdout, stderr } = await run(machine, model, TOUCH);
      assert.equal(code, 0, stderr);
      assert.equal(stdout.trim(), '[rehearsal] I call bash.\n[rehearsal] it is done');
      assert.ok(existsSync(join(machine.folder, 'made')));
      const exchanges = await machine.exchanges();
      assert.deepEqual(exchanges.map((line) => line.model).sort(), [small, name, name].sort());
      assert.ok(exchanges.every(({ verdict, agent }) => verdict === 'allow' && agent === 'opencode'));
      assert.equal(machine.bill().length, 3);
      assert.equal(await machine.spent(), sum(machine.bill()));
      assert.ok(await machine.verifies());
    });

    it(`shows a denied tool call verbatim and once, and does not run it: ${model}`, async () => {
      const machine = new Machine('opencode-denied', denied);
      const { stdout, stderr } = await run(machine, model, TOUCH);
      assert.match(
        stdout,
        /^\[rehearsal\] I call bash\.\n\[tollgate\] The tool call bash was not allowed: nobody runs commands here\. Go on without it, or change spec\.tools of the ToolProfile no-shell\. \(tool_not_allowed, [0-9a-f]{32}\)\n$/,
        stderr,
      );
      assert.ok(!existsSync(join(machine.folder, 'made')));
      const models = (await machine.exchanges()).map((line) => line.model);
      assert.deepEqual(models.sort(), [small, name].sort());
      assert.equal(machine.bill().length, 2);
      assert.equal(await machine.spent(), sum(machine.bill()));
      assert.ok(await machine.verifies());
    });

    it(`leaves its exchange closed and paid for when its user presses ^C: ${model}`, async () => {
      const machine = new Machine('opencode-left');
      // With a title it asks for none, so that what is interrupted is the answer.
      const client = [opencode, 'run', '-m', model, '--title', 'long'];
      const { stderr } = await machine.leave(client, [], {}, '/pace 20\n/tokens 1000');
      const exchanges = await machine.exchanges();
      assert.deepEqual(
        exchanges.map((line) => [line.model, line.status, line.faults]),
        [[name, 'closed', ['client_gone']]],
        stderr,
      );
      assert.equal(machine.bill().length, 1);
      assert.equal(await machine.spent(), sum(machine.bill()));
      assert.ok(await machine.verifies());
    });
  }

  it('shows a refused request as its page says, after one judged request, without a retry', async () => {
    const machine = new Machine('opencode-refused', transcript.policies);
    const client = transcript.client.with(0, opencode);
    const { code, stdout, stderr } = await machine.run(client, transcript.flags);
    assert.equal(code, 0, stderr);
    assert.equal(shown(stdout), transcript.output, stderr);
    const exchanges = await machine.exchanges();
    const codes = exchanges.map((line) => [line.code ?? line.model]).sort();
    assert.deepEqual(codes, [['gpt-5.4-nano'], ['model_not_allowed']]);
    assert.equal(await machine.spent(), sum(machine.bill()));
    assert.ok(await machine.verifies());
  });
});
