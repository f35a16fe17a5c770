import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { boundList, boundName, boundNames } from './bounded.ts';

describe('names from outside', () => {
  it('stay as they are up to 128 characters', () => {
    for (const name of ['', 'Bash', 'x'.repeat(128)]) assert.equal(boundName(name), name);
  });

  it('are cut there, and told apart by a hash of the rest', () => {
    const [one, other] = ['secret', 'Secret'].map((rest) => boundName('x'.repeat(128) + rest));
    assert.match(one ?? '', /^x{128}…[0-9a-f]{8}$/);
    assert.notEqual(one, other);
    assert.equal(boundName('x'.repeat(9_000_000)).length, 137);
    assert.equal(boundName('abcdef', 3).slice(0, 4), 'abc…');
  });

  it('are a hundred of a list, and how many more', () => {
    const names = Array.from({ length: 103 }, (_, i) => `n${i}`);
    assert.deepEqual(boundNames(names.slice(0, 100)), names.slice(0, 100));
    assert.deepEqual(boundNames(names), [...names.slice(0, 100), 'and 3 more']);
    assert.equal(boundNames(['x'.repeat(200)])[0]?.length, 137);
    assert.deepEqual(
      boundList([1, 2], () => 0),
      [1, 2],
    );
  });
});
