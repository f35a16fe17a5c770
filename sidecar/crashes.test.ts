import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SqliteLedger } from '../adapters/sqlite/ledger.ts';
import { Metrics } from '../adapters/telemetry/metrics.ts';
import type { Closed } from '../core/audit/entry.ts';
import { CallJudge } from '../core/govern/tool-calls.ts';
import { GuardedStream } from '../core/wire/anthropic-messages/stream.ts';
import { HANG_MS } from '../test/support/hang.ts';
import { startTestSidecar, type TestSidecar } from '../test/support/sidecar.ts';

/** Makes one method throw what only a mistake of ours can, once. */
function breakOnce(t: TestContext, { prototype }: { prototype: object }, method: string): void {
  const methods = prototype as Record<string, () => unknown>;
  const { mock } = t.mock.method(methods, method, () => {
    mock.restore();
    throw new TypeError('a mistake in Tollgate');
  });
}

/** The agent's connection ends, the exchange is recorded, its lease ends, and everything else goes on. */
async function assertSurvives(sidecar: TestSidecar, asked: Promise<unknown>, outcome: Closed['outcome']) {
  const tooLate = sleep(HANG_MS, 'the agent is left waiting', { ref: false });
  await assert.rejects(Promise.race([asked, tooLate]), /fetch failed|terminated/);
  const { faults, code, lease } = await sidecar.closed(1);
  assert.deepEqual([(await sidecar.closed(1)).outcome, faults, code], [outcome, ['internal_error'], null]);
  const line = sidecar.logs().find(({ msg }) => msg === 'an exchange failed inside Tollgate');
  assert.match(String(line?.error), /TypeError: a mistake in Tollgate\n +at /);
  assert.equal(sidecar.records().leases.filter(({ state }) => state === 'open').length, 0);
  assert.equal(sidecar.records().leases.length, lease === null ? 0 : 1);
  const metrics = await sidecar.metrics();
  assert.equal(metrics.sum('tollgate_exchanges_total', { verdict: 'fault' }), 1);
  assert.equal(metrics.sum('tollgate_exchanges_running'), 0);
  assert.equal(sidecar.running.tally.faults, 1);
  await sidecar.assertWell();
}

describe('a mistake in Tollgate itself', () => {
  it('before anything is reserved costs nothing', async (t) => {
    const sidecar = await startTestSidecar(t);
    breakOnce(t, SqliteLedger, 'reserve');
    await assertSurvives(sidecar, sidecar.ask('/say hi'), 'none');
  });

  it('after the reservation and before the call gives it back', async (t) => {
    const sidecar = await startTestSidecar(t);
    breakOnce(t, Metrics, 'added');
    await assertSurvives(sidecar, sidecar.ask('/say hi'), 'released');
    assert.equal(sidecar.rehearsal.bill().length, 1, 'only the good call was made');
  });

  it('while a reply is judged delivers nothing of it, and charges it', async (t) => {
    const sidecar = await startTestSidecar(t);
    breakOnce(t, CallJudge, 'byName');
    await assertSurvives(sidecar, sidecar.ask('/tool Bash {"command":"ls"}'), 'charged');
  });

  it('while a stream is judged ends it, breaks off the provider, and charges it', async (t) => {
    const sidecar = await startTestSidecar(t, { rehearsal: { paceMs: 20 } });
    breakOnce(t, CallJudge, 'byName');
    const response = await sidecar.ask('/tool Bash {"command":"ls"}\n/chunk 4', { stream: true });
    await assertSurvives(sidecar, response.text(), 'charged');
    while (sidecar.rehearsal.bill().length === 0) await sleep(5);
    assert.equal(sidecar.rehearsal.bill()[0]?.ended, 'client_gone');
  });

  it('while a broken stream is being ended does not end the process', async (t) => {
    const sidecar = await startTestSidecar(t);
    breakOnce(t, GuardedStream, 'fail');
    const response = await sidecar.ask('/fault cut', { stream: true });
    await assertSurvives(sidecar, response.text(), 'charged');
  });

  it('in the counting of a call that has ended leaves one entry, and charges the call', async (t) => {
    const sidecar = await startTestSidecar(t);
    breakOnce(t, Metrics, 'ended');
    assert.equal((await sidecar.ask('/say hi')).status, 200);
    const { outcome, faults } = await sidecar.closed(1);
    assert.deepEqual([outcome, faults], ['charged', ['internal_error']]);
    assert.equal((await sidecar.assertWell()).closed.length, 2);
  });

  it('that lasts leaves the lease to expire: it is charged then, and the sidecar goes on', async (t) => {
    const sidecar = await startTestSidecar(t, { times: { leaseTtl: 300, leaseRenew: 50 } });
    const mocked = t.mock.method(Metrics.prototype, 'ended', () => {
      throw new TypeError('a lasting mistake in Tollgate');
    });
    await sidecar.ask('/say hi').catch(() => undefined);
    await sidecar.recorded(({ leases }) => Number(leases[0]?.expires_at) < Date.now());
    mocked.mock.restore();
    const next = await startTestSidecar(t, { state: sidecar.state });
    const { leases } = await next.recorded((records) => records.leases[0]?.state === 'expired');
    assert.ok(Number(leases[0]?.charged_usd) > 0);
    await sidecar.stop();
    await next.assertWell();
  });
});
