import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../testing-fast-check.ts';
import { ceilDiv, formatUsd, MAX_NANO_USD, parseUsd } from './amount.ts';

test('amounts are read digit by digit', () => {
  const cases: [string | number, number][] = [
    ['5', 5_000_000_000],
    [5, 5_000_000_000],
    ['0.50', 500_000_000],
    ['0.000000001', 1],
    ['0.1', 100_000_000],
    ['0', 0],
    [0, 0],
    ['007.250', 7_250_000_000],
    ['9000000', MAX_NANO_USD],
    ['9000000.000000000', MAX_NANO_USD],
    [9_000_000, MAX_NANO_USD],
  ];
  for (const [text, nano] of cases) assert.equal(parseUsd(text), nano, String(text));
  assert.ok(Object.is(parseUsd(-0), 0), 'no negative zero');
});

test('what is not an exact amount is refused with a sentence that helps', () => {
  const cases: [string | number, RegExp][] = [
    [0.5, /in quotes \("0\.5"\)/],
    [Number.NaN, /in quotes/],
    [Number.POSITIVE_INFINITY, /in quotes/],
    ['', /not an amount/],
    ['.5', /like "5" or "0\.50"/],
    ['5.', /not an amount/],
    ['-1', /not an amount/],
    [-1, /not an amount/],
    ['+1', /not an amount/],
    ['$5', /not an amount/],
    ['5 ', /not an amount/],
    ['5\n', /not an amount/],
    ['1,000', /not an amount/],
    ['1e3', /not an amount/],
    ['0x10', /not an amount/],
    ['٥', /not an amount/],
    ['0.0000000001', /at most 9 decimals/],
    ['9000000.000000001', /more than 9000000/],
    [9_000_001, /more than 9000000/],
    [1e21, /not an amount/],
    ['9'.repeat(5000), /not an amount/],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => parseUsd(text), { name: 'RangeError', message });
  }
});

test('a refusal quotes only the start of a long text', () => {
  assert.throws(
    () => parseUsd('x'.repeat(10_000)),
    (error: Error) => error.message.length < 200,
  );
});

test('amounts are written with two decimals, and more where they are needed', () => {
  const cases: [number, string][] = [
    [0, '$0.00'],
    [1, '$0.000000001'],
    [10, '$0.00000001'],
    [1_237_500, '$0.0012375'],
    [100_000_000, '$0.10'],
    [123_000_000, '$0.123'],
    [5_000_000_000, '$5.00'],
    [1_234_567_890_000, '$1234.56789'],
    [MAX_NANO_USD, '$9000000.00'],
    [-500_000_000, '-$0.50'],
  ];
  for (const [nano, text] of cases) assert.equal(formatUsd(nano), text);
});

test('only whole nano-USD are written', () => {
  for (const nano of [0.5, Number.NaN, 2 ** 53]) assert.throws(() => formatUsd(nano), RangeError);
});

test('what is written reads back as the same amount', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: MAX_NANO_USD }), (nano) => {
      assert.equal(parseUsd(formatUsd(nano).slice(1)), nano);
    }),
  );
});

test('division rounds up, and only up', () => {
  assert.equal(ceilDiv(0n, 7n), 0n);
  assert.equal(ceilDiv(14n, 7n), 2n);
  assert.equal(ceilDiv(15n, 7n), 3n);
  assert.throws(() => ceilDiv(-1n, 7n), RangeError);
  assert.throws(() => ceilDiv(1n, 0n), RangeError);
});
