import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { freshTunnel } from './tunnel.ts';

describe('tunnels through the gateway', () => {
  it('are kept for half a minute, then new calls get new ones, even with the same token', () => {
    let now = 1_000;
    const tunnel = freshTunnel(
      () => ({ token: 'the same' }),
      () => now,
    );
    const first = tunnel();
    now += 29_999;
    assert.equal(tunnel(), first);
    now += 1;
    const second = tunnel();
    assert.notEqual(second, first);
    assert.deepEqual(second, first);
    now += 29_999;
    assert.equal(tunnel(), second);
  });

  it('of which the token can not be read now are made as soon as it can', () => {
    let fails = true;
    const tunnel = freshTunnel(() => {
      if (fails) throw new Error('no such file');
      return { token: 't' };
    });
    assert.throws(tunnel);
    fails = false;
    assert.deepEqual(tunnel(), { token: 't' });
  });
});
