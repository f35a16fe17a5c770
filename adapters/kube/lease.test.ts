import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LEASE_TIMES } from './lease.ts';
import { waitMs } from './lease-record.ts';
import { COLLECTION, Elections, LONG, TIMES } from './testing-lease.ts';

describe('an election', () => {
  let on: Elections;

  beforeEach(async () => {
    on = await Elections.start();
  });
  afterEach(() => on.stop());

  it('has the times that Kubernetes has', () => {
    assert.deepEqual(LEASE_TIMES, { durationMs: 15_000, renewMs: 10_000, retryMs: 2_000 });
    for (const times of [
      { ...TIMES, renewMs: 1000 },
      { ...TIMES, retryMs: 600 },
      { ...TIMES, retryMs: 0 },
    ]) {
      assert.throws(() => on.join('a', { times }), RangeError);
    }
    assert.throws(() => on.join(''), RangeError);
  });

  it('passes on at once when the leader stops, and counts it', async () => {
    const first = on.join('a', { times: LONG });
    await on.soon(() => first.leads);
    const second = on.join('b', { times: LONG });
    await sleep(100);
    const stopped = performance.now();
    await first.stop();
    assert.equal(first.leads, false);
    await on.soon(() => second.leads);
    assert.ok(performance.now() - stopped < LONG.durationMs, 'it had to be waited for');
    assert.equal(on.spec()?.leaseTransitions, 1);
    assert.deepEqual(on.told, ['a elected', 'b elected']);
  });

  it('waits as long as the holder counts on, though not for ever', () => {
    const lease = (leaseDurationSeconds: number) => ({
      metadata: {} as never,
      spec: { leaseDurationSeconds },
    });
    assert.equal(waitMs(lease(30), 15_000), 30_000);
    assert.equal(waitMs(lease(1), 15_000), 15_000);
    assert.equal(waitMs(lease(1e9), 15_000), 60_000);
  });

  it('loses a Lease that somebody took away, and takes none that was deleted under another', async () => {
    const first = on.join('a', { times: LONG });
    await on.soon(() => first.leads);
    const second = on.join('b', { times: LONG });
    await sleep(150);
    on.api.store.delete(COLLECTION, 'operator', 'ns');
    await sleep(200);
    assert.equal(second.leads, false, 'it did not wait for the holder');
    await on.soon(() => on.spec()?.holderIdentity === 'a');

    const old = on.api.store.get(COLLECTION, 'operator', 'ns');
    on.api.store.put(COLLECTION, { ...old, spec: { ...on.spec(), holderIdentity: 'c' } } as never);
    await on.soon(() => on.told.some((text) => text.startsWith('a lost')));
    assert.match(on.told.join('; '), /a lost: c holds the Lease ns\/operator now/);
    assert.equal(first.leads, false);
  });

  it('a leader that was paused for too long knows it before it acts, and does not renew', async () => {
    let skipped = 0;
    const election = on.join('a', { now: () => performance.now() + skipped, times: LONG });
    await on.soon(() => election.leads);
    skipped = LONG.renewMs + 1;
    assert.equal(election.leads, false);
    const { renewTime } = on.spec() ?? {};
    await on.soon(() => on.told.length === 2);
    assert.match(on.told[1] ?? '', /^a lost/);
    assert.equal(on.spec()?.renewTime, renewTime);
  });

  it('takes back what was written for it without its knowing', async () => {
    let lost = 0;
    // The first write is done, and its answer is lost.
    on.api.answer = ({ method, body }) => {
      if (method !== 'POST' || lost++ > 0) return undefined;
      on.api.store.put(COLLECTION, { ...(body as { metadata: { name: string; namespace: string } }) });
      return 'reset';
    };
    const election = on.join('a', { times: LONG });
    await on.soon(() => election.leads);
    assert.deepEqual([on.told, on.spec()?.leaseTransitions], [['a elected'], 0]);
  });

  for (const method of ['GET', 'POST']) {
    it(`gives back what came while it was stopped, during its ${method}, and calls nobody`, async () => {
      let stopped: Promise<void> | undefined;
      on.api.answer = (seen) => {
        if (seen.method === method) stopped ??= election.stop();
        return undefined;
      };
      const election = on.join('a', { times: LONG });
      await on.soon(() => stopped !== undefined);
      await stopped;
      assert.deepEqual(on.told, []);
      assert.equal(on.spec()?.holderIdentity ?? '', '');
      const asked = on.api.seen.length;
      await sleep(150);
      assert.equal(on.api.seen.length, asked);
    });
  }
});
