import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TOOL_CLASSES } from '../policy/tiers.ts';
import { AGENTS, agentNamed, agentOf, agentOfCommand, classOf, sdk } from './agents.ts';
import { claudeCode } from './claude-code.ts';

const sidecar = { url: 'http://127.0.0.1:4141', key: 'dummy' };

describe('an agent', () => {
  it('is recognised by the base name of its command, wherever it lies', () => {
    for (const command of ['claude', '/usr/local/bin/claude', './claude', 'C:\\tools\\claude.exe']) {
      assert.equal(agentOfCommand(command), claudeCode, command);
    }
    for (const command of ['', 'claude-wrapper', 'node', '/opt/claude/node', 'Claude', 'claude/']) {
      assert.equal(agentOfCommand(command), undefined, command);
    }
  });

  it('is the one that was started, else the one that its user agent names, else a program on an SDK', () => {
    const claude = 'claude-cli/2.1.330 (external, sdk-cli)';
    assert.equal(agentOf(undefined, claude), claudeCode);
    assert.equal(agentOf(sdk, claude), sdk);
    assert.equal(agentOf(claudeCode, 'curl/8'), claudeCode);
    for (const other of [undefined, '', 'Anthropic/JS 1.12.0', 'my claude-cli/1', 'claude-climber/1']) {
      assert.equal(agentOf(undefined, other), sdk, other);
    }
  });

  it('gets refusals in the form that it shows without a storm of retries', () => {
    assert.equal(claudeCode.refusal, 'message');
    assert.equal(sdk.refusal, 'status');
  });
});

describe('the tools of Claude Code', () => {
  it('have the class of the farthest that they reach', () => {
    const classes: Readonly<Record<string, readonly string[]>> = {
      read: ['Read', 'LS', 'TodoWrite', 'Task', 'Agent'],
      search: ['Glob', 'Grep', 'ToolSearch'],
      browse: ['WebFetch', 'WebSearch'],
      write: ['Write', 'Edit', 'MultiEdit', 'NotebookEdit'],
      shell: ['Bash', 'KillShell', 'Workflow'],
      other: ['mcp__github__get', 'bash', 'READ', 'Read ', '', 'constructor', '__proto__'],
    };
    for (const [cls, names] of Object.entries(classes)) {
      for (const name of names) assert.equal(classOf(claudeCode, name), cls, name);
    }
    assert.equal(classOf(sdk, 'Read'), 'other', 'a program’s own tools have names of its own');
  });
});

describe('the environment of Claude Code', () => {
  it('names the ways around the sidecar, and closes those that it can', () => {
    const { bypasses, keyVariable } = claudeCode;
    const environment = claudeCode.environment(sidecar);
    for (const provider of ['BEDROCK', 'VERTEX', 'FOUNDRY'])
      assert.match(bypasses[`CLAUDE_CODE_USE_${provider}`] ?? '', /^sends its calls to /);
    assert.equal(environment.CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC, '1');
    assert.equal(environment.CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK, '1');
    assert.equal(keyVariable, 'ANTHROPIC_AUTH_TOKEN');
  });
});

describe('the table of agents', () => {
  it('is sound: each id and command once, known classes, a user agent that tells', () => {
    const commands = AGENTS.flatMap((agent) => agent.commands);
    assert.equal(new Set(commands).size, commands.length);
    const ids = [...AGENTS, sdk].map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const agent of [...AGENTS, sdk]) {
      assert.equal(agentNamed(agent.id), agent);
      for (const cls of agent.tools.values()) assert.ok(TOOL_CLASSES.includes(cls));
      assert.equal(agent.userAgent.test('something-else/1'), false, agent.id);
      assert.match(agent.keyVariable, /^[A-Z_]+$/);
      for (const variable of Object.keys({ ...agent.environment(sidecar), ...agent.bypasses }))
        assert.match(variable, /^[A-Z_]+$/);
    }
  });
});
