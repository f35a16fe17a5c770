import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '../../testing-fast-check.ts';
import { withoutNumbers } from './vectors.ts';

const without = (text: string): string | undefined => withoutNumbers(Buffer.from(text))?.toString();

/** The same by another way: on the value. */
function collapsed(value: unknown): unknown {
  if (Array.isArray(value)) {
    const numbers = value.length > 0 && value.every((item) => typeof item === 'number');
    return numbers ? [0] : value.map(collapsed);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, collapsed(item)]));
}

describe('lists of numbers', () => {
  it('are left out, and nothing else is', () => {
    for (const [text, rest] of [
      ['{"a":[1,-2.5e-3 , 0],"b":1}', '{"a":[0],"b":1}'],
      ['[[1],[2,3],"x"]', '[[0],[0],"x"]'],
      ['{"[1,2]":"[3,\\"[4]"}', '{"[1,2]":"[3,\\"[4]"}'],
      ['[1,"2"]', '[1,"2"]'],
      ['[1,true]', '[1,true]'],
      ['[[],[ ]]', '[[],[ ]]'],
      ['[1', '[1'],
      ['"[1', '"[1'],
      ['7', '7'],
    ] as const) {
      assert.equal(without(text), rest, text);
    }
  });

  it('that are no JSON are found out', () => {
    for (const text of [
      '[1,,2]',
      '[1 2]',
      '[-]',
      '[01]',
      '[1.]',
      '[1,]',
      '{"a":[1],"b":[.5]}',
      '[e]',
      '[+1]',
    ]) {
      assert.equal(without(text), undefined, text);
    }
  });

  it('leave bytes alone in which there are none', () => {
    const bytes = Buffer.from('{"data":["a"]}');
    assert.equal(withoutNumbers(bytes), bytes);
  });

  it('never change what else there is, whatever it is', () => {
    const key = fc.string({ unit: fc.constantFrom('"', '\\', '[', ']', '1', ',', 'é', 'k') });
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.oneof(key, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean()),
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 4 }),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(
          key.filter((name) => name !== '__proto__'),
          tie('value'),
          { maxKeys: 4 },
        ),
      ),
    }));
    let shorter = 0;
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 1, '\t'), (anything, indent) => {
        const text = JSON.stringify(anything, null, indent);
        const rest = without(text) ?? assert.fail(text);
        assert.deepEqual(JSON.parse(rest), JSON.parse(JSON.stringify(collapsed(anything))));
        if (rest !== text) shorter++;
      }),
      { numRuns: 3000 },
    );
    assert.ok(shorter > 300, String(shorter));
  });
});
