import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cpuMs } from '../testing-cpu.ts';
import { compileCondition } from './condition.ts';

const FACTS = {
  args: {
    command: 'git push',
    url: 'https://Docs.Anthropic.com:8443/x',
    n: 5,
    f: 1.5,
    list: ['a', 'b'],
    deep: { k: null },
    flag: true,
  },
  tool: 'Bash',
  class: 'shell',
  workload: 'claude',
  labels: { team: 'red' },
};

function evaluate(
  source: string,
  facts: Partial<typeof FACTS> | { args: unknown } = {},
): boolean | { error: string } {
  const condition = compileCondition(source);
  if ('error' in condition) throw new Error(condition.error);
  assert.equal(condition.source, source);
  return condition.evaluate({ ...FACTS, ...facts });
}

/** A URL stands in an argument, so that none of its characters are CEL's. */
const hostIs = (url: string, host: string) =>
  evaluate('host(args.url) == args.host', { args: { url, host } });

describe('a condition', () => {
  it('sees the call and who makes it', () => {
    for (const source of [
      'tool == "Bash" && class == "shell" && workload == "claude"',
      'labels.team == "red" && "team" in labels && !("x" in labels) && has(labels.team)',
      'args.command.startsWith("git") && args["command"].contains("push") && args.command.size() == 8',
      'args.n == 5 && args.n > 4.5 && args.n < 6 && args.n in [4, 5] && int(args.n) + 1 == 6',
      'args.f == 1.5 && args.flag && args.deep.k == null',
      '"b" in args.list && size(args.list) == 2 && args.list.exists(x, x == "a") && args.list.all(x, x < "c")',
      '!has(args.nothing) && has(args.deep) && args.?nothing.orValue("d") == "d"',
      'args.command.matches("^git\\\\s+push$") ? true : false',
    ]) {
      assert.equal(evaluate(source), true, source);
    }
    assert.equal(evaluate('args.command == "rm"'), false);
  });

  it('that cannot be evaluated says so, and never passes for an answer', () => {
    for (const source of [
      'args.nothing == 1',
      'args.deep.k.x == 1',
      'args.list[2] == "c"',
      'args.command',
      'args.n',
      'args.command + 1 == 2',
      'labels.nothing == "x"',
      'host(args.command) == "x"',
      'args.command.matches(args.list[5])',
      'host("") == ""',
    ]) {
      const result = evaluate(source);
      assert.ok(typeof result === 'object' && result.error !== '', `${source}: ${JSON.stringify(result)}`);
    }
    for (const args of ['text', 7, null, ['git'], true]) {
      const result = evaluate('args.command.contains("git")', { args });
      assert.ok(typeof result === 'object', `${JSON.stringify(args)}: ${JSON.stringify(result)}`);
    }
    assert.ok(typeof evaluate('args.c.matches(args.p)', { args: { c: 'x', p: '(' } }) === 'object');
  });

  it('that asks for what there is not is refused when it is read', () => {
    for (const source of [
      'nothing == 1',
      'argz.x == 1',
      'exec("ls")',
      'tool.explode()',
      'matches(tool, "x")',
      '"text"',
      '1 + 1',
      'tool',
      'args ==',
      '',
      'tool == "a" tool == "b"',
      'tool == 1',
    ]) {
      const condition = compileCondition(source);
      assert.ok('error' in condition && condition.error.length > 0, source);
    }
  });

  it('is bounded, whatever it is made of', () => {
    const nested = `${'('.repeat(200)}true${')'.repeat(200)}`;
    const long = Array(600).fill('true').join(' || ');
    for (const source of [long, `[${Array(500).fill('1').join(',')}].size() == 1`]) {
      assert.ok('error' in compileCondition(source), source.slice(0, 40));
    }
    const ms = cpuMs(() => compileCondition(nested));
    assert.ok(ms < 1_000, `${ms} ms`);
  });
});

describe('matches() in a condition', () => {
  it('is the linear one in each form in which it can be called', () => {
    // Looking ahead is what only the engine's own can do.
    const look = '.matches("a(?=b)")';
    for (const source of [
      `args.command${look}`,
      `args.list.exists(x, x${look})`,
      `args.list.all(x, x${look})`,
      `args.list.exists_one(x, x${look})`,
      `args.list.filter(x, x${look}).size() == 1`,
      `args.list.map(x, x${look})[0]`,
      `args.list.map(x, x${look}, x).size() == 1`,
      `cel.bind(x, args.command, x${look})`,
      `{"a": args.command${look}}["a"]`,
      `[args.command${look}][0]`,
      `(true ? args.command : "")${look}`,
      `!(tool${look}) && true`,
      `args.command${look} == args.command${look}`,
      `args.list.exists(x, args.list.exists(y, (x + y)${look}))`,
      `args.?command.orValue("")${look}`,
    ]) {
      const condition = compileCondition(source);
      assert.ok(
        'error' in condition && /invalid|perl|unsupported|parsing/i.test(condition.error),
        `${source}: ${JSON.stringify(condition)}`,
      );
    }
    const named = 'args.command.matches("g") && args.command.matches("u") && "matches".matches("^matches$")';
    assert.equal(evaluate(named), true, 'the name alone is not renamed');
    assert.equal(evaluate('["ab"].exists(x, x.matches("^a") && x.matches("b$"))'), true);
    assert.equal(evaluate('cel.bind(x, args.command, x.matches("push$"))'), true);
  });

  it('answers at once where backtracking takes for ever, also for patterns from the arguments', () => {
    for (const look of ['tool.matches("a(?=b)")', 'tool == "" || args.l.exists(p, p.matches("a(?=b)"))'])
      assert.ok('error' in compileCondition(look), 'or this test would have no end');
    const args = { c: `${'a'.repeat(5_000)}!`, p: '^(a+)+$', l: ['(x+x+)+y', '^(a|a)*$'] };
    const ms = cpuMs(() => {
      assert.equal(evaluate('args.c.matches("^(a+)+$")', { args }), false);
      assert.equal(
        evaluate('args.c.matches(args.p) || args.l.exists(p, args.c.matches(p))', { args }),
        false,
      );
    });
    assert.ok(ms < 10_000, `${ms} ms`);
  });
});

describe('host() in a condition', () => {
  it('is the host to which a client would go', () => {
    for (const [url, host] of [
      ['https://Docs.Anthropic.com/a?b#c', 'docs.anthropic.com'],
      ['https://nodejs.org.', 'nodejs.org'],
      ['http://user:pass@evil.example:81/@nodejs.org', 'evil.example'],
      ['https://nodejs.org@evil.example', 'evil.example'],
      ['https://nodejs.org:443@evil.example/', 'evil.example'],
      ['https://evil.example#@nodejs.org', 'evil.example'],
      ['https://evil.example?@nodejs.org', 'evil.example'],
      ['http://127.1/', '127.0.0.1'],
      ['http://0x7f000001', '127.0.0.1'],
      ['http://[::1]:80/', '[::1]'],
      ['https://ümlaut.example', 'xn--mlaut-jva.example'],
      ['wss://x.example', 'x.example'],
    ] as const) {
      assert.equal(hostIs(url, host), true, url);
    }
  });

  it('is an error where there is none, or where clients read it differently', () => {
    for (const url of [
      '',
      'nodejs.org',
      '/path',
      '//nodejs.org',
      'data:text/plain,x',
      'file:///etc/passwd',
      'mailto:a@nodejs.org',
      'https://',
      'https://evil.example\\@nodejs.org',
      'https:\\\\nodejs.org',
      'https://nodejs\t.org',
      ' https://nodejs.org',
      'https://nodejs.org\n',
      'https://nodejs.org/a b',
      'https://nodejs.org\u0000.evil.example',
      'https://a%zz/',
    ]) {
      const result = hostIs(url, 'nodejs.org');
      assert.ok(typeof result === 'object', `${JSON.stringify(url)}: ${JSON.stringify(result)}`);
    }
  });
});
