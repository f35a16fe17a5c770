import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plural, showAmount, showLeft, showReset } from './wording.ts';

describe('what people read', () => {
  it('counts one as one', () => {
    assert.equal(plural(1, 'call'), '1 call');
    assert.equal(plural(0, 'call'), '0 calls');
    assert.equal(plural(2, 'entry', 'entries'), '2 entries');
  });

  it('has amounts in their units', () => {
    assert.equal(showAmount(400_000_000, 'usd'), '$0.40');
    assert.equal(showAmount(1, 'tokens'), '1 token');
    assert.equal(showAmount(0, 'requests'), '0 requests');
  });

  it('says that nothing is left of a limit that is exceeded', () => {
    assert.deepEqual([showLeft(-1, 'usd'), showLeft(-1, 'tokens')], ['$0.00', '0']);
    assert.deepEqual([showLeft(2e9, 'usd'), showLeft(1, 'requests')], ['$2.00', '1']);
  });

  it('says when a window ends, in UTC and no finer than it is', () => {
    assert.equal(showReset(Date.UTC(2026, 10, 23)), '2026-11-23T00:00Z');
    assert.equal(showReset(Date.UTC(2026, 10, 23, 0, 0, 1)), '2026-11-23T00:00:01.000Z');
    assert.deepEqual([showReset(undefined), showReset(Number.POSITIVE_INFINITY)], [undefined, undefined]);
  });
});
