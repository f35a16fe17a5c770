import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '../testing-fast-check.ts';
import { OutputMeter } from './output-meter.ts';

function count(...pieces: string[]): number {
  const meter = new OutputMeter();
  for (const piece of pieces) meter.take(piece);
  return meter.atLeast;
}

describe('the least that a text has in tokens', () => {
  it('is half its words and marks', () => {
    assert.equal(count(''), 0);
    assert.equal(count('one'), 0);
    assert.equal(count('one two'), 1);
    assert.equal(count('one two three four'), 2);
    assert.equal(count('{"a": 1}'), 2);
    assert.equal(count('  \n\t\u00a0 '), 0);
    assert.equal(count('Grüße aus Köln'), 1);
  });

  it('is the same however the text is cut, so that no chunk counts a word twice', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.array(fc.nat(60)), (text, cuts) => {
        const borders = [
          0,
          ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b),
          text.length,
        ];
        const pieces = borders.slice(1).map((border, i) => text.slice(borders[i], border));
        assert.equal(count(...pieces), count(text));
      }),
    );
  });

  it('is never more than one for every two characters', () => {
    fc.assert(fc.property(fc.string(), (text) => assert.ok(count(text) <= text.length / 2)));
  });
});
