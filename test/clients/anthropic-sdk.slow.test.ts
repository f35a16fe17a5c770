/** Programs on the official Anthropic SDK under `tollgate run`, against the rehearsal provider. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Machine, sum } from './governed.ts';

const here = import.meta.dirname;
const policies = join(here, 'policies', 'sdk.yaml');
const program = (mode: string) => ['node', join(here, 'programs', 'sdk-agent.mjs'), mode];

describe('@anthropic-ai/sdk', { timeout: 600_000 }, () => {
  for (const [mode, said, calls] of [
    ['plain', '[rehearsal] hello', 1],
    ['loop', '[rehearsal] it rains', 2],
  ] as const) {
    it(`completes: ${mode}; spend and audit agree with the provider`, async () => {
      const machine = new Machine(`sdk-${mode}`, policies);
      const ran = await machine.run(program(mode));
      assert.equal(ran.stdout.trim(), said, ran.stderr);
      assert.equal(ran.code, 0);
      assert.equal(machine.bill().length, calls);
      assert.equal((await machine.exchanges()).length, calls);
      assert.equal(await machine.spent(), sum(machine.bill()));
      assert.ok(await machine.verifies());
    });
  }

  it('completes the tool runner, which gives up its server-side threads and sends the whole conversation', async () => {
    const machine = new Machine('sdk-runner', policies);
    const ran = await machine.run(program('runner'));
    assert.equal(ran.stdout.trim(), '[rehearsal] it rains', ran.stderr);
    const codes = (await machine.exchanges()).map(({ code }) => code);
    assert.deepEqual(codes, ['threads_off', null, null]);
    assert.equal(await machine.spent(), sum(machine.bill()));
  });

  it('throws its permission error with our sentence after one request', async () => {
    const machine = new Machine('sdk-refused', policies);
    const { stdout } = await machine.run(program('refused'));
    assert.match(
      stdout,
      /^PermissionDeniedError 403 \[tollgate\] The model claude-opus-5 is not allowed by the ToolProfile sdk\./,
    );
    assert.deepEqual(
      (await machine.exchanges()).map(({ code }) => code),
      ['model_not_allowed'],
    );
  });

  it('counts tokens and lists models', async () => {
    const machine = new Machine('sdk-count', policies);
    const { stdout, stderr } = await machine.run(program('count'));
    assert.equal(stdout.trim(), 'true true', stderr);
    assert.equal(await machine.spent(), 0);
  });
});
