import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { NETWORK_POLICIES, slimFence } from '../../adapters/cluster/fences.ts';
import { type Access, openAccess } from '../../adapters/kube/access.ts';
import { KubeClient } from '../../adapters/kube/client.ts';
import { type KubeObject, resource } from '../../adapters/kube/object.ts';
import { Reflector } from '../../adapters/kube/reflector.ts';
import { FakeApi } from '../../adapters/kube/testing-api.ts';
import { eventually } from '../../adapters/kube/testing-oracle.ts';
import { fenceSpec } from '../../core/cluster/fences.ts';
import { Fences } from './fences.ts';

const NAMESPACES = resource<KubeObject>('v1 Namespace', 'namespaces', false);
const POLICIES = 'networking.k8s.io/networkpolicies';

describe('the fences of namespaces', () => {
  let api: FakeApi;
  let access: Access;
  let stop: () => Promise<void>;

  beforeEach(async () => {
    api = await FakeApi.start();
    access = openAccess(api.url);
    const client = new KubeClient(access, 'test');
    const namespaces = new Reflector(client, NAMESPACES, { labelSelector: 'tollgate.dev/enabled=true' });
    const policies = new Reflector(client, NETWORK_POLICIES, { slim: slimFence });
    const fences = new Fences({ client, namespaces, policies, hooks: {} });
    for (const reflector of [namespaces, policies]) reflector.start();
    await Promise.all([namespaces.synced(), policies.synced()]);
    fences.start();
    stop = async () => {
      await fences.stop(1000);
      await Promise.all([namespaces.stop(), policies.stop()]);
    };
  });
  afterEach(async () => {
    await stop();
    await access.close();
    await api.close();
  });

  const enable = (name: string, labels: object = {}) =>
    api.store.put('/namespaces', { metadata: { name, labels } } as never);
  const specOf = (name: string) =>
    (api.store.get(POLICIES, name, 'a') as { spec?: unknown } | undefined)?.spec;
  const whole = () =>
    JSON.stringify(specOf('tollgate-narrow')) === JSON.stringify(fenceSpec('narrow')) &&
    JSON.stringify(specOf('tollgate-wide')) === JSON.stringify(fenceSpec('wide'));

  const soon = () => eventually(whole, 5000, () => JSON.stringify(specOf('tollgate-narrow')));

  it('are put into each that is enabled', async () => {
    enable('a');
    await soon();
  });

  it('are put right when somebody changes or deletes them, whatever he added', async () => {
    enable('a');
    await soon();
    const { metadata, ...rest } = api.store.get(POLICIES, 'tollgate-narrow', 'a') ?? assert.fail();
    const is = { ...rest, metadata: { ...metadata, annotations: { whose: 'theirs' } } };
    const spec = fenceSpec('narrow');
    for (const changed of [
      { ...spec, egress: [{}] },
      { ...spec, podSelector: { matchLabels: { ...spec.podSelector.matchLabels, never: 'there' } } },
      { ...spec, ingress: [{}] },
    ]) {
      api.store.put(POLICIES, { ...is, spec: changed } as never);
      assert.ok(!whole());
      await soon();
      const after = api.store.get(POLICIES, 'tollgate-narrow', 'a');
      assert.deepEqual(
        after?.metadata.annotations,
        { whose: 'theirs' },
        'what else stands in it is not ours',
      );
    }
    // Deleted and made again by us it would be gone for a moment: it was replaced.
    assert.ok(api.seen.every(({ method }) => method !== 'DELETE'));
    api.store.delete(POLICIES, 'tollgate-wide', 'a');
    await soon();
  });

  it('are not written again when they are as they have to be', async () => {
    enable('a');
    await soon();
    const writes = () => api.seen.filter(({ method }) => method !== 'GET').length;
    const before = writes();
    enable('a', { more: 'labels' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(writes(), before);
  });

  it('stay when a namespace is not enabled any more: pods under them may still run', async () => {
    enable('a');
    await soon();
    // So it looks to a watch of the label.
    api.store.delete('/namespaces', 'a');
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(whole());
  });
});
