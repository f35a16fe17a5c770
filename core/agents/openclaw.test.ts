import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonValue } from '../json/read.ts';
import { agentOf, agentOfCommand, classOf, sdk } from './agents.ts';
import { openclaw } from './openclaw.ts';

const sidecar = { url: 'http://127.0.0.1:4141', key: 'dummy' };
const { config } = openclaw;
assert.ok(config);

describe('OpenClaw', () => {
  it('is recognised by its command alone, as it goes by the user agents of its libraries', () => {
    assert.equal(agentOfCommand('openclaw'), openclaw);
    for (const userAgent of ['undici', 'OpenAI/JS 7.15.0', '', undefined])
      assert.equal(agentOf(undefined, userAgent), sdk, userAgent);
    assert.equal(openclaw.refusal, 'message', 'it rewrites every error into one of its own');
  });

  it('is given a configuration over its own, whose keys win over those that it has stored', () => {
    const bearer = { mode: 'authorization-bearer', token: 'dummy' };
    const header = { mode: 'header', headerName: 'x-api-key', value: 'dummy' };
    const providers = {
      anthropic: {
        api: 'anthropic-messages',
        baseUrl: 'http://127.0.0.1:4141',
        apiKey: 'dummy',
        request: { auth: header },
      },
      openai: {
        api: 'openai-responses',
        baseUrl: 'http://127.0.0.1:4141/v1',
        apiKey: 'dummy',
        request: { auth: bearer },
      },
    };
    const models = { mode: 'merge', providers };
    assert.deepEqual(JSON.parse(config.text(sidecar, undefined)), { models });
    assert.deepEqual(JSON.parse(config.text(sidecar, '/h/x.json')), { $include: '/h/x.json', models });
  });

  it('looks for its own configuration where OpenClaw does, and lets ours include it', () => {
    const table: [Record<string, string>, string][] = [
      [{}, '/h/.openclaw/openclaw.json'],
      [{ OPENCLAW_HOME: '/o' }, '/o/.openclaw/openclaw.json'],
      [{ OPENCLAW_STATE_DIR: '/s', OPENCLAW_HOME: '/o' }, '/s/openclaw.json'],
      [{ OPENCLAW_CONFIG_PATH: '/c/my.json', OPENCLAW_STATE_DIR: '/s' }, '/c/my.json'],
      [{ OPENCLAW_CONFIG_PATH: '' }, '/h/.openclaw/openclaw.json'],
    ];
    for (const [env, path] of table) assert.equal(config.own(env, '/h'), path);
    assert.deepEqual(config.environment(undefined, { OPENCLAW_INCLUDE_ROOTS: '/r' }), {});
    assert.deepEqual(config.environment('/c/d/my.json', {}), { OPENCLAW_INCLUDE_ROOTS: '/c/d' });
    assert.deepEqual(config.environment('/c/my.json', { OPENCLAW_INCLUDE_ROOTS: '/r:/q' }), {
      OPENCLAW_INCLUDE_ROOTS: '/c:/r:/q',
    });
  });

  it('names the arguments that would lead around the sidecar, and no others', () => {
    for (const args of [
      ['agent', 'exec', '--config', 'x.json'],
      ['agent', 'exec', '--isolated', 'x'],
      ['agent', 'exec', '--auth-env-only'],
      ['--profile=x', 'agent', 'exec'],
      ['--dev', 'chat'],
      ['agent', '--message', 'x'],
    ])
      assert.match(openclaw.bypassArgument?.(args) ?? '', /Tollgate|Gateway/, args.join(' '));
    for (const args of [
      ['agent', 'exec', 'x'],
      ['agent', '--local', '--message', 'x'],
      ['chat'],
      ['gateway'],
      [],
    ])
      assert.equal(openclaw.bypassArgument?.(args), undefined, args.join(' '));
  });
});

describe('the tools of OpenClaw', () => {
  it('have the class of the farthest that they reach; what acts on others and on settings has none', () => {
    const classes: Readonly<Record<string, readonly string[]>> = {
      read: ['read', 'ls', 'memory_get', 'sessions_history', 'tool_describe', 'ask_user'],
      search: ['memory_search', 'sessions_search', 'tool_search'],
      browse: ['browser', 'view_image', 'web_fetch', 'web_search'],
      write: ['write', 'edit', 'apply_patch'],
      shell: ['exec', 'process', 'terminal', 'sessions_spawn', 'tool_search_code', 'wait'],
      install: ['plugins'],
      other: ['tool_call', 'message', 'automations', 'gateway', 'nodes', 'secrets', 'openclaw:core:exec', ''],
    };
    for (const [cls, names] of Object.entries(classes))
      for (const name of names) assert.equal(classOf(openclaw, name), cls, name);
  });

  it('are named by what `tool_call` calls, by name or by id', () => {
    const table: [string, string][] = [
      ['exec', 'exec'],
      ['openclaw:core:exec', 'exec'],
      ['openclaw:core:web_fetch', 'web_fetch'],
      ['openclaw:browser:browser', 'openclaw:browser:browser'],
      ['mcp:github:get-issue', 'mcp:github:get-issue'],
      // Ids are told apart by case, and one is looked up as it is spelt.
      ['EXEC', 'EXEC'],
      ['OpenClaw:core:exec', 'OpenClaw:core:exec'],
      ['openclaw:core:openclaw:core:exec', 'openclaw:core:exec'],
      ['__proto__', '__proto__'],
    ];
    const args = { url: 'http://x/', id: 'exec' };
    for (const [id, name] of table) {
      assert.deepEqual(openclaw.wrapper?.inner({ id, args }), { name, args }, id);
      assert.deepEqual(openclaw.wrapper?.inner({ args, id }), { name, args }, id);
    }
    assert.deepEqual(openclaw.wrapper?.inner({ id: 'ls' }), { name: 'ls', args: {} });
  });

  it('are not guessed at in forms that OpenClaw would take, or might, and read in its own way', () => {
    const command = 'touch made';
    for (const args of [
      { toolId: 'exec', args: { command } },
      { name: 'exec', args: { command } },
      { id: 'read', toolId: 'exec', args: { command } },
      { id: 'exec', input: { command } },
      { id: 'exec', command },
      { id: 'exec', 'args.command': command },
      { id: 'exec', args: {}, command },
      { args: { id: 'exec', command } },
      { ID: 'exec', args: { command } },
      { id: 'exec', args: null },
      { id: 'exec', args: [command] },
      { id: 'exec', args: JSON.stringify({ command }) },
      { id: ' exec', args: { command } },
      { id: 'exec\n', args: { command } },
      { id: '\u200bexec', args: { command } },
      { id: '', args: { command } },
      { id: 7, args: { command } },
      { id: null, args: { command } },
      { id: ['exec'], args: { command } },
      // What is in no catalogue can only be a riddle.
      { id: 'tool_call', args: { id: 'exec', args: { command } } },
      { id: 'openclaw:core:tool_call', args: { id: 'exec', args: { command } } },
      {},
      [],
      [{ id: 'exec' }],
      'exec',
      null,
    ])
      assert.equal(openclaw.wrapper?.inner(args as JsonValue), undefined, JSON.stringify(args));
  });
});
