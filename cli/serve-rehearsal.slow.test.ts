/** `tollgate serve --rehearsal` in a process of its own: a gateway that anybody can try, without a provider's key. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runCli, scratch } from './testing.ts';
import { ask, ServeProcess } from './testing-serve.ts';

describe('tollgate serve --rehearsal', { timeout: 300_000 }, () => {
  it('answers in the place of every provider, without any key of theirs, says so, and spends nothing real', async (t) => {
    const state = scratch('rehearsal');
    const where = ['--rehearsal', '--state', state];
    // Keys that would be sent elsewhere are no reason not to start: none is sent at all.
    const env = { ANTHROPIC_API_KEY: '', OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'https://else.example' };
    const process = new ServeProcess([...where, '--port', '0'], env);
    t.after(() => process.signal('SIGKILL'));
    const url = await process.url();
    await process.said(/REHEARSAL: every provider is a built-in one .* nothing is really spent/);
    const hint = await process.said(
      /nobody has a key yet.* tollgate (keys create --name) NAME( --rehearsal .*)/,
    );
    assert.ok(hint[2]?.includes(state), 'the command that it names makes a key of the same folder');
    assert.doesNotMatch(process.stderr, /there is no API key/);
    const made = await runCli(['keys', 'create', '--name', 'ci', ...where]);
    const token = made.stdout.trim();
    const answer = await ask(url, token, '/say it is a rehearsal');
    assert.match(await answer.text(), /it is a rehearsal/);
    const openai = await fetch(`${url}/v1/openai/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-5.4', messages: [{ role: 'user', content: '/say this too' }] }),
    });
    assert.match(await openai.text(), /this too/);
    assert.equal(await process.stop(), 0, process.stderr);
    const bill = readFileSync(join(state, 'rehearsal', 'bill.ndjson'), 'utf8')
      .trim()
      .split('\n');
    const { stdout } = await runCli(['spend', ...where, '--json']);
    const billed = bill.reduce((sum, line) => sum + (JSON.parse(line) as { nanoUsd: number }).nanoUsd, 0);
    assert.equal(bill.length, 2);
    assert.equal(JSON.parse(stdout).total.charged.nanoUsd, billed);
    assert.ok(!existsSync(join(state, 'tollgate.db')), 'the real state is not touched');
  });
});
