/** SDKs and frameworks for Node on every wire they speak, under `tollgate run`, against the rehearsal provider. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Machine, sum } from './governed.ts';

const here = import.meta.dirname;
const denied = join(here, 'policies', 'denied-tool.yaml');

/** Programs, and the modes in which each has a session with one call of a tool. */
const SESSIONS: Readonly<Record<string, readonly string[]>> = {
  'openai-sdk': ['chat', 'chat-stream', 'responses', 'responses-stream'],
  'ai-sdk': ['chat', 'chat-stream', 'responses', 'anthropic', 'anthropic-stream'],
  langchain: ['chat', 'chat-stream', 'responses', 'responses-stream', 'anthropic', 'anthropic-stream'],
  langgraph: ['chat', 'anthropic'],
  'openai-agents': ['responses', 'responses-stream', 'chat', 'chat-stream'],
};

const all = Object.entries(SESSIONS).flatMap(([name, modes]) => modes.map((mode) => [name, mode] as const));

function start(machine: Machine, name: string, mode: string) {
  return machine.run(['node', join(here, 'programs', `${name}.mjs`), mode]);
}

describe('a session with a tool call', { timeout: 600_000 }, () => {
  for (const [name, mode] of all) {
    it(`completes: ${name}, ${mode}; spend and audit agree with the provider`, async () => {
      const machine = new Machine(`${name}-${mode}`);
      const { stdout, stderr, code } = await start(machine, name, mode);
      assert.equal(code, 0, stderr);
      const { said, ran } = JSON.parse(stdout);
      assert.match(said, /\[rehearsal\] it rains$/, stderr);
      assert.deepEqual(ran, ['Bonn']);
      assert.equal(machine.bill().length, 2);
      assert.equal((await machine.exchanges()).length, 2);
      assert.equal(await machine.spent(), sum(machine.bill()));
      assert.ok(await machine.verifies());
    });
  }
});

describe('a denied tool call', { timeout: 600_000 }, () => {
  for (const [name, mode] of all) {
    it(`is read by the user of ${name}, ${mode}, verbatim and once; the tool does not run`, async () => {
      const machine = new Machine(`${name}-${mode}-denied`, denied);
      const { stdout, stderr } = await start(machine, name, mode);
      const { said, ran } = JSON.parse(stdout);
      assert.match(said, /\[tollgate\] The tool call weather was not allowed: nobody asks here\./, stderr);
      assert.deepEqual(ran, []);
      assert.equal((await machine.exchanges()).length, 1);
      assert.equal(await machine.spent(), sum(machine.bill()));
    });
  }
});

describe('the official OpenAI SDK', { timeout: 60_000 }, () => {
  it('gets embeddings, which are paid for, and the list of models, which is free', async () => {
    const machine = new Machine('openai-sdk-other');
    const embedded = await start(machine, 'openai-sdk', 'embeddings');
    assert.equal(JSON.parse(embedded.stdout).said, '2 vectors', embedded.stderr);
    assert.ok((await machine.spent()) > 0);
    assert.equal(await machine.spent(), sum(machine.bill()));
    const listed = await start(machine, 'openai-sdk', 'models');
    assert.equal(JSON.parse(listed.stdout).said, 'true', listed.stderr);
    assert.equal(await machine.spent(), sum(machine.bill()));
  });
});
