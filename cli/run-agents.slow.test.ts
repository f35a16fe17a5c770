/** What `tollgate run` gives each kind of agent, seen by stand-ins of its name; test/clients/ runs the real ones. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runCli, scratch } from './testing.ts';

const LOOK = `
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const file = process.env.OPENCLAW_CONFIG_PATH;
  const config = file && JSON.parse(readFileSync(file, 'utf8'));
  console.log(JSON.stringify({ args: process.argv.slice(2), env: process.env, config }));`;

interface Seen {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly config?: Record<string, unknown>;
}

/** @returns how a program of this name was started */
async function seenBy(
  name: string,
  args: readonly string[],
  env: Record<string, string> = {},
  more: readonly string[] = [],
) {
  const program = join(scratch('agents'), name);
  writeFileSync(program, `#!${process.execPath}\n${LOOK}`);
  chmodSync(program, 0o755);
  const flags = ['run', '--rehearsal', '--state', scratch('run'), ...more];
  const ended = await runCli([...flags, '--', program, ...args], env);
  return { ...ended, seen: ended.code === 0 ? (JSON.parse(ended.stdout) as Seen) : undefined };
}

describe('tollgate run', () => {
  it('gives Codex a provider before its own arguments, which follow as they are', async () => {
    const { seen, stderr } = await seenBy('codex', ['exec', '-c', 'model="x y"', 'a prompt']);
    assert.ok(seen, stderr);
    const port = new URL(seen.env.OPENAI_BASE_URL ?? '').port;
    assert.deepEqual(seen.args.slice(-4), ['exec', '-c', 'model="x y"', 'a prompt']);
    assert.deepEqual(seen.args.slice(0, 2), ['-c', 'model_provider="tollgate"']);
    assert.match(seen.args[3] ?? '', new RegExp(`base_url="http://127\\.0\\.0\\.1:${port}/v1"`));
    assert.match(seen.env.OPENAI_API_KEY ?? '', /^tollgate-[0-9a-f]{48}$/);
  });

  it('gives OpenCode a configuration of this run', async () => {
    const { seen, stderr } = await seenBy('opencode', ['run', 'x']);
    assert.ok(seen, stderr);
    assert.deepEqual(seen.args, ['run', 'x']);
    const { provider } = JSON.parse(seen.env.OPENCODE_CONFIG_CONTENT ?? '');
    assert.equal(provider.openai.options.baseURL, seen.env.OPENAI_BASE_URL);
    assert.equal(provider.anthropic.options.apiKey, seen.env.ANTHROPIC_API_KEY);
  });

  it('gives OpenClaw a file that includes its own, and takes it away afterwards', async () => {
    const home = scratch('home');
    const own = join(home, '.openclaw', 'openclaw.json');
    mkdirSync(join(home, '.openclaw'));
    writeFileSync(own, '{}');
    const { seen, stderr } = await seenBy('openclaw', ['agent', 'exec', 'x'], { HOME: home });
    assert.ok(seen, stderr);
    assert.equal(seen.config?.$include, own);
    const file = seen.env.OPENCLAW_CONFIG_PATH ?? '';
    assert.notEqual(file, own);
    assert.ok(!existsSync(file));
    assert.equal(readFileSync(own, 'utf8'), '{}');
  });

  it('takes a command for the agent that it is told, whatever the name of either, and leaves its arguments alone', async () => {
    const python = await seenBy('python', ['crew.py'], {}, ['--agent', 'crewai']);
    assert.equal(python.seen?.env.CREWAI_DISABLE_TELEMETRY, 'true', python.stderr);
    const script = await seenBy('my-codex', ['--oss'], {}, ['--agent', 'codex']);
    assert.deepEqual(script.seen?.args, ['--oss'], script.stderr);
    const opencode = await seenBy('opencode', [], {}, ['--agent', 'sdk']);
    assert.equal(opencode.seen?.env.OPENCODE_CONFIG_CONTENT, undefined, opencode.stderr);
    const none = await seenBy('python', [], {}, ['--agent', 'crew']);
    assert.match(none.stderr, /^tollgate: --agent takes claude-code, .*, sdk, not "crew"/);
    assert.equal(none.code, 2);
  });

  it('starts none that its arguments would lead around it, and says which', async () => {
    for (const [name, args, message] of [
      [
        'codex',
        ['exec', '--oss', 'x'],
        /^tollgate: --oss sends its calls to a local model instead of to Tollgate/,
      ],
      ['opencode', ['attach', 'http://h'], /^tollgate: attach sends its calls through another process/],
      [
        'openclaw',
        ['agent', '--message', 'x'],
        /^tollgate: `openclaw agent` lets the Gateway make its calls/,
      ],
    ] as const) {
      const { code, stdout, stderr } = await seenBy(name, args);
      assert.match(stderr, message);
      assert.equal(stdout, '');
      assert.equal(code, 2);
    }
  });
});
