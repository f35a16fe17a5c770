import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BARS, judge } from './bars.ts';

describe('bars', () => {
  it('are met at the limit itself', () => {
    assert.equal(judge(BARS.small, 0.15), 'met');
    assert.equal(judge(BARS.start, 250), 'met');
  });

  it('are missed up to twice the limit, and far beyond that', () => {
    assert.equal(judge(BARS.small, 0.149), 'missed');
    assert.equal(judge(BARS.small, 0.075), 'missed');
    assert.equal(judge(BARS.small, 0.074), 'far');
    assert.equal(judge(BARS.chunk, 6), 'missed');
    assert.equal(judge(BARS.chunk, 6.1), 'far');
  });

  it('are met by a proxy that is faster than what it is compared with', () => {
    assert.equal(judge(BARS.head, -0.2), 'met');
    assert.equal(judge(BARS.added, 0), 'met');
  });

  it('say nothing where others had the core, unless they are met all the same', () => {
    assert.equal(judge(BARS.added, 3, 0.4), 'disturbed');
    assert.equal(judge(BARS.added, 0.5, 0.4), 'met');
    assert.equal(judge(BARS.added, 3, 0.05), 'far');
  });

  it('are far from a value that could not be measured', () => {
    assert.equal(judge(BARS.small, Number.NaN), 'far');
    assert.equal(judge(BARS.head, Number.NaN), 'far');
  });
});
