import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { listen } from '../adapters/net/listen.ts';
import { createCanary } from './canary.ts';

describe('the canary', { timeout: 30_000 }, () => {
  it('is reached by all who come, and keeps few of them', async (t) => {
    const canary = createCanary();
    const port = await listen(canary, 0, '127.0.0.1');
    t.after(() => canary.close());
    const accepted = Promise.withResolvers<void>();
    let count = 0;
    canary.on('connection', () => {
      if (++count === 200) accepted.resolve();
    });
    const came = Array.from({ length: 200 }, async () => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      t.after(() => socket.destroy());
      socket.on('error', () => undefined);
      await once(socket, 'connect');
    });
    await Promise.all([...came, accepted.promise]);
    const kept = await new Promise<number>((resolve) => canary.getConnections((_, count) => resolve(count)));
    assert.ok(kept <= 80, `${kept}`);
  });
});
