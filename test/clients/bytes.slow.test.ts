/**
 * Real clients, live, with recorders on both sides of the sidecar: what they send is what arrives, and what comes back is
 * what they get.
 *
 *   client ── recorder ── sidecar ── recorder ── rehearsal
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { startRehearsal } from '../../rehearsal/server.ts';
import { DUMMY_KEY, PROVIDER_KEY } from '../support/keys.ts';
import { atEnd, outputFolder } from '../support/output.ts';
import { PLENTY, profile } from '../support/policies.ts';
import { Recorder } from '../support/recorder.ts';
import { assertConsistent } from '../support/records.ts';
import { startTestSidecar } from '../support/sidecar.ts';

const here = import.meta.dirname;
const platform = `${process.platform}-${process.arch}`;
const claude = join(here, 'node_modules', '@anthropic-ai', `claude-code-${platform}`, 'claude');
const program = join(here, 'programs', 'sdk-agent.mjs');
const PROMPT = [
  'Do this:',
  '/tool Bash {"command":"echo grüße \\"out\\" > note.txt","description":"write"}',
  '/also Bash {"command":"printf \\u2028","description":"odd"}',
  '/tool Read {"file_path":"note.txt"}',
  '/say it is written, 😀',
].join('\n');

async function governed(t: TestContext, command: string, args: readonly string[]) {
  const rehearsal = await startRehearsal({ apiKey: PROVIDER_KEY, paceMs: 1 });
  atEnd(t, () => rehearsal.close());
  const behind = await Recorder.start(t, rehearsal);
  // On another address, so that the recorder before it can have its port, which clients name in their Host.
  const sidecar = await startTestSidecar(t, {
    upstream: behind.url,
    policies: [PLENTY, profile({ tools: { allow: [{ name: '*' }] } })],
    config: { host: '127.0.0.2' },
  });
  const before = await Recorder.start(t, { port: sidecar.port, host: '127.0.0.2' }, sidecar.port);
  const home = outputFolder(t);
  const child = spawn(command, args, {
    cwd: home,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      HOME: home,
      IS_SANDBOX: '1',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      ANTHROPIC_BASE_URL: before.url,
      ANTHROPIC_AUTH_TOKEN: DUMMY_KEY,
    },
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(code, 0, said);
  return { said: said.trim(), before, behind, sidecar };
}

/** Each that passed, in order, and nothing else. */
function assertSame(before: Recorder, behind: Recorder, refused = 0): void {
  assert.equal(before.requests.length, behind.requests.length + refused);
  assert.equal(before.replies.length, behind.replies.length + refused);
  for (const [i, sent] of before.requests.slice(refused).entries()) {
    assert.ok(behind.requests[i]?.body.equals(sent.body), `request ${i}: ${sent.line}`);
    assert.equal(behind.requests[i]?.line, sent.line);
  }
  for (const [i, got] of before.replies.slice(refused).entries()) {
    assert.ok(behind.replies[i]?.body.equals(got.body), `reply ${i}`);
  }
}

describe('between a real client and the provider', { timeout: 600_000 }, () => {
  it('every byte of every body is the same on both sockets: Claude Code, with tools', async (t) => {
    const { said, before, behind, sidecar } = await governed(t, claude, [
      ...['-p', PROMPT],
      ...['--allowedTools', 'Bash,Read,Write'],
    ]);
    assert.equal(said, '[rehearsal] it is written, 😀');
    assert.equal(before.requests.length, 3);
    assert.ok(before.requests.every(({ body }) => body.length > 10_000 && body.includes('grüße')));
    assertSame(before, behind);
    await sidecar.stop();
    assertConsistent(sidecar.state);
  });

  for (const [mode, requests, refused] of [
    ['plain', 1, 0],
    ['loop', 2, 0],
    ['runner', 3, 1],
    ['count', 2, 0],
  ] as const) {
    it(`every byte of every body is the same on both sockets: the SDK, ${mode}`, async (t) => {
      const { before, behind, sidecar } = await governed(t, process.execPath, [program, mode]);
      assert.equal(before.requests.length, requests);
      assertSame(before, behind, refused);
      await sidecar.stop();
      assertConsistent(sidecar.state);
    });
  }
});
