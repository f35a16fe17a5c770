import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '../../core/testing-fast-check.ts';
import { Credential } from './credential.ts';

const text = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
});

describe('the credential', () => {
  it('is found wherever it stands, as it is and in both kinds of base64', () => {
    const key = fc.tuple(text, fc.constant('0123456789ab')).map((parts) => parts.join(''));
    fc.assert(
      fc.property(key, text, text, (key, before, after) => {
        const credential = new Credential(key);
        const around = Buffer.from(`${before}${key}${after}`);
        assert.ok(credential.isIn(around));
        for (const encoding of ['latin1', 'base64', 'base64url'] as const) {
          assert.ok(credential.isIn(around.toString(encoding)), encoding);
        }
      }),
    );
  });

  it('is not found where it is not', () => {
    const credential = new Credential('sk-ant-api03-0123456789');
    for (const other of ['', 'sk-ant-api03-012345678', 'SK-ANT-API03-0123456789', 'c2stYW50LWFwaTAz']) {
      assert.equal(credential.isIn(other), false, other);
    }
  });

  it('is none where the provider takes none, or it is too short to be a secret', () => {
    assert.equal(new Credential(undefined).isIn('undefined'), false);
    assert.equal(new Credential('').isIn('x'), false);
    assert.equal(new Credential('elevenchars').isIn('elevenchars'), false);
    assert.equal(new Credential('twelve-chars').isIn('twelve-chars'), true);
  });
});
