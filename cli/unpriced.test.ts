import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { codex } from '../core/agents/codex.ts';
import { PROVIDER_KEY } from '../test/support/keys.ts';
import { budget, policyText, provider, type Spec, usd } from '../test/support/policies.ts';
import { jsonReply, RawUpstream } from '../test/support/raw-upstream.ts';
import { startTestSidecar } from '../test/support/sidecar.ts';
import { runCli, scratch } from './testing.ts';

const MODEL = 'gpt-6.1-sol';
const REPLY = {
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  model: MODEL,
  output: [],
  usage: { input_tokens: 1000, output_tokens: 100, total_tokens: 1100 },
};
const DOLLAR = budget({ limits: [usd('1')] });
const WIRES = ['openai-chat', 'openai-responses'];

function folder(name: string, text: string): string {
  const path = scratch('unpriced');
  writeFileSync(join(path, name), text);
  return path;
}

/** The lines that stand below the sentence about the model. */
function pasteIn(stdout: string): string {
  const [, after = ''] = stdout.split(/asks for it by default\..*\n\n/);
  return after.split('\n\n')[0]?.trimEnd() ?? '';
}

async function ask(t: Parameters<typeof startTestSidecar>[0], policies: string) {
  const upstream = await RawUpstream.start(t, () => jsonReply(REPLY));
  const sidecar = await startTestSidecar(t, {
    upstream: upstream.url,
    policies,
    agent: codex,
    config: { instead: { url: upstream.url, key: PROVIDER_KEY } },
  });
  const body = JSON.stringify({ model: MODEL, input: 'hi', stream: false });
  const text = await (await sidecar.send(body, { path: '/v1/responses' })).text();
  return { text, closed: await sidecar.closed(1) };
}

describe('a default model without a price', () => {
  it('is named by check with a manifest to save, which makes check content and the agent’s call pass', async (t) => {
    const before = await ask(t, policyText([DOLLAR]));
    assert.equal(before.closed.code, 'price_unknown');
    assert.match(before.text, /spec\.prices of the Provider openai \(tollgate check has the lines/);
    const path = folder('budget.yaml', policyText([DOLLAR]));
    const said = await runCli(['check', path]);
    assert.equal(said.code, 0);
    assert.match(
      said.stdout,
      /gpt-6\.1-sol at openai: codex asks for it .* save as a file among your policies/,
    );
    const paste = pasteIn(said.stdout);
    writeFileSync(join(path, 'openai.yaml'), paste);
    const after = await runCli(['check', path, '--json']);
    assert.deepEqual(JSON.parse(after.stdout).unpriced, []);
    const { closed } = await ask(t, `${policyText([DOLLAR])}\n---\n${paste}`);
    assert.equal(closed.code, null);
    assert.equal(closed.amounts.usd, 1000 * 4_000 + 100 * 15_000);
  });

  it('is named with lines for the Provider that is there already, with prices of its own or without', async () => {
    for (const prices of [[], [{ model: 'other', input: 1, output: 1 }]]) {
      const own: Spec = { wires: WIRES, ...(prices.length === 0 ? {} : { prices }) };
      const lines = [
        'apiVersion: tollgate.dev/v1alpha1',
        'kind: Provider',
        'metadata: {name: openai}',
        'spec:',
      ];
      lines.push('  url: https://api.openai.com', `  wires: [${WIRES.join(', ')}]`);
      if (own.prices) lines.push('  prices:', '    - {model: other, input: 1, output: 1}');
      const path = folder('p.yaml', lines.join('\n'));
      const { stdout } = await runCli(['check', path]);
      assert.match(stdout, own.prices ? /add to spec\.prices of .*p\.yaml:1/ : /add to spec of .*p\.yaml:1/);
      writeFileSync(
        join(path, 'p.yaml'),
        `${readFileSync(join(path, 'p.yaml'), 'utf8')}\n${pasteIn(stdout)}\n`,
      );
      const after = await runCli(['check', path]);
      assert.equal(after.code, 0, after.stdout);
      assert.doesNotMatch(after.stdout, /Without a price/);
    }
  });

  it('at a host with no price list is proposed at its maker’s price, and says so', async () => {
    const manifest = provider('https://llm.example', {}, 'corp');
    const { stdout } = await runCli(['check', folder('p.yaml', policyText([manifest])), '--json']);
    const [first] = JSON.parse(stdout).unpriced;
    assert.deepEqual(
      [first.agents, first.model, first.provider],
      [['claude-code'], 'claude-opus-5-5', 'corp'],
    );
    assert.match(
      first.paste,
      /# what anthropic asks for claude-opus-5-5; this host may ask for something else/,
    );
    assert.match(
      first.paste,
      /input: "4\.00"\n +output: "20\.00"\n +cacheRead: "0\.20"\n +cacheWrite5m: "5\.00"/,
    );
  });
});
