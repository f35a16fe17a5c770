import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkCalls } from './column.ts';

describe('the calls of a peer', () => {
  it('all reach the provider, once, but for those that were broken off', () => {
    checkCalls({ succeeded: 10, brokenOff: 2, provided: 10 });
    checkCalls({ succeeded: 10, brokenOff: 2, provided: 12 });
    assert.throws(
      () => checkCalls({ succeeded: 10, brokenOff: 2, provided: 9 }),
      /gave 10 replies, and called .* 9 times/,
    );
    assert.throws(() => checkCalls({ succeeded: 10, brokenOff: 2, provided: 13 }), /13 times \(2 may/);
  });
});
