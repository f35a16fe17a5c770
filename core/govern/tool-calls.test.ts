import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sdk } from '../agents/agents.ts';
import { SYSTEM_NAMESPACE } from '../policy/snapshot.ts';
import { profile } from '../policy/testing.ts';
import { type Asked, callUnder } from './testing.ts';
import { CallJudge } from './tool-calls.ts';

type Spec = { tier?: string; enforce?: boolean; tools?: object };
const everywhere = (spec: Spec) => profile(spec, { name: 'house', namespace: SYSTEM_NAMESPACE });
const FULL = 'full_vm_tools';

function judgeOf(policies: readonly string[], asked: Asked = {}): CallJudge {
  return new CallJudge(callUnder(policies, asked), 'req-1');
}

/** @returns what is said at the call's name and, where the arguments decide, what at these */
function judged(
  policies: readonly string[],
  name: string,
  args: object | string = {},
  asked: Asked = {},
): string {
  const judge = judgeOf(policies, asked);
  const early = judge.byName(name);
  const verdict = early ?? judge.byArgs(name, args as never);
  assert.equal(judge.calls.length, 1, 'each call is recorded once');
  return `${early ? 'name' : 'args'} ${verdict.allow ? 'allow' : 'deny'} ${judge.calls[0]?.verdict}`;
}

describe('tool calls under one profile', () => {
  it('are allowed by the class that the agent’s table gives their name, as the tier or the profile says', () => {
    const table: readonly [Spec, string, boolean][] = [
      [{ tier: 'locked' }, 'Read', true],
      [{ tier: 'locked' }, 'Grep', true],
      [{ tier: 'locked' }, 'WebFetch', false],
      [{ tier: 'locked' }, 'Bash', false],
      [{ tier: 'web_automation' }, 'WebFetch', true],
      [{ tier: 'web_automation' }, 'Write', false],
      [{ tier: FULL }, 'Bash', true],
      [{ tier: FULL }, 'Write', true],
      [{ tier: FULL }, 'mcp__github__push', false],
      [{ tier: FULL }, 'bash', false],
      [{ tier: FULL, tools: { classes: ['read'] } }, 'Bash', false],
      [{ tier: 'locked', tools: { classes: ['shell'] } }, 'Bash', true],
      [{ tier: 'locked', tools: { classes: [] } }, 'Read', false],
    ];
    for (const [spec, name, allowed] of table) {
      assert.equal(
        judged([profile(spec)], name),
        allowed ? 'name allow allow' : 'name deny deny',
        `${JSON.stringify(spec)} ${name}`,
      );
    }
  });

  it('are all of unknown class for an agent that no table knows, and allowed only by name', () => {
    const policies = [profile({ tier: FULL, tools: { allow: [{ name: 'my_*' }] } })];
    assert.equal(judged(policies, 'Bash', {}, { agent: sdk }), 'name deny deny');
    assert.equal(judged(policies, 'my_tool', {}, { agent: sdk }), 'name allow allow');
  });

  it('are denied by an entry of deny before anything allows them', () => {
    const tools = {
      deny: [{ name: 'mcp__*__delete' }, { name: 'Bash' }],
      allow: [{ name: 'mcp__*' }, { name: 'Bash' }],
    };
    const policies = [profile({ tier: FULL, tools })];
    assert.equal(judged(policies, 'mcp__x__delete'), 'name deny deny');
    assert.equal(judged(policies, 'Bash'), 'name deny deny');
    assert.equal(judged(policies, 'mcp__x__get'), 'name allow allow');
  });

  it('wait for their arguments where a condition asks for them, and only there', () => {
    const when = 'args.command.startsWith("git ")';
    const denying = [profile({ tier: FULL, tools: { deny: [{ name: 'Bash', when }] } })];
    assert.equal(judged(denying, 'Bash', { command: 'git push' }), 'args deny deny');
    assert.equal(judged(denying, 'Bash', { command: 'ls' }), 'args allow allow');
    assert.equal(judged(denying, 'Read'), 'name allow allow');
    const allowing = [profile({ tier: 'locked', tools: { allow: [{ name: 'Bash', when }] } })];
    assert.equal(judged(allowing, 'Bash', { command: 'git push' }), 'args allow allow');
    assert.equal(judged(allowing, 'Bash', { command: 'ls' }), 'args deny deny');
    assert.equal(judged(allowing, 'Write'), 'name deny deny');
    const sure = [profile({ tier: FULL, tools: { deny: [{ name: 'Bash', when }, { name: 'B*' }] } })];
    assert.equal(judged(sure, 'Bash'), 'name deny deny', 'another entry denies it in any case');
    const either = [
      profile({
        tier: 'locked',
        tools: {
          allow: [
            { name: 'Bash', when: 'args.x == 1' },
            { name: 'Bash', when },
          ],
        },
      }),
    ];
    assert.equal(
      judged(either, 'Bash', { command: 'git x', x: 2 }),
      'args allow allow',
      'one entry of allow is enough',
    );
    const needless = [profile({ tier: FULL, tools: { allow: [{ name: 'Bash', when }] } })];
    assert.equal(judged(needless, 'Bash'), 'name allow allow', 'its class allows it already');
  });

  it('see the tool, its class and the workload in a condition', () => {
    const when = 'tool == "Bash" && class == "shell" && workload == "claude" && labels.team == "red"';
    assert.equal(
      judged([profile({ tier: FULL, tools: { deny: [{ name: '*', when }] } })], 'Bash'),
      'args deny deny',
    );
    assert.equal(
      judged([profile({ tier: FULL, tools: { deny: [{ name: '*', when }] } })], 'Read'),
      'args allow allow',
    );
  });

  it('of a toolset are of unknown class whatever they are called, and allowed only with the toolset’s name', () => {
    for (const tier of ['locked', FULL]) {
      assert.equal(judged([profile({ tier })], 'browser/Read'), 'name deny deny');
      const allow = [{ name: 'browser/*' }, { name: 'left_click' }];
      assert.equal(judged([profile({ tier, tools: { allow } })], 'browser/Read'), 'name allow allow');
      assert.equal(judged([profile({ tier, tools: { allow } })], 'browser/left_click'), 'name allow allow');
      assert.equal(judged([profile({ tier, tools: { allow } })], 'computer/left_click'), 'name deny deny');
    }
  });

  it('of a toolset are denied where the agent’s own tool of that name is: it may know no toolsets', () => {
    const allow = [{ name: 'browser/*' }];
    assert.equal(judged([profile({ tier: 'locked', tools: { allow } })], 'browser/Bash'), 'name deny deny');
    assert.equal(judged([profile({ tier: FULL, tools: { allow } })], 'browser/Bash'), 'name allow allow');
    const deny = [
      { name: 'Bash' },
      { name: 'go', when: 'args.x == 1' },
      { name: 'see', when: 'tool == "see"' },
    ];
    const policies = [profile({ tier: FULL, tools: { allow, deny } })];
    assert.equal(judged(policies, 'browser/Bash'), 'name deny deny');
    assert.equal(judged(policies, 'browser/go', { x: 1 }), 'args deny deny');
    assert.equal(judged(policies, 'browser/go', { x: 2 }), 'args allow allow');
    assert.equal(judged(policies, 'browser/see'), 'args deny deny');
    const sdkJudge = judgeOf([profile({ tier: 'locked', tools: { allow } })], { agent: sdk });
    assert.deepEqual(sdkJudge.byName('browser/Bash'), { allow: true }, 'where no table has such a tool');
    assert.deepEqual(sdkJudge.calls, [{ name: 'browser/Bash', class: 'other', verdict: 'allow' }]);
  });

  it('have a condition that fails count against the agent', () => {
    const when = 'args.command.contains("x")';
    const denying = [profile({ tier: FULL, tools: { deny: [{ name: 'Bash', when }] } })];
    const allowing = [profile({ tier: 'locked', tools: { allow: [{ name: 'Bash', when }] } })];
    for (const args of [{}, { command: 7 }, { command: null }, 'x', []]) {
      assert.equal(judged(denying, 'Bash', args), 'args deny deny', JSON.stringify(args));
      assert.equal(judged(allowing, 'Bash', args), 'args deny deny', JSON.stringify(args));
    }
  });
});

describe('tool calls under several profiles', () => {
  const open = profile({ tier: FULL });

  it('are denied when one of them denies', () => {
    assert.equal(judged([open, everywhere({ tier: 'locked' })], 'Bash'), 'name deny deny');
    assert.equal(judged([profile({ tier: 'locked' }), everywhere({ tier: FULL })], 'Bash'), 'name deny deny');
    assert.equal(judged([open, everywhere({ tier: FULL })], 'Bash'), 'name allow allow');
  });

  it('are recorded, and not denied, by those that are not enforced', () => {
    assert.equal(
      judged([open, everywhere({ tier: 'locked', enforce: false })], 'Bash'),
      'name allow observed',
    );
    assert.equal(judged([profile({ tier: 'locked', enforce: false })], 'Bash'), 'name allow observed');
    assert.equal(
      judged([profile({ tier: 'locked', enforce: false }), everywhere({ tier: 'locked' })], 'Bash'),
      'name deny deny',
    );
    const judge = judgeOf([profile({ tier: 'locked', enforce: false })]);
    judge.byName('Bash');
    assert.deepEqual(judge.calls, [
      { name: 'Bash', class: 'shell', verdict: 'observed', code: 'tool_not_allowed' },
    ]);
  });

  it('wait for arguments that only one of them asks for, unless another denies at once', () => {
    const deny = { tools: { deny: [{ name: 'Bash', when: 'args.bad' }] } };
    assert.equal(
      judged([open, everywhere({ tier: FULL, ...deny })], 'Bash', { bad: true }),
      'args deny deny',
    );
    assert.equal(
      judged([open, everywhere({ tier: FULL, enforce: false, ...deny })], 'Bash', { bad: true }),
      'args allow observed',
    );
    assert.equal(
      judged([profile({ tier: FULL, ...deny }), everywhere({ tier: 'locked' })], 'Bash'),
      'name deny deny',
    );
    assert.equal(
      judged([profile({ tier: FULL, ...deny }), everywhere({ tier: 'locked', enforce: false })], 'Bash', {
        bad: false,
      }),
      'args allow observed',
    );
  });
});

describe('what is said and recorded of a tool call', () => {
  const textOf = (spec: object, name: string, args: object = {}): string => {
    const judge = judgeOf([profile(spec)]);
    const verdict = judge.byName(name) ?? judge.byArgs(name, args as never);
    return verdict.allow ? 'allowed' : verdict.text;
  };

  it('is why, by which profile, and what to do', () => {
    assert.equal(
      textOf({ tier: 'locked' }, 'Bash'),
      '[tollgate] The tool call Bash was not allowed: tools of class shell are not allowed in tier locked. Go on without it, or change spec.tools of the ToolProfile x. (tool_not_allowed, req-1)',
    );
    assert.match(
      textOf({ tier: FULL }, 'mcp__x'),
      /tools of unknown class need an entry of allow in the ToolProfile x\./,
    );
    const deny = (rule: object) => ({ tier: FULL, tools: { deny: [{ name: 'B*', ...rule }] } });
    assert.match(textOf(deny({}), 'Bash'), /not allowed: the ToolProfile x denies B\*\./);
    assert.match(
      textOf(deny({ reason: 'nobody does that here' }), 'Bash'),
      /not allowed: nobody does that here\./,
    );
    assert.match(textOf(deny({ when: 'args.x == 1' }), 'Bash', { x: 1 }), /denies B\* when args\.x == 1\./);
    assert.match(
      textOf(deny({ when: 'args.x == 1' }), 'Bash'),
      /denies B\*, and its condition could not be evaluated \(No such key: x\)\./,
    );
    const both = deny({ when: 'args.x == 1', reason: 'nobody does that here' });
    assert.match(textOf(both, 'Bash', { x: 1 }), /not allowed: nobody does that here\./);
    assert.match(
      textOf(both, 'Bash'),
      /denies B\*, and its condition could not be evaluated \(No such key: x\): nobody does that here\./,
    );
    const allow = (rule: object) => ({ tier: 'locked', tools: { allow: [{ name: 'Bash', ...rule }] } });
    assert.match(
      textOf(allow({ when: 'args.x == 1' }), 'Bash', { x: 2 }),
      /not allowed: the ToolProfile x allows Bash only when args\.x == 1\./,
    );
    assert.match(
      textOf(allow({ when: 'args.x == 1' }), 'Bash'),
      /only when args\.x == 1, which could not be evaluated \(No such key: x\)\./,
    );
  });

  it('names the tier only where the tier decides, not where the profile has classes of its own', () => {
    const own = (classes: string[]) => textOf({ tier: FULL, tools: { classes } }, 'Bash');
    for (const classes of [[], ['read']]) {
      assert.match(own(classes), /class shell is not one of the classes that the ToolProfile x allows\./);
      assert.doesNotMatch(own(classes), /tier/);
    }
    assert.match(textOf({ tier: 'locked' }, 'Bash'), /in tier locked\./);
  });

  it('names those whose arguments cannot be read, which every profile denies that looks at them', () => {
    const asks = { tier: FULL, tools: { deny: [{ name: 'Bash', when: 'args.bad' }] } };
    const judge = judgeOf([profile(asks)]);
    const verdict = judge.unreadable('Bash');
    assert.ok(!verdict.allow && /its arguments are not valid JSON/.test(verdict.text));
    const watching = judgeOf([profile({ ...asks, enforce: false })]);
    assert.deepEqual(watching.unreadable('Bash'), { allow: true });
    assert.deepEqual([judge.calls[0]?.verdict, watching.calls[0]?.verdict], ['deny', 'observed']);
    const both = judgeOf([profile({ tier: FULL }), everywhere({ ...asks, enforce: false })]);
    assert.deepEqual(both.unreadable('Bash'), { allow: true }, 'who only watches makes nobody else refuse');
    assert.equal(both.calls[0]?.verdict, 'observed');
    const strict = judgeOf([profile({ tier: 'locked' }), everywhere(asks)]).unreadable('Bash');
    assert.ok(!strict.allow && /tier locked/.test(strict.text));
  });

  it('is every call of the reply, in order, each once', () => {
    const judge = judgeOf([profile({ tier: FULL, tools: { deny: [{ name: 'Bash', when: 'args.bad' }] } })]);
    judge.byName('Read');
    assert.equal(judge.byName('Bash'), undefined);
    judge.byName('Nope');
    judge.byArgs('Bash', { bad: true });
    assert.deepEqual(
      judge.calls.map(({ name, class: cls, verdict, code }) => [name, cls, verdict, code]),
      [
        ['Read', 'read', 'allow', undefined],
        ['Nope', 'other', 'deny', 'tool_not_allowed'],
        ['Bash', 'shell', 'deny', 'tool_not_allowed'],
      ],
    );
  });
});
