import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cpuMs } from '../testing-cpu.ts';
import { judgePush } from './judge.ts';
import { NEW, OLD, ZERO } from './testing.ts';

const update = (ref: string) => ({ old: OLD, new: NEW, ref });
const codes = (refs: readonly string[], branches: readonly string[]) =>
  [...(judgePush(refs.map(update), branches) ?? [])].map(([ref, { code }]) => `${ref} ${code}`);
const isPushed = (branch: string, ...patterns: string[]) =>
  judgePush([update(`refs/heads/${branch}`)], patterns) === undefined;

describe('a branch may be pushed', () => {
  it('that a pattern names, where a star stands for any characters', () => {
    for (const [pattern, yes, no] of [
      ['agent/*', ['agent/a', 'agent/a/b', 'agent/ü'], ['agent', 'agents/a', 'x/agent/a', 'Agent/a']],
      ['fix', ['fix'], ['fix2', 'a/fix', 'fi']],
      ['*', ['a', 'a/b'], []],
      ['a*b*c', ['abc', 'axbxc', 'abbc'], ['ab', 'ac', 'abcd', 'xabc']],
      ['*-agent', ['x-agent', 'a/b-agent'], ['x-agents', 'agent']],
      ['ab*ba', ['abba', 'ab/ba'], ['aba', 'ab']],
      ['a.c', ['a.c'], ['abc']],
    ] as const) {
      for (const branch of yes) assert.ok(isPushed(branch, pattern), `${pattern} ${branch}`);
      for (const branch of no) assert.ok(!isPushed(branch, pattern), `${pattern} ${branch}`);
    }
  });

  it('that one of several patterns names, and none without a pattern', () => {
    assert.ok(isPushed('b', 'a', 'b'));
    assert.ok(!isPushed('c', 'a', 'b'));
    assert.ok(!isPushed('a'));
  });

  it('in little time, whatever the pattern', () => {
    const ms = cpuMs(() => assert.ok(!isPushed('a'.repeat(240), `${'*a'.repeat(120)}b`)));
    assert.ok(ms < 1_000, `${ms} ms`);
  });
});

describe('a push is refused', () => {
  for (const ref of [
    'refs/tags/v1',
    'refs/heads',
    'refs/heads/',
    'HEAD',
    'main',
    'refs/notes/x',
    'refs/heads/../tags/v1',
    'refs/heads/a..b',
    'refs/heads//a',
    'refs/heads/a/',
    'refs/heads/.a',
    'refs/heads/a/.b',
    'refs/heads/a.lock',
    'refs/heads/a.lock/b',
    'refs/heads/a.',
    'refs/heads/a b',
    'refs/heads/a\n',
    'refs/heads/a\x7f',
    'refs/heads/a~1',
    'refs/heads/a^',
    'refs/heads/a:b',
    'refs/heads/a?',
    'refs/heads/*',
    'refs/heads/[a',
    'refs/heads/a\\b',
    'refs/heads/a@{1}',
    `refs/heads/${'a'.repeat(250)}`,
  ])
    it(`for ${JSON.stringify(ref.slice(0, 30))}, which is no branch, even where all branches are open`, () =>
      assert.deepEqual(codes([ref], ['*']), [`${ref} not_a_branch`]));

  it('that deletes', () => {
    const refused = judgePush([{ old: OLD, new: ZERO, ref: 'refs/heads/a' }], ['*']);
    assert.equal(refused?.get('refs/heads/a')?.code, 'delete');
  });

  it('as a whole, when one of its refs is', () => {
    assert.deepEqual(codes(['refs/heads/a', 'refs/heads/b'], ['a']), [
      'refs/heads/a with_others',
      'refs/heads/b branch',
    ]);
  });

  it('that names a ref twice', () => {
    assert.deepEqual(codes(['refs/heads/a', 'refs/heads/a'], ['*']), ['refs/heads/a twice']);
  });
});
