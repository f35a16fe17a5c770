import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fenceSpec, widened } from '../../core/cluster/fences.ts';
import { atEnd } from '../../test/support/output.ts';
import { openAccess } from '../kube/access.ts';
import { KubeClient } from '../kube/client.ts';
import { Reflector } from '../kube/reflector.ts';
import { FakeApi } from '../kube/testing-api.ts';
import { eventually } from '../kube/testing-oracle.ts';
import { BY_NAMESPACE, type KeptFence, NETWORK_POLICIES, slimFence, Widenings } from './fences.ts';
import { POLICIES, putFences } from './testing-fences.ts';

const LABELS = { app: 'triage', 'tollgate.dev/governed': 'true', 'tollgate.dev/network': 'narrow' };
const policy = (name: string, spec: object, metadata: object = {}): KeptFence => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: 'a', uid: `uid-${name}`, resourceVersion: '7', generation: 2, ...metadata },
  spec,
});
const FENCES = [policy('tollgate-narrow', fenceSpec('narrow')), policy('tollgate-wide', fenceSpec('wide'))];
const MANY = Array.from({ length: 50_000 }, (_, n) => `value-${n}`);

describe('what is kept of a NetworkPolicy', () => {
  it('says the same of a pod as the policy itself', () => {
    const egress = [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 53, protocol: 'UDP' }] }];
    const others = [
      policy('all', { podSelector: {}, policyTypes: ['Egress'], egress }),
      policy('mine', { podSelector: { matchLabels: { app: 'triage' } }, egress }),
      policy('not-mine', { podSelector: { matchLabels: { app: 'x' } }, policyTypes: ['Egress'], egress }),
      policy('comes-in', { podSelector: {}, policyTypes: ['Ingress'], ingress: [{}] }),
      policy('closes', { podSelector: {}, policyTypes: ['Egress'] }),
      policy('types', { podSelector: {}, policyTypes: ['Ingress'], egress }),
      policy('tollgate-narrow', { ...fenceSpec('narrow'), egress: [{}] }),
      policy('tollgate-narrow', { ...fenceSpec('narrow'), egress: [] }),
      policy('tollgate-wide', { ...fenceSpec('wide'), podSelector: {} }),
      policy('tollgate-narrow', fenceSpec('narrow')),
    ];
    for (const one of others) {
      const all = [...FENCES.filter(({ metadata: { name } }) => name !== one.metadata.name), one];
      assert.equal(widened(LABELS, all.map(slimFence)), widened(LABELS, all), one.metadata.name);
    }
    assert.equal(slimFence(others[0] as KeptFence).opens, '10.0.0.0/8 at UDP 53');
  });

  it('is short, however long its rules, annotations and selectors are', () => {
    const long = [
      policy('rules', {
        podSelector: {},
        egress: MANY.map((name) => ({ to: [{ ipBlock: { cidr: name } }] })),
      }),
      policy('words', {
        podSelector: {},
        egress: [
          { to: [{ podSelector: { matchExpressions: [{ key: 'a', operator: 'In', values: MANY }] } }] },
        ],
      }),
      policy('notes', { podSelector: {} }, { annotations: { note: 'x'.repeat(100_000) } }),
      policy('labels', { podSelector: {} }, { labels: Object.fromEntries(MANY.map((name) => [name, ''])) }),
      policy('comes-in', { podSelector: {}, policyTypes: ['Ingress'], ingress: MANY.map(() => ({})) }),
      policy('selects', {
        podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: MANY }] },
        egress: [{}],
      }),
      policy('tollgate-narrow', { ...fenceSpec('narrow'), egress: MANY.map(() => ({})) }),
    ];
    for (const one of long) {
      const { length } = JSON.stringify(slimFence(one));
      assert.ok(length < 1_000, `${one.metadata.name}: ${length}`);
    }
  });

  it('is taken to select each pod when its selector is too long', () => {
    const expression = { key: 'app', operator: 'In', values: MANY };
    const long = policy('long', { podSelector: { matchExpressions: [expression] }, egress: [{}] });
    const why = widened(LABELS, [...FENCES, long].map(slimFence));
    assert.match(why ?? '', /NetworkPolicy long has a selector that is too long, .* and lets it out/);
  });
});

describe('why pods are let out', () => {
  it('is worked out once for each change of a policy of their namespace', async (t) => {
    const api = await FakeApi.start();
    atEnd(t, () => api.close());
    for (const namespace of ['a', 'b']) putFences(api, namespace);
    const access = openAccess(api.url);
    const policies = new Reflector(new KubeClient(access, 'test'), NETWORK_POLICIES, {
      slim: slimFence,
      indexers: { [BY_NAMESPACE]: ({ metadata }) => [metadata.namespace ?? ''] },
    });
    atEnd(t, async () => {
      await policies.stop();
      await access.close();
    });
    let asked = 0;
    const store = new Proxy(policies.store, {
      get: (of, name) => {
        if (name === 'find') asked++;
        const value = of[name as keyof typeof of];
        return typeof value === 'function' ? value.bind(of) : value;
      },
    });
    const widenings = new Widenings({ store, on: (handler) => policies.on(handler) });
    policies.start();
    await policies.synced();
    for (let n = 0; n < 100; n++) assert.equal(widenings.of('a', { ...LABELS }), undefined);
    assert.equal(asked, 1);
    assert.equal(widenings.of('b', LABELS), undefined);
    api.store.put(POLICIES, { metadata: { name: 'dns', namespace: 'a' }, spec: { egress: [{}] } });
    await eventually(
      () => policies.store.size === 5,
      5_000,
      () => 'the policy was not seen',
    );
    assert.match(widenings.of('a', LABELS) ?? '', /NetworkPolicy dns selects it/);
    assert.equal(widenings.of('b', LABELS), undefined);
    assert.equal(asked, 3);
    api.store.delete(POLICIES, 'dns', 'a');
    await eventually(
      () => policies.store.size === 4,
      5_000,
      () => 'the policy is still there',
    );
    assert.equal(widenings.of('a', LABELS), undefined);
  });
});
