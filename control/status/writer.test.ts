import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openAccess } from '../../adapters/kube/access.ts';
import { KubeClient } from '../../adapters/kube/client.ts';
import { FakeApi } from '../../adapters/kube/testing-api.ts';
import { eventually } from '../../adapters/kube/testing-oracle.ts';
import { createLog } from '../../adapters/telemetry/log.ts';
import { LedgerUnavailable } from '../../core/ports.ts';
import { atEnd, type Scope } from '../../test/support/output.ts';
import { fakeCounters, NAMESPACE, policy } from './testing.ts';
import { type PolicyView, StatusWriter } from './writer.ts';

/** Less of it is not shown. */
const CENT = 10_000_000;
const BUDGET = { limits: [{ name: 'day', per: 'cluster', window: 'day', usd: 5 }] };

async function world(t: Scope, everyMs: number) {
  const api = await FakeApi.start();
  atEnd(t, () => api.close());
  const ledger = fakeCounters();
  const access = openAccess(api.url);
  atEnd(t, () => access.close());
  const put = (name: string) =>
    api.store.put('tollgate.dev/budgetpolicies', {
      ...policy('BudgetPolicy', name, BUDGET),
      metadata: { name, namespace: NAMESPACE, generation: 1 },
    });
  for (const name of ['a', 'b', 'c']) put(name);
  const writer = new StatusWriter({
    client: new KubeClient(access, 'test'),
    hooks: {},
    policies: () => api.store.list('tollgate.dev/budgetpolicies') as unknown as PolicyView[],
    sources: { ledger, sessions: { of: async () => new Map() }, policies: { of: () => ({ problem: 'x' }) } },
    leads: () => true,
    keepsContents: true,
    log: await createLog('silent'),
    everyMs,
  });
  const written = () =>
    api.seen.filter(({ method }) => method === 'PATCH').map(({ url }) => url.pathname.split('/').at(-2));
  return { api, ledger, writer, written };
}

describe('statuses', { timeout: 300_000 }, () => {
  it('go on where one could not be written, or the ledger did not answer', async (t) => {
    const { api, ledger, writer, written } = await world(t, 20);
    atEnd(t, () => writer.stop());
    api.answer = ({ url, method }) =>
      method === 'PATCH' && url.pathname.includes('/b/') ? { code: 500, body: {} } : undefined;
    const { counterKeys } = ledger;
    let failures = 0;
    ledger.counterKeys = () => {
      if (failures++ < 2) throw new LedgerUnavailable('spending is shut');
      return counterKeys.call(ledger);
    };
    writer.start();
    const until = (names: string) =>
      eventually(
        () => [...new Set(written())].join() === names,
        5_000,
        () => written().join(),
      );
    await until('a,b,c');
    assert.equal(written().filter((name) => name === 'a').length, 1, 'once, as nothing has changed');
    api.answer = undefined;
    const status = () => api.store.get('tollgate.dev/budgetpolicies', 'b', NAMESPACE)?.status;
    await eventually(
      () => status() !== undefined,
      5_000,
      () => 'b has no status',
    );
  });

  it('are written at most once in the time that is given', async (t) => {
    const { api, ledger, writer } = await world(t, 400);
    atEnd(t, () => writer.stop());
    const key = `${NAMESPACE}/a/day|cluster|day:UTC:2026-11-22|usd`;
    let spent = 0;
    const busy = setInterval(() => {
      spent += CENT;
      ledger.all.set(key, { spent, reserved: 0 });
    }, 5);
    atEnd(t, () => clearInterval(busy));
    writer.start();
    const times = () =>
      api.seen
        .filter(({ method, url }) => method === 'PATCH' && url.pathname.includes('/a/'))
        .map(({ at }) => at);
    await eventually(
      () => times().length >= 4,
      15_000,
      () =>
        `${times().length} times, ${JSON.stringify(api.store.get('tollgate.dev/budgetpolicies', 'a', NAMESPACE))}`,
    );
    const gaps = times().flatMap((at, i, all) => (i === 0 ? [] : [at - (all[i - 1] ?? 0)]));
    assert.ok(Math.min(...gaps) > 300, gaps.join());
  });

  it('end also while runners were never read', async (t) => {
    const { api, writer } = await world(t, 20);
    api.answer = ({ url }) => (url.pathname.includes('agentrunners') ? { code: 403, body: {} } : undefined);
    writer.start();
    await eventually(
      () => api.seen.length > 0,
      5_000,
      () => 'nothing was asked',
    );
    await writer.stop();
  });
});
