import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SqliteLedger } from '../adapters/sqlite/ledger.ts';
import { LedgerUnavailable } from '../core/ports.ts';
import { startTestSidecar } from '../test/support/sidecar.ts';

/** Longer than the machine stands still; and a reply that lasts longer than that. */
const TIMES = { leaseTtl: 2_500, leaseRenew: 100 };
const SLOW = '/pace 100\n/tokens 250\n/chunk 20';

describe('the lease of a call that is running', { concurrency: true }, () => {
  it('is extended for as long as it runs: who looks for the dead finds it alive', async (t) => {
    const sidecar = await startTestSidecar(t, { times: TIMES });
    const running = sidecar.ask(SLOW, { stream: true });
    await sidecar.recorded(({ opened }) => opened.length === 1);
    await sleep(TIMES.leaseTtl + 200);
    // A sidecar that starts charges what has expired.
    const other = await startTestSidecar(t, { state: sidecar.state });
    assert.equal(sidecar.records().leases[0]?.state, 'open');
    assert.match(await (await running).text(), /message_stop/);
    await sidecar.closed(1);
    await other.stop();
    const { entries } = await sidecar.assertWell();
    assert.equal(entries.filter(({ kind }) => kind === 'incomplete').length, 0);
  });

  it('outlives a renewal that fails', async (t) => {
    const sidecar = await startTestSidecar(t, { times: TIMES });
    const running = sidecar.ask(SLOW, { stream: true });
    await sidecar.recorded(({ opened }) => opened.length === 1);
    const failing = t.mock.method(SqliteLedger.prototype, 'extend', () => {
      return Promise.reject(new LedgerUnavailable('locked'));
    });
    await sleep(250);
    failing.mock.restore();
    await sleep(TIMES.leaseTtl);
    const other = await startTestSidecar(t, { state: sidecar.state });
    assert.equal(sidecar.records().leases[0]?.state, 'open');
    await (await running).text();
    await other.stop();
    await sidecar.assertWell();
  });

  it('that expired all the same is charged in full, until its real cost is known', async (t) => {
    const sidecar = await startTestSidecar(t, { times: { leaseTtl: 100, leaseRenew: 10_000 } });
    const running = sidecar.ask(SLOW, { stream: true });
    await sidecar.recorded(({ opened }) => opened.length === 1);
    await sidecar.recorded(({ leases }) => Number(leases[0]?.expires_at) < Date.now());
    const other = await startTestSidecar(t, { state: sidecar.state });
    const [lease] = sidecar.records().leases;
    assert.deepEqual([lease?.state, lease?.charged_usd], ['expired', lease?.usd]);
    await (await running).text();
    const { amounts } = await sidecar.closed(1);
    assert.equal(amounts.usd, sidecar.rehearsal.bill()[0]?.nanoUsd);
    assert.equal(sidecar.records().leases[0]?.charged_usd, amounts.usd);
    await other.stop();
    const { entries } = await sidecar.assertWell();
    assert.equal(entries.filter(({ kind }) => kind === 'incomplete').length, 1);
  });
});
