import { describe, it } from 'node:test';
import { openAccess } from '../adapters/kube/access.ts';
import { KubeClient } from '../adapters/kube/client.ts';
import { FakeApi } from '../adapters/kube/testing-api.ts';
import { eventually } from '../adapters/kube/testing-oracle.ts';
import { createLog } from '../adapters/telemetry/log.ts';
import { atEnd } from '../test/support/output.ts';
import { Leader } from './leader.ts';

const times = { durationMs: 400, renewMs: 300, retryMs: 50 };

describe('who writes statuses', { timeout: 300_000 }, () => {
  it('is one of several, another after it ended, and one that lost the Lease stands for it again', async (t) => {
    const api = await FakeApi.start();
    atEnd(t, () => api.close());
    const access = openAccess(api.url);
    atEnd(t, () => access.close());
    const log = await createLog('silent');
    const leader = (identity: string) => {
      const client = new KubeClient(access, 'test');
      const one = new Leader({ client, namespace: 'x', name: 'tollgate-control', identity, log, times });
      atEnd(t, () => one.stop());
      one.start();
      return one;
    };
    const [a, b] = [leader('a'), leader('b')];
    const until = (what: string, holds: () => boolean) => eventually(holds, 5_000, () => what);
    await until('one leads', () => a.leads !== b.leads);
    const [first, second] = a.leads ? [a, b] : [b, a];
    await first.stop();
    await until('the other leads', () => second.leads && !first.leads);

    // Somebody takes it by force, and ends.
    const { spec } = { ...api.store.get('coordination.k8s.io/leases', 'tollgate-control', 'x') };
    const metadata = { name: 'tollgate-control', namespace: 'x' };
    api.store.put('coordination.k8s.io/leases', {
      metadata,
      spec: { ...(spec as object), holderIdentity: 'thief', leaseDurationSeconds: 1 },
    });
    await until('it leads no more', () => !second.leads);
    await until('it leads again', () => second.leads);
  });
});
