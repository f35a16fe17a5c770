import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '../testing-fast-check.ts';
import { anyGlob, compileGlob } from './glob.ts';

describe('patterns with *', () => {
  it('match as a table says', () => {
    const table: [string, string, boolean][] = [
      ['Read', 'Read', true],
      ['Read', 'Reader', false],
      ['*', '', true],
      ['claude-*', 'claude-opus-5', true],
      ['claude-*', 'xclaude-', false],
      ['*-haiku-*', 'claude-haiku-4-5', true],
      ['a*a', 'a', false],
      ['a*b*c', 'a-c-b-c', true],
      ['a*bc*bc', 'abc', false],
      ['mcp__*__get_*', 'mcp__x__get_y', true],
      ['a.c', 'abc', false],
      ['**', 'x', true],
    ];
    for (const [pattern, text, expected] of table)
      assert.equal(compileGlob(pattern)(text), expected, `${pattern} ${text}`);
    assert.equal(anyGlob([])('x'), false);
    assert.equal(anyGlob(['a', 'x*'])('xy'), true);
  });

  it('agree with a regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    fc.assert(
      fc.property(letters, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }), (pattern, text) => {
        assert.equal(compileGlob(pattern)(text), new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text));
      }),
      { numRuns: 2000 },
    );
  });
});
