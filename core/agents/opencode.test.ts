import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentOf, agentOfCommand, classOf } from './agents.ts';
import { opencode } from './opencode.ts';

describe('OpenCode', () => {
  it('is recognised by its command, and by the user agents that it has on each wire', () => {
    assert.equal(agentOfCommand('opencode'), opencode);
    for (const userAgent of [
      'opencode/1.18.33 ai-sdk/provider-utils/4.0.46 runtime/bun/1.3.14',
      'opencode/1.18.33 (linux 6.1; x64) ai-sdk/provider-utils/4.0.40 runtime/bun/1.3.14',
    ])
      assert.equal(agentOf(undefined, userAgent), opencode);
    assert.notEqual(agentOf(undefined, 'ai-sdk/provider-utils/4.0.46 opencode/1'), opencode);
    assert.equal(opencode.refusal, 'message');
  });

  it('is given a configuration that wins over its files, and no logins', () => {
    const env = opencode.environment({ url: 'http://127.0.0.1:4141', key: 'dummy' });
    const options = { baseURL: 'http://127.0.0.1:4141/v1', apiKey: 'dummy' };
    assert.deepEqual(JSON.parse(env.OPENCODE_CONFIG_CONTENT ?? ''), {
      enabled_providers: ['anthropic', 'openai'],
      provider: { anthropic: { options }, openai: { options } },
    });
    assert.equal(env.OPENCODE_AUTH_CONTENT, '{}');
    assert.match(opencode.bypasses.OPENCODE_CONFIG_CONTENT ?? '', /^sends its calls to /);
  });

  it('names the arguments that would lead around the sidecar, and no others', () => {
    for (const args of [
      ['attach', 'http://h'],
      ['run', '--attach', 'http://h'],
      ['run', '--attach=http://h'],
    ])
      assert.match(opencode.bypassArgument?.(args) ?? '', /through another process instead of to Tollgate/);
    for (const args of [[], ['run', 'attach'], ['run', '--', '--attach'], ['run', '--attachment']])
      assert.equal(opencode.bypassArgument?.(args), undefined, args.join(' '));
  });
});

describe('the tools of OpenCode', () => {
  it('have the class of the farthest that they reach', () => {
    const classes: Readonly<Record<string, readonly string[]>> = {
      read: ['read', 'task', 'todowrite', 'skill', 'question'],
      search: ['glob', 'grep', 'lsp'],
      browse: ['webfetch', 'websearch'],
      write: ['edit', 'write', 'apply_patch'],
      shell: ['bash'],
      other: ['Bash', 'srv_bash', 'list', ''],
    };
    for (const [cls, names] of Object.entries(classes))
      for (const name of names) assert.equal(classOf(opencode, name), cls, name);
  });
});
