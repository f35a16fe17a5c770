import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cpuMs } from '../testing-cpu.ts';
import { celEnvironment, compileCel } from './cel.ts';

function run(source: string, args: unknown): unknown {
  const compiled = compileCel(celEnvironment().registerVariable('args', 'map'), source);
  if ('error' in compiled) return compiled.error;
  return compiled.run({ args });
}

describe('CEL', () => {
  it('matches anywhere in the text, as RE2 does', () => {
    assert.equal(run('args.c.matches("b+$")', { c: 'abb' }), true);
    assert.equal(run('args.c.matches("^b")', { c: 'abb' }), false);
    assert.equal(run('(args.c) . matches ( "^a" ) && "x.matches(" != args.c', { c: 'abb' }), true);
    assert.equal(
      run('args.l.exists(x, x.matches("^b")) && args.c.matches("a")', { l: ['a', 'b'], c: 'a' }),
      true,
    );
  });

  it('answers patterns that backtrack exponentially elsewhere within milliseconds', () => {
    assert.notEqual(run('args.c.matches("b(?=a)")', { c: 'ba' }), true, 'or this test would have no end');
    const evil = `${'a'.repeat(40)}!`;
    const ms = cpuMs(() => {
      assert.equal(run('args.c.matches("^(a|a)*$")', { c: evil }), false);
      assert.equal(run('args.c.matches(args.p)', { c: evil, p: '^(([a-z])+.)+[A-Z]([a-z])+$' }), false);
    });
    assert.ok(ms < 5_000, `${ms} ms`);
  });

  it('says what is wrong with an expression', () => {
    for (const [source, says] of [
      ['nope == 1', 'there is no variable nope; there are args'],
      ['foo(args)', 'there is no function foo'],
      ['args.c.startWith("a")', 'there is no function startWith; there is startsWith'],
      ['size(1) == 1', 'size does not take int'],
      ['"a".startsWith(1)', 'startsWith does not take int when called on string'],
      ['"a" == 1', '== does not take string and int'],
      ['args.c = "x"', 'a single "=" means nothing; compare with "=="'],
      ['args.c.startsWith("/"', '")" is missing before the end'],
    ] as const)
      assert.equal(run(source, {}), says);
    assert.match(String(run('"text"', {})), /gives string, not bool/);
    assert.match(String(run('args.c.matches("(")', {})), /missing/);
    assert.match(String(run('args.c ==', {})), /./);
    assert.match(String(run('args.c // .matches\n .matches("x")', {})), /comment/);
    assert.match(String(run(Array(300).fill('true').join(' && '), {})), /./);
  });
});
