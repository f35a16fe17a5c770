import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentOf, agentOfCommand, classOf } from './agents.ts';
import { codex } from './codex.ts';

describe('Codex', () => {
  it('is recognised by its command, and by the user agents of its command line and its terminal', () => {
    assert.equal(agentOfCommand('/usr/bin/codex'), codex);
    for (const name of ['codex_exec', 'codex-tui']) {
      const userAgent = `${name}/0.169.0 (Debian 12.0.0; x86_64) xterm-256color (${name}; 0.169.0)`;
      assert.equal(agentOf(undefined, userAgent), codex);
    }
    for (const other of ['codex', 'codexx/1', 'my-codex_exec/1', 'codex_execute/1'])
      assert.notEqual(agentOf(undefined, other), codex, other);
    assert.equal(codex.refusal, 'message', 'an error other than 400 is asked for six times');
  });

  it('is given a provider by arguments, as no variable names one', () => {
    const args = codex.arguments?.({ url: 'http://127.0.0.1:4141', key: 'dummy' });
    assert.deepEqual(args, [
      '-c',
      'model_provider="tollgate"',
      '-c',
      'model_providers.tollgate={name="Tollgate",base_url="http://127.0.0.1:4141/v1",env_key="OPENAI_API_KEY",wire_api="responses"}',
      '-c',
      'web_search="disabled"',
    ]);
  });

  it('names the arguments that would lead around the sidecar, and no others', () => {
    for (const args of [
      ['cloud', 'exec', 'x'],
      ['exec', '--oss', 'x'],
      ['--local-provider=ollama'],
      ['--remote', 'ws://h'],
      ['exec', '-c', 'model_provider=other', 'x'],
      ['-cmodel_provider="other"'],
      ['--config', ' model_providers.tollgate.base_url="http://h"'],
      ['--config=model_providers.tollgate={}'],
    ])
      assert.match(codex.bypassArgument?.(args) ?? '', /Tollgate/, args.join(' '));
    for (const args of [
      [],
      ['exec', 'the cloud'],
      ['exec', '-c', 'model="x"', '-m', 'y', 'set model_provider=z'],
      ['exec', '--', '--oss'],
      ['exec', '-c'],
    ])
      assert.equal(codex.bypassArgument?.(args), undefined, args.join(' '));
  });
});

describe('the tools of Codex', () => {
  it('have the class of the farthest that they reach', () => {
    const classes: Readonly<Record<string, readonly string[]>> = {
      read: [
        ...['view_image', 'update_plan', 'request_user_input', 'get_goal', 'read_mcp_resource'],
        ...['functions/request_user_input_async', 'collaboration/spawn_agent', 'multi_agent_v1/send_input'],
        ...['clock/sleep', 'clock/curr_time'],
      ],
      search: ['tool_search'],
      browse: ['web_search'],
      write: ['apply_patch', 'functions/apply_patch'],
      // In code mode one call runs a program, which calls what it likes.
      shell: [
        'exec_command',
        'write_stdin',
        'exec',
        'functions/exec',
        'functions/wait',
        'local_shell',
        'shell',
      ],
      other: [
        'request_permissions',
        'spawn_agent',
        'mcp__srv/exec',
        'mcp__srv__exec',
        'collaboration/exec',
        '',
      ],
    };
    for (const [cls, names] of Object.entries(classes))
      for (const name of names) assert.equal(classOf(codex, name), cls, name);
  });
});
