import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
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
    const started = performance.now();
    const evil = `${'a'.repeat(40)}!`;
    assert.equal(run('args.c.matches("^(a|a)*$")', { c: evil }), false);
    assert.equal(run('args.c.matches(args.p)', { c: evil, p: '^(([a-z])+.)+[A-Z]([a-z])+$' }), false);
    assert.ok(performance.now() - started < 500);
  });

  it('says what is wrong with an expression', () => {
    assert.match(String(run('nope == 1', {})), /Unknown variable: nope/);
    assert.match(String(run('"text"', {})), /gives string, not bool/);
    assert.match(String(run('args.c.matches("(")', {})), /missing/);
    assert.match(String(run('args.c ==', {})), /./);
    assert.match(String(run('args.c // .matches\n .matches("x")', {})), /comment/);
    assert.match(String(run(Array(300).fill('true').join(' && '), {})), /./);
  });
});
