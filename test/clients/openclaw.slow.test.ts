/**
 * The real OpenClaw under `tollgate run`, against the rehearsal provider. It puts the time before the first line of a
 * prompt, so that directives stand in lines of their own below it.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Machine, sum } from './governed.ts';
import { shown, transcriptOf } from './transcript.ts';

const here = import.meta.dirname;
const openclaw = join(here, 'openclaw', 'node_modules', '.bin', 'openclaw');
const denied = join(here, 'policies', 'denied-shell.yaml');
const transcript = transcriptOf('openclaw');

/** Its own time limit is a safety net: without one it would go on for ten minutes. */
function exec(model: string, ...lines: string[]): string[] {
  return [openclaw, 'agent', 'exec', '--timeout', '120', '--model', model, ['Do:', ...lines].join('\n')];
}

const DIRECT = '/tool exec {"command":"touch made"}';
const WRAPPED = '/tool tool_call {"id":"openclaw:core:exec","args":{"command":"touch made"}}';

const WAYS = [
  ['its own call', 'anthropic/claude-sonnet-5', DIRECT, 'exec'],
  ['a call of tool_call', 'openai/gpt-5.4', WRAPPED, 'tool_call'],
] as const;

/** Beside these it may ask for embeddings, for a memory of its own; only where it finds something to remember. */
const isReply = ({ model }: { readonly model: string | null }) => !model?.startsWith('text-embedding-');
const exchangesOf = async (machine: Machine) => (await machine.exchanges()).filter(isReply);

describe('OpenClaw', { timeout: 3_000_000 }, () => {
  it('is installed at the pinned version', () => {
    assert.ok(existsSync(openclaw), `${openclaw} is missing: run npm ci in test/clients/openclaw`);
  });

  for (const [what, model, line, name] of WAYS) {
    it(`completes a session with a tool, by ${what}: ${model}; spend and audit agree with the provider`, async () => {
      const machine = new Machine('openclaw');
      const { code, stdout, stderr } = await machine.run(exec(model, line, '/say it is done'));
      assert.equal(code, 0, stderr);
      assert.equal(stdout.trim(), '[rehearsal] it is done');
      assert.ok(existsSync(join(machine.folder, 'made')));
      assert.match(stderr, /^tollgate: tools: exec ×1$/m);
      const exchanges = await exchangesOf(machine);
      assert.deepEqual(
        exchanges.map(({ agent, verdict }) => [agent, verdict]),
        [
          ['openclaw', 'allow'],
          ['openclaw', 'allow'],
        ],
      );
      assert.equal(machine.bill().filter(isReply).length, 2);
      assert.equal(await machine.spent(), sum(machine.bill()));
      assert.ok(await machine.verifies());
    });

    it(`shows a denied tool call verbatim after one judged request, and does not run it, by ${what}: ${model}`, async () => {
      const machine = new Machine('openclaw-denied', denied);
      const { code, stdout, stderr } = await machine.run(exec(model, line, '/say it is done'));
      assert.equal(code, 0, stderr);
      const text = new RegExp(
        `^\\[rehearsal\\] I call ${name}\\.\\s+` +
          '\\[tollgate\\] The tool call exec was not allowed: nobody runs commands here\\. Go on without it, or change ' +
          'spec\\.tools of the ToolProfile no-shell\\. \\(tool_not_allowed, [0-9a-f]{32}\\)$',
      );
      assert.match(stdout.trim(), text, stderr);
      assert.ok(!existsSync(join(machine.folder, 'made')));
      assert.equal((await exchangesOf(machine)).length, 1);
      assert.equal(machine.bill().filter(isReply).length, 1);
      assert.equal(await machine.spent(), sum(machine.bill()));
      assert.ok(await machine.verifies());
    });
  }

  it('shows a refused request as its page says, after one judged request, without a retry', async () => {
    const machine = new Machine('openclaw-refused', transcript.policies);
    const { code, stdout, stderr } = await machine.run(transcript.client.with(0, openclaw), transcript.flags);
    assert.equal(code, 0, stderr);
    assert.equal(shown(stdout), transcript.output, stderr);
    const codes = (await exchangesOf(machine)).map(({ code }) => code);
    assert.deepEqual(codes, ['model_not_allowed']);
    assert.ok(!existsSync(machine.billFile));
    assert.equal(await machine.spent(), 0);
    assert.ok(await machine.verifies());
  });

  it('leaves its exchange closed and paid for when its user presses ^C', async () => {
    const machine = new Machine('openclaw-left');
    const { stderr } = await machine.leave(exec('anthropic/claude-sonnet-5', '/pace 20', '/tokens 1000'));
    assert.deepEqual(
      (await exchangesOf(machine)).map(({ status, faults }) => [status, faults]),
      [['closed', ['client_gone']]],
      stderr,
    );
    assert.equal(machine.bill().filter(isReply).length, 1);
    assert.equal(await machine.spent(), sum(machine.bill()));
    assert.ok(await machine.verifies());
  });
});
