import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '../testing-fast-check.ts';
import { hasInexactNumber } from './numbers.ts';

const inexact = (json: string) => hasInexactNumber(Buffer.from(json));

describe('a number that programs read differently', () => {
  it('is a whole number beyond 2^53, or a decimal that a double does not hold', () => {
    for (const number of [
      ...['9007199254740993', '9007199254740992', '-9007199254740993', '123456789012345678901234567890'],
      ...['9007199254740993.0', '9007199254740993e0', '9.007199254740993e15', '900719925474099.3e1'],
      ...[
        '1e400',
        '1e+400',
        '-1e400',
        '1E-400',
        '0.1000000000000000055511151231257827',
        '3.14159265358979323846',
      ],
    ]) {
      for (const json of [number, `{"a":${number}}`, `[1, ${number} ]`, `{"a":[0.5,{"b":${number}}]}`]) {
        assert.equal(inexact(json), true, json);
      }
    }
    for (const number of [
      ...['0', '-0', '7', '-7', '9007199254740991', '-9007199254740991', '1.0', '1.50', '-0.0', '0.000'],
      ...[
        '0.1',
        '1e2',
        '1E+2',
        '1.5e-7',
        '100e-2',
        '1e21',
        '1e300',
        '5e-324',
        '0.30000000000000004',
        '123e-20',
      ],
    ]) {
      for (const json of [number, `{"a":${number}}`, `[1, ${number} ]`])
        assert.equal(inexact(json), false, json);
    }
  });

  it('is none that stands in a string or a key', () => {
    assert.equal(inexact('{"9007199254740993":"1e400 \\" 9007199254740993","b":[true,false,null]}'), false);
    assert.equal(inexact('{"a\\\\":9007199254740993}'), true);
  });

  it('is none that JavaScript writes, but whole ones beyond 2^53', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = JSON.stringify(value);
        assert.equal(inexact(text), /^-?\d+$/.test(text) && !Number.isSafeInteger(value), text);
      }),
    );
    fc.assert(fc.property(fc.maxSafeInteger(), (value) => assert.equal(inexact(`[${value}]`), false)));
  });
});
