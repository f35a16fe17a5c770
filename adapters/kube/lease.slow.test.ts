/** What takes as long as a Lease lasts. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from './testing-api.ts';
import { COLLECTION, Elections } from './testing-lease.ts';

describe('an election', () => {
  let on: Elections;

  beforeEach(async () => {
    on = await Elections.start();
  });
  afterEach(() => on.stop());

  it('has one leader, who stays it', async () => {
    // Who stands still for longer than it may go without renewal loses, and rightly.
    const times = { durationMs: 6_000, renewMs: 5_000, retryMs: 40 };
    for (const identity of ['a', 'b', 'c', 'd']) on.join(identity, { times });
    await on.soon(() => on.told.length > 0);
    await sleep(times.durationMs + 500);
    assert.equal(on.told.length, 1, on.told.join('; '));
    assert.equal(on.all.filter(({ leads }) => leads).length, 1);
    assert.equal(`${on.spec()?.holderIdentity} elected`, on.told[0]);
    assert.match(String(on.spec()?.renewTime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    assert.equal(on.spec()?.leaseDurationSeconds, 6);
  });

  for (const [what, reply] of [
    ['refused', status(500, 'InternalError')],
    ['cut off', 'reset'],
    ['never answered', 'silence'],
  ] as const) {
    it(`a leader that is ${what} stops before another begins`, async () => {
      const times = { durationMs: 3_000, renewMs: 2_000, retryMs: 40 };
      const first = on.join('a', { times });
      await on.soon(() => on.told.includes('a elected'));
      const second = on.join('b', { times });
      await sleep(100);
      on.cutOff('a', reply);
      let both = 0;
      await on.soon(() => {
        if (first.leads && second.leads) both++;
        return on.told.includes('b elected');
      });
      assert.equal(both, 0);
      assert.match(
        on.told.join('; '),
        /^a elected; a lost: the Lease ns\/operator could not be renewed for 2 s; b elected/,
      );
      await sleep(100);
      const ofFirst = on.told.filter((line) => line.startsWith('a '));
      assert.equal(ofFirst.length, 2, 'it went on after it had lost');
    });
  }

  it("does not care what others' clocks say", async () => {
    for (const [name, renewTime] of [
      ['past', '1999-01-01T00:00:00.000000Z'],
      ['future', '2099-01-01T00:00:00.000000Z'],
      ['nonsense', 'yesterday'],
    ]) {
      on.api.store.put(COLLECTION, {
        metadata: { name: 'operator', namespace: 'ns' },
        spec: { holderIdentity: name, leaseDurationSeconds: 1, renewTime, leaseTransitions: 4 },
      });
      const began = performance.now();
      const before = on.told.length;
      const election = on.join('a');
      await on.soon(() => on.told.slice(before).includes('a elected'));
      const ms = performance.now() - began;
      assert.ok(ms >= 990, `${name}: after ${ms.toFixed(0)} ms`);
      assert.equal(on.spec()?.leaseTransitions, 5);
      await election.stop();
    }
  });

  it('is not kept waiting by labels that others write', async () => {
    on.api.store.put(COLLECTION, {
      metadata: { name: 'operator', namespace: 'ns' },
      spec: { holderIdentity: 'dead', leaseDurationSeconds: 1 },
    });
    const writer = setInterval(() => {
      const now = on.api.store.get(COLLECTION, 'operator', 'ns');
      if (now && on.spec()?.holderIdentity === 'dead') on.api.store.put(COLLECTION, { ...now });
    }, 20);
    on.join('a');
    await on.soon(() => on.told.includes('a elected'));
    clearInterval(writer);
  });
});
