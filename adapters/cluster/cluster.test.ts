import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AGENT, GOVERNED_LABEL, TOOL_PROFILE } from '../../core/cluster/names.ts';
import type { PolicyObject } from '../../core/policy/objects.ts';
import { atEnd } from '../../test/support/output.ts';
import { openAccess } from '../kube/access.ts';
import { KubeClient } from '../kube/client.ts';
import { FakeApi } from '../kube/testing-api.ts';
import { eventually } from '../kube/testing-oracle.ts';
import { Cluster } from './cluster.ts';

describe('what is known of the cluster', () => {
  it('says who a sidecar is by its pod, and nobody of whom anything is another', async (t) => {
    const api = await FakeApi.start();
    atEnd(t, () => api.close());
    const { uid } = api.store.put('/pods', {
      metadata: {
        name: 'a',
        namespace: 'team-a',
        labels: { [GOVERNED_LABEL]: 'true', app: 'triage', 'pod-template-hash': '1' },
        annotations: { [AGENT]: 'codex', [TOOL_PROFILE]: 'mine', other: 'x'.repeat(1_000) },
      },
      spec: { serviceAccountName: 'bot' },
    }).metadata;
    const bare = api.store.put('/pods', {
      metadata: { name: 'b', namespace: 'team-a', labels: { [GOVERNED_LABEL]: 'true' } },
    }).metadata.uid;
    const told: (readonly PolicyObject[])[] = [];
    const access = openAccess(api.url);
    const cluster = new Cluster({
      client: new KubeClient(access, 'test'),
      hooks: () => ({}),
      onPolicies: (objects) => told.push(objects),
      times: { burst: 1_000, perSecond: 1_000 },
    });
    atEnd(t, async () => {
      await cluster.stop();
      await access.close();
    });
    await cluster.start();
    const pod = { namespace: 'team-a', name: 'a', uid };
    const { agent, ...caller } = cluster.caller({ ...pod, serviceAccount: 'bot' }) ?? {};
    assert.equal(agent?.id, 'codex');
    assert.deepEqual(caller, {
      pod,
      serviceAccount: 'bot',
      payer: {
        workload: { namespace: 'team-a', name: 'serviceaccount/bot', labels: { app: 'triage' } },
        session: uid,
      },
      runner: undefined,
      profile: 'mine',
    });
    for (const change of [
      { uid: 'x' },
      { name: 'b' },
      { namespace: 'team-b' },
      { serviceAccount: 'default' },
    ])
      assert.equal(cluster.caller({ ...pod, serviceAccount: 'bot', ...change }), undefined);
    const other = { namespace: 'team-a', name: 'b', uid: bare, serviceAccount: 'default' };
    assert.equal(cluster.caller(other)?.serviceAccount, 'default');

    // Each telling tells all, so that many changes at once are one.
    const before = told.length;
    for (let n = 0; n < 20; n++)
      api.store.put('tollgate.dev/toolprofiles', {
        apiVersion: 'tollgate.dev/v1alpha1',
        kind: 'ToolProfile',
        metadata: { name: `p${n}`, namespace: 'team-a' },
        spec: {},
      });
    await eventually(
      () => told.at(-1)?.length === 20,
      3_000,
      () => `${told.at(-1)?.length} policies`,
    );
    assert.ok(told.length - before < 20, `${told.length - before} tellings`);
  });
});
