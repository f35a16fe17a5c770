import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
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
      // A call through `tool_call` can reach any of them, `exec` included.
      other: ['tool_call', 'message', 'automations', 'gateway', 'nodes', 'secrets', 'openclaw:core:exec', ''],
    };
    for (const [cls, names] of Object.entries(classes))
      for (const name of names) assert.equal(classOf(openclaw, name), cls, name);
  });
});
