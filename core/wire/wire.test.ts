import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { passedBetas } from './wire.ts';

describe('betas', () => {
  it('pass when the tables or the Provider know them; the rest is removed', () => {
    const betas = { known: ['k'], unknown: ['u', 'allowed'] };
    assert.deepEqual(passedBetas(betas, new Set(['allowed', 'other'])), {
      passed: ['k', 'allowed'],
      removed: ['u'],
    });
    assert.deepEqual(passedBetas(betas, new Set()), { passed: ['k'], removed: ['u', 'allowed'] });
  });
});
