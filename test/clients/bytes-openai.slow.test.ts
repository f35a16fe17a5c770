/**
 * Real clients of OpenAI's wires, live, with recorders on both sides of the sidecar: what they send arrives but for what is
 * paid for and kept, and what comes back is what they get.
 *
 *   client ── recorder ── sidecar ── recorder ── rehearsal
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { startRehearsal } from '../../rehearsal/server.ts';
import { type Dialect, judgeForwarded } from '../support/fuzz/oracle.ts';
import { CHAT } from '../support/fuzz/oracle-chat.ts';
import { EMBEDDINGS } from '../support/fuzz/oracle-embeddings.ts';
import { RESPONSES } from '../support/fuzz/oracle-responses.ts';
import { DUMMY_KEY, PROVIDER_KEY } from '../support/keys.ts';
import { atEnd, outputFolder } from '../support/output.ts';
import { PLENTY, profile } from '../support/policies.ts';
import type { RawReply } from '../support/raw-http.ts';
import { Recorder } from '../support/recorder.ts';
import { assertConsistent } from '../support/records.ts';
import { startTestSidecar } from '../support/sidecar.ts';
import { providers } from '../support/wires.ts';

const here = import.meta.dirname;
const SDK = join(here, 'programs', 'openai-sdk.mjs');
const CODEX = join(here, 'node_modules', '.bin', 'codex');
/** What a request without an output cap gets. */
const DEFAULT_CAP = 16_384;

async function governed(t: TestContext, client: (url: string) => readonly string[]) {
  const rehearsal = await startRehearsal({ apiKey: PROVIDER_KEY, paceMs: 1 });
  atEnd(t, () => rehearsal.close());
  const behind = await Recorder.start(t, rehearsal);
  // On another address, so that the recorder before it can have its port, which clients name in their Host.
  const sidecar = await startTestSidecar(t, {
    upstream: behind.url,
    providers,
    policies: [PLENTY, profile({ tools: { allow: [{ name: '*' }] } })],
    config: { host: '127.0.0.2' },
  });
  const before = await Recorder.start(t, { port: sidecar.port, host: '127.0.0.2' }, sidecar.port);
  const home = outputFolder(t);
  const [command = '', ...args] = client(before.url);
  const child = spawn(command, args, {
    cwd: home,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: home,
      OPENAI_BASE_URL: `${before.url}/v1`,
      OPENAI_API_KEY: DUMMY_KEY,
    },
  });
  let said = '';
  let noise = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    noise += chunk;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(code, 0, said + noise);
  await sidecar.stop();
  assertConsistent(sidecar.state);
  return { said: said.trim(), before, behind };
}

/** Each that passed, in order, and nothing else; bodies differ in what the oracle says of their wire alone. */
function assertSame(dialect: Dialect, before: Recorder, behind: Recorder, models: RegExp): void {
  const posts = before.requests.filter(({ line }) => line.startsWith('POST '));
  assert.equal(behind.requests.length, posts.length);
  for (const [i, { headers, bytes, body }] of posts.entries()) {
    const [got, back] = [behind.requests[i], behind.replies[i]];
    assert.ok(got && back);
    const request = { seed: i, how: [], bytes, headers, plain: body, oddFrame: false };
    const { faults } = judgeForwarded(dialect, { ...request, encoded: { bytes: body, encoding: '' } }, got, {
      ...{ aliases: {}, models, ceiling: DEFAULT_CAP },
      ...{ host: behind.url.slice('http://'.length), key: PROVIDER_KEY },
    });
    assert.deepEqual(faults, [], `request ${i}`);
    const reply = before.replies.filter(({ status }) => status !== 426)[i];
    const unasked = body.includes('"stream":true') && !body.includes('"include_usage":true');
    assert.equal(reply?.body.toString(), unasked ? withoutUsage(back) : back.body.toString(), `reply ${i}`);
  }
}

/** Of a chat stream: only who asked for the usage gets it. */
function withoutUsage({ body }: RawReply): string {
  return body.toString().replace(/data: \{[^\n]*"choices":\[\],[^\n]*"usage":\{[^\n]*\n\n/, '');
}

describe('between a real client and a provider of an OpenAI wire', { timeout: 1_200_000 }, () => {
  for (const [mode, dialect, requests] of [
    ['chat', CHAT, 2],
    ['chat-stream', CHAT, 2],
    ['responses', RESPONSES, 2],
    ['responses-stream', RESPONSES, 2],
    ['embeddings', EMBEDDINGS, 1],
  ] as const) {
    it(`every byte of every body is the same on both sockets: the SDK, ${mode}`, async (t) => {
      const { said, before, behind } = await governed(t, () => [process.execPath, SDK, mode]);
      assert.match(said, mode === 'embeddings' ? /2 vectors/ : /it rains/);
      assert.equal(before.requests.length, requests);
      assertSame(dialect, before, behind, /^(gpt-5\.4|text-embedding-3-small)$/);
    });
  }

  it('every byte of every body is the same on both sockets: Codex, with a tool', async (t) => {
    const prompt = '/tool exec_command {"cmd":"echo grüße > made"}\n/say it is done';
    const { said, before, behind } = await governed(t, (url) => [
      ...[CODEX, 'exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox'],
      ...[
        '-m',
        'gpt-5.4',
        '-c',
        'web_search="disabled"',
        '-c',
        'model_provider="t"',
        '-c',
        'model_providers.t.name="t"',
      ],
      ...['-c', `model_providers.t.base_url="${url}/v1"`, '-c', 'model_providers.t.wire_api="responses"'],
      ...['-c', 'model_providers.t.env_key="OPENAI_API_KEY"', prompt],
    ]);
    assert.equal(said, '[rehearsal] it is done');
    const bodies = before.requests.map(({ body }) => body).filter((body) => body.length > 0);
    assert.ok(bodies.length >= 2 && bodies.every((body) => body.length > 10_000 && body.includes('grüße')));
    assertSame(RESPONSES, before, behind, /^gpt-5\.4$/);
  });
});
