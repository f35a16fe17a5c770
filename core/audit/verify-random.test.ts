import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rehash } from './testing.ts';
import { chainOf, checkFound, checkPlace } from './testing-attacks.ts';

// With many more cases in verify-random.slow.test.ts.
describe('tampering at random', () => {
  it('is always found, with care or without', () => checkFound(400));

  it('is found where it was done, when it was done once', () => checkPlace(100));

  it('is found where it was done in a long chain, also when very much was removed', () => {
    for (const careful of [true, false]) {
      const log = chainOf(3000);
      const rows = log.chain('b');
      const kept = [...rows.slice(0, 500), ...rows.slice(1700)];
      log.replace('b', careful ? rehash(kept) : kept);
      assert.equal(log.found()[0], 'removed 501-1700');
      assert.deepEqual(log.found().slice(1), careful ? ['rehashed 501-1801'] : []);
    }
  });
});
