/** Calls of a tool that only calls another one: the other is judged. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { claudeCode } from '../agents/claude-code.ts';
import { openclaw } from '../agents/openclaw.ts';
import type { JsonValue } from '../json/read.ts';
import { SYSTEM_NAMESPACE } from '../policy/snapshot.ts';
import { profile } from '../policy/testing.ts';
import { callUnder } from './testing.ts';
import { CallJudge } from './tool-calls.ts';

const FULL = 'full_vm_tools';
const FORM =
  /^\[tollgate\] The tool call tool_call was not allowed: it has to say which tool it calls, in exactly this form/;

function judgeOf(policies: readonly string[], agent = openclaw): CallJudge {
  return new CallJudge(callUnder(policies, { agent }), 'req-1');
}

/** @returns what becomes of a call, and the name, class and verdict in its record; the name alone must not decide */
function wrapped(policies: readonly string[], args: JsonValue, name = 'tool_call'): string {
  const judge = judgeOf(policies);
  assert.equal(judge.byName(name), undefined, 'the arguments decide');
  const verdict = judge.byArgs(name, args);
  assert.equal(judge.calls.length, 1, 'each call is recorded once');
  const [call] = judge.calls;
  return `${verdict.allow ? 'allow' : 'deny'} ${call?.name} ${call?.class} ${call?.verdict}`;
}

function said(policies: readonly string[], args: JsonValue): string {
  const verdict = judgeOf(policies).byArgs('tool_call', args);
  return verdict.allow ? 'allowed' : verdict.text;
}

describe('a call through a tool that only calls another one', () => {
  it('is allowed as the other tool would be, without an entry of its own', () => {
    const table: [string, JsonValue, string][] = [
      ['locked', { id: 'read', args: { path: 'x' } }, 'allow read read allow'],
      ['locked', { id: 'web_fetch' }, 'deny web_fetch browse deny'],
      ['locked', { id: 'openclaw:core:exec', args: {} }, 'deny exec shell deny'],
      ['web_automation', { id: 'openclaw:core:web_fetch', args: {} }, 'allow web_fetch browse allow'],
      [FULL, { id: 'exec', args: {} }, 'allow exec shell allow'],
      [FULL, { id: 'message', args: {} }, 'deny message other deny'],
      [FULL, { id: 'EXEC', args: {} }, 'deny EXEC other deny'],
      [FULL, { id: 'mcp:github:get', args: {} }, 'deny mcp:github:get other deny'],
    ];
    for (const [tier, args, outcome] of table)
      assert.equal(wrapped([profile({ tier })], args), outcome, `${tier} ${JSON.stringify(args)}`);
    const named = [
      profile({ tier: 'locked', tools: { allow: [{ name: 'mcp:github:*' }, { name: 'message' }] } }),
    ];
    assert.equal(wrapped(named, { id: 'mcp:github:get' }), 'allow mcp:github:get other allow');
    assert.equal(wrapped(named, { id: 'message' }), 'allow message other allow');
    assert.equal(wrapped(named, { id: 'mcp:gitlab:get' }), 'deny mcp:gitlab:get other deny');
  });

  it('is not allowed by an entry for the one that calls', () => {
    const policies = [
      profile({ tier: 'locked', tools: { allow: [{ name: 'tool_call' }, { name: 'tool_*' }] } }),
    ];
    assert.equal(wrapped(policies, { id: 'exec' }), 'deny exec shell deny');
    assert.equal(wrapped(policies, { id: 'read' }), 'allow read read allow');
  });

  it('meets the conditions with the arguments of the other tool', () => {
    const when = 'args.url.startsWith("https://docs.")';
    const policies = [profile({ tier: 'locked', tools: { allow: [{ name: 'web_fetch', when }] } })];
    const fetch = (url: string) => ({ id: 'web_fetch', args: { url } });
    assert.equal(wrapped(policies, fetch('https://docs.x/')), 'allow web_fetch browse allow');
    assert.equal(wrapped(policies, fetch('https://x/')), 'deny web_fetch browse deny');
    assert.match(
      said(policies, fetch('https://x/')),
      /^\[tollgate\] The tool call web_fetch was not allowed: the ToolProfile x allows web_fetch only when args\.url/,
    );
    assert.equal(wrapped(policies, { id: 'web_fetch' }), 'deny web_fetch browse deny', 'without arguments');
    const seen = 'tool == "exec" && class == "shell" && args.command == "rm"';
    const denying = [
      profile({ tier: FULL, tools: { allow: [{ name: '*' }], deny: [{ name: 'exec', when: seen }] } }),
    ];
    const exec = (command: string) => ({ id: 'openclaw:core:exec', args: { command } });
    assert.equal(wrapped(denying, exec('rm')), 'deny exec shell deny');
    assert.equal(wrapped(denying, exec('ls')), 'allow exec shell allow');
  });

  it('is denied by an entry of deny for either, whatever allows them', () => {
    const allow = [{ name: '*' }];
    const exec = [profile({ tier: FULL, tools: { allow, deny: [{ name: 'exec' }] } })];
    assert.equal(wrapped(exec, { id: 'exec' }), 'deny exec shell deny');
    assert.equal(
      wrapped(exec, { id: 'openclaw:plugin:exec' }),
      'deny openclaw:plugin:exec other deny',
      'of a plugin',
    );
    assert.equal(wrapped(exec, { id: 'x/exec' }), 'deny x/exec other deny');
    assert.equal(wrapped(exec, { id: 'read' }), 'allow read read allow');
    const judge = judgeOf([
      profile({ tier: FULL, tools: { allow, deny: [{ name: 'tool_call', reason: 'no' }] } }),
    ]);
    const verdict = judge.byName('tool_call');
    assert.ok(
      verdict && !verdict.allow && /The tool call tool_call was not allowed: no\./.test(verdict.text),
    );
    assert.deepEqual(
      judge.calls.map(({ name }) => name),
      ['tool_call'],
    );
    const when = 'args.id == "process"';
    const some = [profile({ tier: FULL, tools: { deny: [{ name: 'tool_call', when }] } })];
    assert.equal(wrapped(some, { id: 'process' }), 'deny process shell deny');
    assert.equal(wrapped(some, { id: 'exec' }), 'allow exec shell allow');
  });

  it('is denied when it does not say in one form only what it calls, even where all is allowed', () => {
    const all = [profile({ tier: FULL, tools: { allow: [{ name: '*' }] } })];
    const inner = { id: 'exec', args: {} };
    for (const args of [
      { toolId: 'exec' },
      { ...inner, input: {} },
      { id: ' exec ' },
      { id: 'exec', args: 'x' },
      { id: 'tool_call', args: inner },
      { id: 'openclaw:core:tool_call', args: inner },
      [],
      null,
      'exec',
    ]) {
      assert.equal(wrapped(all, args), 'deny tool_call other deny', JSON.stringify(args));
      assert.match(said(all, args), FORM);
    }
    const judge = judgeOf(all);
    const verdict = judge.unreadable('tool_call');
    assert.ok(!verdict.allow && /its arguments are not valid JSON, or have a key twice/.test(verdict.text));
    assert.equal(judge.calls[0]?.verdict, 'deny');
  });

  it('is judged so in a toolset too, whose name has to be allowed besides', () => {
    const open = [profile({ tier: FULL, tools: { allow: [{ name: 'x/*' }] } })];
    assert.equal(wrapped(open, { id: 'exec' }, 'x/tool_call'), 'allow exec shell allow');
    assert.equal(wrapped(open, { id: 'message' }, 'x/tool_call'), 'deny message other deny');
    const verdict = judgeOf([profile({ tier: FULL })]).byName('x/tool_call');
    assert.equal(verdict?.allow, false);
  });

  it('is only recorded under a profile that is not enforced', () => {
    const watching = (spec: object) =>
      profile({ ...spec, enforce: false }, { name: 'house', namespace: SYSTEM_NAMESPACE });
    const policies = [profile({ tier: FULL }), watching({ tier: 'locked' })];
    assert.equal(wrapped(policies, { id: 'exec' }), 'allow exec shell observed');
    assert.equal(wrapped([watching({ tier: FULL })], { id: ' exec' }), 'allow tool_call other observed');
    assert.equal(
      wrapped([profile({ tier: 'locked' }), watching({ tier: FULL })], { id: 'exec' }),
      'deny exec shell deny',
    );
  });

  it('is a call like any other where the agent has no such tool', () => {
    const judge = judgeOf([profile({ tier: FULL, tools: { allow: [{ name: 'tool_call' }] } })], claudeCode);
    assert.deepEqual(judge.byName('tool_call'), { allow: true });
    assert.deepEqual(judge.calls, [{ name: 'tool_call', class: 'other', verdict: 'allow' }]);
  });
});
