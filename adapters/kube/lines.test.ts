import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Lines } from './lines.ts';

describe('lines', () => {
  it('are the same wherever chunks end, inside of characters too', () => {
    const text = 'Grüße\n日本語\n\n👩‍👩‍👧 \u2028 x\r\n{"a":1}\n';
    const bytes = Buffer.from(text);
    for (let size = 1; size <= bytes.length; size++) {
      const lines = new Lines(100);
      const found: string[] = [];
      for (let at = 0; at < bytes.length; at += size)
        found.push(...lines.push(bytes.subarray(at, at + size)));
      assert.deepEqual(found, ['Grüße', '日本語', '👩‍👩‍👧 \u2028 x\r', '{"a":1}'], `${size} bytes at once`);
      assert.equal(lines.held, 0);
    }
  });

  it('that have not ended are held back', () => {
    const lines = new Lines(100);
    assert.deepEqual([...lines.push(Buffer.from('one\ntw'))], ['one']);
    assert.equal(lines.held, 2);
    assert.deepEqual([...lines.push(Buffer.from('o\n'))], ['two']);
  });

  it('that are too long are an error before they have ended', () => {
    const lines = new Lines(10);
    assert.deepEqual([...lines.push(Buffer.from('0123456789\n'))], ['0123456789']);
    assert.throws(() => [...lines.push(Buffer.from('01234567890'))], RangeError);
  });

  it('that are not UTF-8 are an error', () => {
    assert.throws(() => [...new Lines(10).push(Buffer.from([0xc3, 0x28, 0x0a]))], TypeError);
  });
});
