import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { each } from './each.ts';

describe('many of the same', () => {
  it('are made a few at once, and come in their order', async () => {
    let running = 0;
    let most = 0;
    const made = await each(3, 10, async (n) => {
      most = Math.max(most, ++running);
      await sleep(n % 3);
      running--;
      return n * 2;
    });
    assert.deepEqual(made, [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
    assert.equal(most, 3);
  });

  it('end with the first that fails, when nothing is under way any longer', async () => {
    const ended: number[] = [];
    const all = each(2, 100, async (n) => {
      if (n === 1) throw new Error('no');
      await sleep(5);
      ended.push(n);
    });
    await assert.rejects(all, /no/);
    assert.deepEqual(ended, [0]);
  });
});
