import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Reconcile, WorkQueue } from './queue.ts';
import { Chance } from './testing-chance.ts';
import { eventually } from './testing-oracle.ts';

const QUICK = { backoff: { baseMs: 5, capMs: 40 }, random: () => 1 };
const soon = (holds: () => boolean) => eventually(holds, 3000, () => 'it did not come to it');

describe('a work queue', () => {
  it('works once on a key that is added often, and once more if it is added meanwhile', async () => {
    const seen: string[] = [];
    const gate = Promise.withResolvers<void>();
    const queue = new WorkQueue(async (key) => {
      seen.push(key);
      if (seen.length === 1) await gate.promise;
      return undefined;
    });
    for (const key of ['a', 'a', 'b', 'a']) queue.add(key);
    assert.deepEqual([queue.depth, seen.length], [2, 0], 'it began before start()');
    queue.start();
    await soon(() => seen.length === 1);
    for (let n = 0; n < 3; n++) queue.add('a');
    assert.deepEqual([queue.depth, queue.working], [2, 1]);
    gate.resolve();
    await soon(() => seen.length === 3);
    assert.deepEqual(seen, ['a', 'b', 'a']);
    assert.equal(await queue.stop(1000), true);
    assert.equal(seen.length, 3);
  });

  it('never works on a key twice at a time, on as many keys as it has workers, and misses no change', async () => {
    const chance = new Chance(7);
    /** What each key is, and what was last seen of it. */
    const is = new Map<string, number>();
    const was = new Map<string, number>();
    const running = new Set<string>();
    let most = 0;
    const queue = new WorkQueue(
      async (key) => {
        assert.ok(!running.has(key), `${key} twice`);
        running.add(key);
        most = Math.max(most, running.size);
        const seen = is.get(key) ?? 0;
        await sleep(chance.int(4));
        running.delete(key);
        if (chance.maybe(0.2)) throw new Error('on purpose');
        was.set(key, seen);
        return chance.maybe(0.2) ? { requeueAfterMs: chance.int(5) } : undefined;
      },
      { ...QUICK, workers: 3, retries: { burst: 1000, perSecond: 1000 } },
    );
    queue.start();
    for (let n = 0; n < 400; n++) {
      const key = `k${chance.int(8)}`;
      is.set(key, n);
      if (chance.maybe(0.3)) queue.addAfter(key, chance.int(6));
      else queue.add(key);
      if (chance.maybe(0.3)) await sleep(chance.int(3));
    }
    await soon(() => [...is].every(([key, value]) => was.get(key) === value));
    assert.equal(most, 3);
    await queue.stop(1000);
  });

  it('comes back to what failed later and later, and starts anew after a success', async () => {
    const at: number[] = [];
    const failures: number[] = [];
    let fails = true;
    const hooks = { failed: (_: string, __: unknown, n: number) => failures.push(n) };
    const queue = new WorkQueue(
      async () => {
        at.push(performance.now());
        if (fails) throw new Error('on purpose');
        return undefined;
      },
      { ...QUICK, backoff: { baseMs: 20, capMs: 80 }, hooks },
    );
    queue.start();
    queue.add('a');
    await soon(() => at.length === 5);
    const waits = at.slice(1).map((time, n) => time - (at[n] ?? 0));
    for (const [n, least] of [20, 40, 80, 80].entries()) {
      assert.ok((waits[n] ?? 0) > least - 3, `${waits}`);
    }
    fails = false;
    await soon(() => at.length === 6);
    fails = true;
    queue.add('a');
    await soon(() => failures.length === 6);
    assert.deepEqual(failures, [1, 2, 3, 4, 5, 1]);
    await queue.stop(1000);
  });

  it('bounds all retries together', async () => {
    let calls = 0;
    const queue = new WorkQueue(
      async () => {
        calls++;
        throw new Error('on purpose');
      },
      { backoff: { baseMs: 1, capMs: 1 }, retries: { burst: 5, perSecond: 50 }, workers: 4 },
    );
    const began = performance.now();
    queue.start();
    for (let n = 0; n < 20; n++) queue.add(`k${n}`);
    await sleep(400);
    await soon(() => calls >= 30);
    await queue.stop(1000);
    const most = 20 + 5 + (performance.now() - began) / 20 + 5;
    assert.ok(calls <= most, `${calls} calls, at most ${most}`);
  });

  it('looks again when it was told to, at the sooner of two times, and not when a look in between decided anew', async () => {
    const seen: string[] = [];
    const queue = new WorkQueue(async (key) => {
      seen.push(key);
      return key === 'again' && seen.length < 3 ? { requeueAfterMs: 10 } : undefined;
    });
    queue.start();
    queue.add('again');
    await soon(() => seen.length === 3);
    assert.equal(queue.waiting, 0);

    const began = performance.now();
    queue.addAfter('sooner', 60_000);
    queue.addAfter('sooner', 20);
    queue.addAfter('sooner', 90_000);
    await soon(() => seen.includes('sooner'));
    assert.ok(performance.now() - began > 17, 'too soon');
    assert.equal(queue.waiting, 0);

    queue.addAfter('now', 60_000);
    queue.add('now');
    await soon(() => seen.includes('now'));
    assert.equal(queue.waiting, 0, 'it would look again');
    await queue.stop(1000);
  });

  it('waits for longer than a timer can', async () => {
    let calls = 0;
    const queue = new WorkQueue(async () => {
      calls++;
      return undefined;
    });
    queue.start();
    queue.addAfter('a', 2 ** 33);
    await sleep(20);
    assert.deepEqual([calls, queue.waiting], [0, 1]);
    await queue.stop(0);
    assert.equal(queue.waiting, 0);
  });

  it('finishes what is ready when it stops, and takes nothing more', async () => {
    const seen: string[] = [];
    const work: Reconcile = async (key) => {
      seen.push(key);
      await sleep(10);
      if (key === 'b') throw new Error('on purpose');
      return { requeueAfterMs: 1 };
    };
    const queue = new WorkQueue(work, QUICK);
    for (const key of ['a', 'b', 'c']) queue.add(key);
    queue.addAfter('later', 15);
    queue.start();
    const stopped = queue.stop(2000);
    queue.add('d');
    queue.addAfter('e', 1);
    assert.equal(await stopped, true);
    await sleep(30);
    assert.deepEqual(seen, ['a', 'b', 'c']);
    assert.deepEqual([queue.depth, queue.working, queue.waiting], [0, 0, 0]);
  });

  it('cuts off what does not finish in time, and says so', async () => {
    const seen: string[] = [];
    let aborted = false;
    const queue = new WorkQueue(async (key, signal) => {
      seen.push(key);
      await sleep(60_000, undefined, { signal }).catch(() => undefined);
      aborted = signal.aborted;
      return undefined;
    });
    queue.start();
    queue.add('a');
    queue.add('b');
    assert.equal(await queue.stop(30), false);
    await soon(() => queue.working === 0);
    assert.deepEqual([seen, aborted], [['a'], true]);
  });

  it('says how each look ended, and survives a hook that throws', async () => {
    const results: string[] = [];
    const queue = new WorkQueue(
      async (key) => {
        if (key === 'error') throw new Error('on purpose');
        return key === 'requeue' ? { requeueAfterMs: 60_000 } : undefined;
      },
      {
        hooks: {
          done: (key, result, waited, worked) => {
            results.push(`${key} ${result}`);
            assert.ok(waited >= 0 && worked >= 0);
            throw new Error('on purpose');
          },
        },
        backoff: { baseMs: 60_000, capMs: 60_000 },
      },
    );
    queue.start();
    for (const key of ['success', 'requeue', 'error']) queue.add(key);
    await soon(() => results.length === 3);
    assert.deepEqual(results, ['success success', 'requeue requeue_after', 'error error']);
    await queue.stop(1000);
    assert.throws(() => new WorkQueue(async () => undefined, { workers: 0 }), RangeError);
  });
});
