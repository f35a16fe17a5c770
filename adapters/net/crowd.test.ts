import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { Crowd, type CrowdLimits } from './crowd.ts';

class Made extends EventEmitter {
  readonly remoteAddress: string;
  destroyed = false;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }
}

const LIMITS: CrowdLimits = { most: 6, mostPerAddress: 4, newPerSecond: 10 };

function crowdOf(t: TestContext, more: Partial<CrowdLimits> = {}) {
  let now = 1_000;
  t.mock.method(performance, 'now', () => now);
  let dropped = 0;
  const crowd = new Crowd({ ...LIMITS, ...more }, () => dropped++);
  const come = (from: string, count = 1) =>
    Array.from({ length: count }, () => {
      const socket = new Made(from);
      crowd.meet(socket as unknown as Socket);
      return socket;
    });
  const wait = (ms: number) => {
    now += ms;
  };
  return { crowd, come, wait, dropped: () => dropped };
}

const kept = (sockets: readonly Made[]) => sockets.filter(({ destroyed }) => !destroyed).length;

describe('a crowd', () => {
  it('is bounded for each address and in all, and a place is free again when one goes', (t) => {
    const { crowd, come, wait, dropped } = crowdOf(t);
    const a = come('a', 4);
    wait(1_000);
    assert.equal(kept(come('a')), 0);
    const b = come('b', 3);
    assert.deepEqual([kept(a), kept(b), crowd.size, dropped()], [4, 2, 6, 2]);
    wait(1_000);
    a[0]?.destroy();
    assert.equal(kept(come('c')), 1);
    assert.equal(kept(come('c')), 0);
    assert.equal(kept(a), 3, 'none that is there has to go');
  });

  it('grows no faster from one address than it may, also where connections are short', (t) => {
    const { come, wait } = crowdOf(t);
    const brief = (from: string, count: number) => {
      let taken = 0;
      for (let n = 0; n < count; n++) {
        const [socket] = come(from);
        if (socket?.destroyed === false) taken++;
        socket?.destroy();
      }
      return taken;
    };
    assert.equal(brief('a', 50), 4);
    assert.equal(brief('b', 50), 4, 'another address is not held up');
    wait(200);
    assert.equal(brief('a', 50), 2);
    wait(60_000);
    assert.equal(brief('a', 50), 4, 'what was not used is not saved up');
  });

  it('takes from the largest, where a few have to get in whatever others do', (t) => {
    const { crowd, come } = crowdOf(t, { whenFull: 'largest-gives' });
    const many = come('many', 4);
    const few = come('few', 2);
    const good = come('good', 2);
    assert.deepEqual([kept(good), kept(few), kept(many), crowd.size], [2, 2, 2, 6]);
    assert.deepEqual(
      many.map(({ destroyed }) => destroyed),
      [true, true, false, false],
      'the oldest go',
    );
    assert.equal(kept(come('few')), 0, 'nobody gets more than others by it');
    crowd.disperse();
    assert.deepEqual([crowd.size, kept([...many, ...few, ...good])], [0, 0]);
  });

  it('forgets addresses that have gone, and none that has just come too fast', (t) => {
    const { crowd, come, wait } = crowdOf(t);
    for (const socket of come('fast', 4)) socket.destroy();
    wait(100);
    for (let n = 0; n < 1_000; n++) for (const socket of come(`pod-${n}`)) socket.destroy();
    const [socket, ...others] = come('fast', 3);
    assert.deepEqual([socket?.destroyed, kept(others)], [false, 0]);
    socket?.destroy();
    wait(10_000);
    come('x');
    assert.equal(crowd.addresses, 1);
  });
});
