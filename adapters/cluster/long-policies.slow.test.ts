/** NetworkPolicies as long as a real API server takes them, so many that no one answer may hold them. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fenceSpec, widened } from '../../core/cluster/fences.ts';
import type { Access } from '../kube/access.ts';
import { KubeClient } from '../kube/client.ts';
import { type KubeObject, resource } from '../kube/object.ts';
import { Reflector } from '../kube/reflector.ts';
import { RealApi } from '../kube/testing-real-api.ts';
import { BY_NAMESPACE, NETWORK_POLICIES, slimFence } from './fences.ts';

const NAMESPACES = resource('v1 Namespace', 'namespaces', false);
const POLICIES = resource<KubeObject>('networking.k8s.io/v1 NetworkPolicy', 'networkpolicies');
const namespace = 'flood';
/** Together 24 MB; an answer may have 16 MiB. */
const MANY = 20;
/** Of 1.2 MB each, as the API server says them. */
const RULES = Array.from({ length: 12_000 }, (_, n) => ({
  to: [{ ipBlock: { cidr: `10.${n % 256}.${(n >> 8) % 256}.0/24` } }],
  ports: [{ protocol: 'TCP', port: 1 + (n % 60_000) }],
}));
const LABELS = { app: 'triage', 'tollgate.dev/governed': 'true', 'tollgate.dev/network': 'narrow' };

describe('a flood of NetworkPolicies', { timeout: 240_000 }, () => {
  let api: RealApi;
  let access: Access;
  let client: KubeClient;

  before(async () => {
    api = await RealApi.start();
    access = await api.access();
    client = new KubeClient(access, 'test');
    assert.ok((await client.create(NAMESPACES, { metadata: { name: namespace } })).ok);
  });
  after(async () => {
    await access?.close();
    await api?.stop();
  });

  it('is read to its end, and little of it is kept', async (t) => {
    const place = { place: { namespace } };
    const put = async (name: string, spec: object) => {
      const made = await client.create(POLICIES, { metadata: { name }, spec }, place);
      assert.ok(made.ok, made.ok ? '' : made.error.message);
    };
    for (const door of ['narrow', 'wide'] as const) await put(`tollgate-${door}`, fenceSpec(door));
    for (let n = 0; n < MANY; n++)
      await put(`long-${n}`, {
        podSelector: { matchLabels: { app: 'x' } },
        policyTypes: ['Egress'],
        egress: RULES,
      });
    let failures = 0;
    const policies = new Reflector(client, NETWORK_POLICIES, {
      slim: slimFence,
      indexers: { [BY_NAMESPACE]: ({ metadata }) => [metadata.namespace ?? ''] },
      hooks: { failed: () => failures++ },
    });
    policies.start();
    try {
      assert.equal(await Promise.race([policies.synced(), sleep(120_000, 'not read', { ref: false })]), true);
      assert.deepEqual([policies.store.size, failures], [MANY + 2, 0]);
      const kept = JSON.stringify([...policies.store.list()]).length;
      t.diagnostic(`${MANY} policies of ${JSON.stringify(RULES).length} bytes: ${kept} bytes are kept`);
      assert.ok(kept < 20_000, `${kept}`);
      const found = policies.store.find(BY_NAMESPACE, namespace);
      assert.equal(widened(LABELS, found), undefined, 'the API server has the fences as they were written');
      assert.match(widened({ ...LABELS, app: 'x' }, found) ?? '', /NetworkPolicy long-\d+ selects it/);
    } finally {
      await policies.stop();
    }
  });
});
